package org.sluicemta.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

class EncodingProperties {
    private final RecordWriter out = new RecordWriter(100);

    @Property(tries = 200, seed = "42")
    void anAcceptanceReadsBackAsItWasWritten(@ForAll long seed, @ForAll @IntRange(max = 40) int recipients) {
        var random = new Random(seed);
        var message = RecordSamples.message(random, recipients);
        long[] chunks = random.longs(random.nextInt(5)).toArray();

        var head = new AcceptanceHead(ByteBuffer.wrap(AcceptanceEncoding.encode(out, message, chunks)));

        assertThat(head.message()).usingRecursiveComparison().isEqualTo(message);
        assertThat(head.chunkPositions()).isEqualTo(chunks);
        for (int n = 0; n < recipients; n++) {
            assertThat(head.recipient(n)).isEqualTo(message.recipients().get(n));
            assertThat(head.place(n).queue())
                    .isEqualTo(message.recipients().get(n).queue());
            assertThat(head.place(n).priority())
                    .isEqualTo(message.recipients().get(n).priority());
        }
    }

    @Property(tries = 3, seed = "42")
    void anyRecipientOfThousandsIsReadWithoutTheOthers(@ForAll @IntRange(min = 990, max = 3010) int recipients) {
        var message = RecordSamples.message(new Random(recipients), recipients);

        var head = new AcceptanceHead(ByteBuffer.wrap(AcceptanceEncoding.encode(out, message, new long[0])));

        for (int n = 0; n < recipients; n++) {
            assertThat(head.recipient(n)).isEqualTo(message.recipients().get(n));
        }
    }

    @Property(tries = 300, seed = "42")
    void eventsReadBackAsTheyWereWritten(@ForAll long seed) {
        var random = new Random(seed);
        var event = RecordSamples.event(random);
        var queueEvent = RecordSamples.queueEvent(random);
        var offset = new ReaderOffset("account:x", random.nextLong(1L << 60), RecordSamples.word(random), 77);

        byte[] record = EventEncoding.encode(out, event);
        assertThat(EventEncoding.recipientEvent(ByteBuffer.wrap(record))).isEqualTo(event);
        var standing = EventEncoding.standing(ByteBuffer.wrap(record));
        assertThat(standing.queue()).isEqualTo(event.queue());
        assertThat(standing.attempt()).isEqualTo(event.attempt());
        assertThat(EventEncoding.queueEvent(ByteBuffer.wrap(EventEncoding.encode(out, queueEvent))))
                .isEqualTo(queueEvent);
        CommandEvent command = RecordSamples.commandEvent(random);
        assertThat(EventEncoding.commandEvent(ByteBuffer.wrap(EventEncoding.encode(out, command))))
                .isEqualTo(command);
        assertThat(EventEncoding.readerOffset(ByteBuffer.wrap(EventEncoding.encode(out, offset))))
                .isEqualTo(offset);
        var receipt = RecordSamples.receipt(random);
        assertThat(EventEncoding.receiptEvent(ByteBuffer.wrap(EventEncoding.encode(out, receipt))))
                .isEqualTo(receipt);
    }

    @Property(tries = 100, seed = "42")
    void aFrameTellsWhatWasPutIntoIt(@ForAll long seed) {
        var random = new Random(seed);
        var writer = new LiveFrame.Writer();
        List<String> given = new ArrayList<>();
        for (int i = random.nextInt(30) + 1; i > 0; i--) {
            var id = new MessageId(random.nextInt(3), random.nextLong(Long.MAX_VALUE));
            long position = random.nextLong(Long.MAX_VALUE);
            long queued = random.nextLong(1L << 45);
            long size = random.nextLong(1L << 45);
            long[] chunks = random.longs(random.nextInt(3)).toArray();
            writer.message(id, position, queued, size, chunks);
            given.add(id + " " + position + " " + queued + " " + size + " " + List.of(chunks.length));
            for (int n = random.nextInt(5); n > 0; n--) {
                QueueKey queue = RecordSamples.queue(random);
                int index = random.nextInt(1 << 30);
                long due = random.nextBoolean() ? 0 : 1 + random.nextLong(1L << 45);
                int priority = random.nextInt(101);
                boolean isOwed = random.nextBoolean();
                String job = RecordSamples.word(random);
                writer.recipient(index, queue, n, due, priority, isOwed, job);
                given.add(index + " " + queue + " " + n + " " + due + " " + priority + " " + isOwed + " " + job);
            }
            writer.end();
        }

        var heard = new Heard();
        LiveFrame.messages(ByteBuffer.wrap(writer.take()), heard);

        assertThat(heard.lines).isEqualTo(given);
        assertThat(writer.isEmpty()).isTrue();
    }

