package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/// The content decoder against a slow and simple one, for any bytes and any split.
class ContentDecoderProperties {
    /// What came of decoding: the stored bytes and facts, or the fault, and how much input was used.
    private record Decoded(
            ContentDecoder.Fault fault,
            byte @Nullable [] stored,
            @Nullable ContentFacts facts,
            int used) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Decoded other
                    && fault == other.fault
                    && used == other.used
                    && java.util.Arrays.equals(stored, other.stored)
                    && java.util.Objects.equals(facts, other.facts);
        }

        @Override
        public int hashCode() {
            return used;
        }
    }

    @Provide
    Arbitrary<byte[]> soup() {
        // Bytes that matter, often; lines, dots and header names as wholes, so that words of eight bytes are filled
        // too.
        Arbitrary<String> words = Arbitraries.of(
                "\r\n",
                "\r\n",
                "\r\n",
                ".",
                ".",
                "\r",
                "\n",
                "\0",
                "\t",
                "a",
                "\u00e9",
                "\r\n.\r\n",
                "\r\n..x",
                "Received: by x\r\n",
                "received:",
                "0123456789",
                "the quick brown fox jumps over the lazy dog");
        return words.list().ofMaxSize(40).map(ContentDecoderProperties::join);
    }

    @Provide
    Arbitrary<byte[]> text() {
        Arbitrary<String> words = Arbitraries.of(
                "\r\n",
                "\r\n",
                "\r\n.",
                "\r\n..",
                ".",
                "\t",
                "a",
                "\u00e9",
                "Received: by x\r\n",
                "ReCeIvEd:",
                "\r\nX: 0123456789",
                "0123456789");
        return words.list().ofMaxSize(40).map(l -> join(l, "\r\n"));
    }

    private static byte[] join(List<String> words) {
        return join(words, "");
    }

    private static byte[] join(List<String> words, String end) {
        return (String.join("", words) + end).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    @Property(tries = 2000, seed = "42")
    void anySplitOfDataGivesWhatASimpleDecoderGives(@ForAll("soup") byte[] wire, @ForAll long seed) {
        Decoded expected = simple(wire);

        assertThat(data(wire, List.of(wire.length + 1), false)).isEqualTo(expected);
        assertThat(data(wire, List.of(1), false)).isEqualTo(expected);
        assertThat(data(wire, split(seed), true)).isEqualTo(expected);
    }

    @Property(tries = 1000, seed = "42")
    void decodingWhatWasEncodedGivesTheContentAndItsFacts(@ForAll("text") byte[] content, @ForAll long seed) {
        for (boolean areDotsNoted : new boolean[] {true, false}) {
            byte[] wire = encode(content, split(seed), areDotsNoted);

            Decoded decoded = data(wire, split(~seed), false);

            assertThat(decoded.fault()).isEqualTo(ContentDecoder.Fault.NONE);
            assertThat(decoded.used()).isEqualTo(wire.length);
            assertThat(decoded.stored()).isEqualTo(content);
            assertThat(decoded.facts().dotLines()).isEqualTo(TestContent.dotsOf(content, true));
        }
    }

    @Property(tries = 1000, seed = "42")
    void chunksInAnySplitGiveTheSameFactsAsData(@ForAll("text") byte[] content, @ForAll long seed) {
        Decoded byData = data(encode(content, List.of(content.length + 1), true), List.of(1 << 16), false);

        Decoded byChunks = chunks(content, split(seed));

        assertThat(byChunks.fault()).isEqualTo(byData.fault());
        assertThat(byChunks.stored()).isEqualTo(byData.stored());
        assertThat(byChunks.facts()).isEqualTo(byData.facts());
    }

    @Property(tries = 1000, seed = "42")
    void chunksRefuseExactlyWhatHasBareLineEnds(@ForAll("soup") byte[] content, @ForAll long seed) {
        String text = new String(content, java.nio.charset.StandardCharsets.ISO_8859_1);
        boolean isBare = text.replace("\r\n", "").matches("(?s).*[\r\n].*");

        assertThat(chunks(content, split(seed)).fault() == ContentDecoder.Fault.BARE_LINE_END)
                .isEqualTo(isBare);
    }

    @Property(tries = 500, seed = "42")
    void nothingOverTheLimitReachesTheSink(@ForAll("text") byte[] content, @ForAll long seed) {
        int limit = Math.max(1, content.length - 1);
        var sink = new ByteArrayOutputStream();
        var decoder = new ContentDecoder();
        decoder.begin(sink(sink), limit);

        feed(decoder, encode(content, List.of(content.length + 1), true), split(seed), false);

        assertThat(decoder.fault() == ContentDecoder.Fault.TOO_BIG).isEqualTo(content.length > limit);
        assertThat(sink.size()).isLessThanOrEqualTo(limit);
    }

    private static List<Integer> split(long seed) {
        var random = new java.util.Random(seed);
        return List.of(1 + random.nextInt(12), 1 + random.nextInt(4), 1 + random.nextInt(40));
    }

    private static ContentSink sink(ByteArrayOutputStream into) {
        return lent -> {
            var copy = new byte[lent.remaining()];
            lent.get(copy);
            into.writeBytes(copy);
            return ContentSink.Taken.TAKEN;
        };
    }

    private static Decoded data(byte[] wire, List<Integer> pieces, boolean isDirect) {
        var stored = new ByteArrayOutputStream();
        var decoder = new ContentDecoder();
        decoder.begin(sink(stored), 0);
        int used = feed(decoder, wire, pieces, isDirect);
        if (used < 0) {
            return new Decoded(ContentDecoder.Fault.NONE, null, null, -1);
        }
        return decoder.fault() == ContentDecoder.Fault.NONE
                ? new Decoded(decoder.fault(), stored.toByteArray(), decoder.facts(), used)
                : new Decoded(decoder.fault(), null, null, used);
    }

    /// How much was used up to the end of the message, or -1 when it did not end.
    private static int feed(ContentDecoder decoder, byte[] wire, List<Integer> pieces, boolean isDirect) {
        int at = 0;
        for (int i = 0; at < wire.length; i++) {
            int length = Math.min(pieces.get(i % pieces.size()), wire.length - at);
            ByteBuffer lent = isDirect ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
            lent.put(wire, at, length).flip();
            boolean isEnd = decoder.data(lent);
            at += length - lent.remaining();
            if (isEnd) {
                return at;
            }
            assertThat(lent.hasRemaining()).isFalse();
        }
        return -1;
    }

    private static Decoded chunks(byte[] content, List<Integer> pieces) {
        var stored = new ByteArrayOutputStream();
        var decoder = new ContentDecoder();
        decoder.begin(sink(stored), 0);
        int at = 0;
        for (int i = 0; at < content.length; i++) {
            int length = Math.min(pieces.get(i % pieces.size()), content.length - at);
            ByteBuffer lent = ByteBuffer.wrap(content.clone(), at, content.length - at);
            decoder.chunk(lent, length);
            assertThat(lent.position()).isEqualTo(at + length);
            at += length;
        }
        decoder.endChunks();
        return decoder.fault() == ContentDecoder.Fault.NONE
                ? new Decoded(decoder.fault(), stored.toByteArray(), decoder.facts(), at)
                : new Decoded(decoder.fault(), null, null, at);
    }

    private static byte[] encode(byte[] content, List<Integer> pieces, boolean areDotsNoted) {
        var loop = new ScriptedLoop();
        var connection =
                new ScriptedConnection(loop, new SmtpServerEngine(ServerSettings.of("x"), new RecordingSession()));
        var stuffer = new DotStuffer();
        stuffer.restart();
        int at = 0;
        for (int i = 0; at < content.length; i++) {
            int length = Math.min(pieces.get(i % pieces.size()), content.length - at);
            byte[] piece = java.util.Arrays.copyOfRange(content, at, at + length);
            boolean isLineStart = at == 0 || at >= 2 && content[at - 1] == '\n' && content[at - 2] == '\r';
            DotLines dots = areDotsNoted ? dots(content, at, length, isLineStart) : DotLines.UNKNOWN;
            stuffer.send(connection, new OutgoingContent.Piece(new HeapSlice(piece), 0, length, dots));
            at += length;
        }
        stuffer.end(connection);
        connection.flush();
        return connection.takeSent().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private static DotLines dots(byte[] content, int from, int length, boolean isLineStart) {
        var offsets = new ArrayList<Integer>();
        for (int i = from; i < from + length; i++) {
            boolean isStart = i == from ? isLineStart : i >= 2 && content[i - 1] == '\n' && content[i - 2] == '\r';
            if (isStart && content[i] == '.') {
                offsets.add(i - from);
            }
        }
        return DotLines.of(offsets.stream().mapToInt(i -> i).toArray(), true);
    }

    /// The rules of RFC 5321 spelled as slowly as they can be.
    private static Decoded simple(byte[] wire) {
        String text = new String(wire, java.nio.charset.StandardCharsets.ISO_8859_1);
        int end;
        if (text.startsWith(".\r\n")) {
            end = 3;
            text = "";
        } else {
            int at = text.indexOf("\r\n.\r\n");
            if (at < 0) {
                return new Decoded(ContentDecoder.Fault.NONE, null, null, -1);
            }
            end = at + 5;
            text = text.substring(0, at + 2);
        }
        if (text.replace("\r\n", "").matches("(?s).*[\r\n].*")) {
            return new Decoded(ContentDecoder.Fault.BARE_LINE_END, null, null, end);
        }
        var stored = new StringBuilder();
        int header = -1;
        int received = 0;
        int longest = 0;
        var dots = new ArrayList<Integer>();
        String rest = text;
        while (!rest.isEmpty()) {
            int lineEnd = rest.indexOf("\r\n");
            String line = rest.substring(0, lineEnd);
            rest = rest.substring(lineEnd + 2);
            if (line.isEmpty() && header < 0) {
                header = stored.length();
            }
            if (line.startsWith(".")) {
                line = line.substring(1);
                if (line.startsWith(".")) {
                    dots.add(stored.length());
                }
            } else if (header < 0 && line.regionMatches(true, 0, "Received:", 0, 9)) {
                received++;
            }
            longest = Math.max(longest, line.length());
            stored.append(line).append("\r\n");
        }
        byte[] bytes = stored.toString().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        boolean isMore = dots.size() > DotLines.MAX_NOTED;
        int[] noted = dots.stream().limit(DotLines.MAX_NOTED).mapToInt(i -> i).toArray();
        var facts = new ContentFacts(
                bytes.length,
                header < 0 ? bytes.length : header,
                received,
                longest,
                stored.chars().anyMatch(c -> c > 127),
                stored.indexOf("\0") >= 0,
                DotLines.of(noted, !isMore));
        return new Decoded(ContentDecoder.Fault.NONE, bytes, facts, end);
    }
}
