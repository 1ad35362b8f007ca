package org.sluicemta.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.smtp.ContentSink;
import org.sluicemta.world.Memory;

/// What clients that send slowly, or much, leave to the others.
class MessageBufferTest {
    private static final int LIMIT = 1 << 20;

    private final Memory memory =
            SimulatedUniverse.seeded(1).host("server").loops(1).boot().memory("content", LIMIT);

    private MessageBuffer buffer() {
        return new MessageBuffer(memory, buffer -> MessageBuffer.Spilled.NO_MEMORY);
    }

    private List<MessageBuffer> begunUntilRefused() {
        var all = new ArrayList<MessageBuffer>();
        while (true) {
            MessageBuffer next = buffer();
            if (!next.begin(-1)) {
                return all;
            }
            all.add(next);
        }
    }

    @Test
    void clientsThatSendNothingHoldLittleWhenMemoryIsScarce() {
        // The first half goes in pieces of 17.5 KB, the second in such of 3.5 KB.
        assertThat(begunUntilRefused()).hasSizeGreaterThan(LIMIT / 2 / 17_920 + LIMIT / 2 / 3_584 - 5);
    }

    @Test
    void usualMailComesThroughWhereLargeMailGetsNoMore() {
        List<MessageBuffer> large = new ArrayList<>();
        ContentSink.Taken taken = ContentSink.Taken.TAKEN;
        while (taken == ContentSink.Taken.TAKEN) {
            MessageBuffer next = buffer();
            assertThat(next.begin(-1)).isTrue();
            large.add(next);
            for (int i = 0; i < 12 && taken == ContentSink.Taken.TAKEN; i++) {
                taken = next.accept(ByteBuffer.allocate(16 << 10));
            }
        }
        MessageBuffer usual = buffer();
        assertThat(usual.begin(-1)).isTrue();
        assertThat(usual.accept(ByteBuffer.allocate(40 << 10))).isEqualTo(ContentSink.Taken.TAKEN);
    }

    @Test
    void aMessageThatStartedSmallIsWholeInTheEnd() {
        List<MessageBuffer> idle = begunUntilRefused();
        idle.subList(idle.size() - 20, idle.size()).forEach(MessageBuffer::release);
        MessageBuffer late = buffer();
        assertThat(late.begin(-1)).isTrue();
        byte[] content = new byte[20_000];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) i;
        }
        assertThat(late.accept(ByteBuffer.wrap(content))).isEqualTo(ContentSink.Taken.TAKEN);
        assertThat(late.join()).isTrue();
        var whole = new byte[content.length];
        late.head().get(whole);
        assertThat(whole).isEqualTo(content);
    }

    @Test
    void aHeaderOfUsualSizeIsInOnePieceThoughMemoryIsScarce() {
        List<MessageBuffer> idle = begunUntilRefused();
        idle.subList(idle.size() - 20, idle.size()).forEach(MessageBuffer::release);
        MessageBuffer late = buffer();
        assertThat(late.begin(-1)).isTrue();
        long before = memory.usedBytes();
        assertThat(late.accept(ByteBuffer.allocate(12 << 10))).isEqualTo(ContentSink.Taken.TAKEN);

        assertThat(late.head().remaining()).isEqualTo(12 << 10);
        assertThat(memory.usedBytes() - before).isLessThanOrEqualTo(14 << 10);
    }
}