    @Property(tries = 2000, seed = "42")
    void mutatedBytesGiveAValueOrASpoolExceptionAndNothingElse(@ForAll long seed) {
        var random = new Random(seed);
        byte[] acceptance = mutate(
                random, AcceptanceEncoding.encode(out, RecordSamples.message(random, random.nextInt(5)), new long[2]));
        reads(acceptance, bytes -> {
            var head = new AcceptanceHead(bytes);
            head.message();
            head.chunkPositions();
        });
        reads(acceptance, bytes -> {
            var head = new AcceptanceHead(bytes);
            for (int n = 0; n < Math.min(10, head.recipientCount()); n++) {
                head.place(n);
            }
        });
        byte[] event = mutate(random, EventEncoding.encode(out, RecordSamples.event(random)));
        reads(event, EventEncoding::recipientEvent);
        reads(event, EventEncoding::standing);
        reads(mutate(random, EventEncoding.encode(out, RecordSamples.queueEvent(random))), EventEncoding::queueEvent);
        reads(
                mutate(random, EventEncoding.encode(out, RecordSamples.commandEvent(random))),
                EventEncoding::commandEvent);
        reads(mutate(random, EventEncoding.encode(out, RecordSamples.receipt(random))), EventEncoding::receiptEvent);
        reads(mutate(random, EventEncoding.encode(out, new ReaderOffset("r", 5, "f", 6))), EventEncoding::readerOffset);
        var writer = new LiveFrame.Writer();
        writer.message(new MessageId(7, 8), 9, 10, 11, new long[1]);
        writer.recipient(1, RecordSamples.queue(random), 2, 3, 4, true, RecordSamples.word(random));
        writer.end();
        reads(mutate(random, writer.take()), bytes -> LiveFrame.messages(bytes, new Heard()));
        byte[] noise = new byte[random.nextInt(200)];
        random.nextBytes(noise);
        reads(noise, bytes -> new AcceptanceHead(bytes).message());
        reads(noise, EventEncoding::recipientEvent);
        reads(noise, EventEncoding::commandEvent);
        reads(noise, bytes -> LiveFrame.messages(bytes, new Heard()));
        reads(noise, LiveFrame::kind);
    }

    private static void reads(byte[] bytes, Consumer<ByteBuffer> decoder) {
        try {
            decoder.accept(ByteBuffer.wrap(bytes));
        } catch (SpoolException refused) {
            assertThat(refused).hasMessageMatching("(?s).+: .+");
        }
    }

    private static byte[] mutate(Random random, byte[] record) {
        byte[] bytes = random.nextInt(4) == 0
                ? java.util.Arrays.copyOf(record, random.nextInt(record.length + 1))
                : record.clone();
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            // The fixed part holds counts and offsets: it is hit more often.
            int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(bytes.length, 64));
            bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextBoolean() ? 0xFF : 0x7F);
        }
        return bytes;
    }

    /// Writes down what a frame tells.
    private static final class Heard implements LiveFrame.Sink {
        final List<String> lines = new ArrayList<>();

        @Override
        public boolean message(long incarnation, long sequence, long position, long queued, long size, long[] chunks) {
            lines.add(new MessageId(incarnation, sequence) + " " + position + " " + queued + " " + size + " "
                    + List.of(chunks.length));
            return true;
        }

        @Override
        public void recipient(
                int index, QueueKey queue, int attempts, long due, int priority, boolean isOwed, String job) {
            lines.add(index + " " + queue + " " + attempts + " " + due + " " + priority + " " + isOwed + " " + job);
        }

        @Override
        public void end() {}
    }
}
