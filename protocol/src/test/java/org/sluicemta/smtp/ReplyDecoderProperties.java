package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ReplyDecoderProperties {
    @Provide
    Arbitrary<List<Reply>> replies() {
        Arbitrary<String> text = Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(70);
        Arbitrary<Reply> reply = Combinators.combine(
                        Arbitraries.integers().between(200, 599),
                        text.list().ofMinSize(1).ofMaxSize(5))
                .as((code, lines) -> Reply.of(ReplyCode.of(code), lines));
        return reply.list().ofMinSize(1).ofMaxSize(6);
    }

    @Property(tries = 500, seed = "42")
    void whatWasEncodedIsDecodedInAnySplit(@ForAll("replies") List<Reply> replies, @ForAll long seed) {
        var connection = new ScriptedConnection(
                new ScriptedLoop(), new SmtpServerEngine(ServerSettings.of("x"), new RecordingSession()));
        replies.forEach(r -> ReplyEncoder.write(connection, r));
        connection.flush();
        byte[] wire = connection.takeSent().getBytes(StandardCharsets.ISO_8859_1);

        assertThat(decode(wire, wire.length)).isEqualTo(replies);
        assertThat(decode(wire, 1)).isEqualTo(replies);
        assertThat(decode(wire, 1 + Math.floorMod(seed, 9))).isEqualTo(replies);
    }

    @Property(tries = 1000, seed = "42")
    void anySplitOfAnyBytesGivesTheSame(@ForAll byte[] noise, @ForAll("replies") List<Reply> replies) {
        byte[] wire = new byte[noise.length + 12];
        System.arraycopy("250-ok\r\n250 ".getBytes(StandardCharsets.ISO_8859_1), 0, wire, 0, 12);
        System.arraycopy(noise, 0, wire, 12, noise.length);

        assertThat(decode(wire, 1)).isEqualTo(decode(wire, wire.length));
    }

    /// The replies, and the fault if there was one.
    static List<Object> decode(byte[] wire, int piece) {
        var decoder = new ReplyDecoder();
        var found = new ArrayList<Object>();
        for (int at = 0; at < wire.length; at += piece) {
            ByteBuffer lent = ByteBuffer.wrap(wire.clone(), at, Math.min(piece, wire.length - at));
            while (lent.hasRemaining()) {
                switch (decoder.read(lent)) {
                    case MORE -> {}
                    case REPLY -> found.add(decoder.reply());
                    case BROKEN -> {
                        found.add(decoder.fault());
                        return found;
                    }
                }
            }
        }
        return found;
    }
}
