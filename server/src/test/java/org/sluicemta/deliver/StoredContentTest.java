package org.sluicemta.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;
import org.sluicemta.smtp.DotLines;
import org.sluicemta.smtp.OutgoingContent;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.Content;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Slice;

class StoredContentTest {
    private final DeliverStage stage = new DeliverStage();

    private StoredContent content(int headerBytes, boolean isUtf8, boolean hasMoreDots, long[] dots, String... parts) {
        var slices = new ArrayList<Slice>();
        int size = 0;
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.ISO_8859_1);
            Slice slice = stage.memory.take(Math.max(1, bytes.length));
            assertThat(slice).isNotNull();
            slice.view(0, bytes.length).put(bytes);
            slices.add(bytes.length == 0 ? new Nothing(slice) : slice);
            size += bytes.length;
        }
        var shape = new ContentShape(size, headerBytes, true, 10, dots, hasMoreDots, new byte[0]);
        var message = new AcceptedMessage(
                new MessageId(1, 1), 0, "", "smtp", "c (1)", isUtf8, "", shape, List.of(), List.of());
        return new StoredContent(new StoredMessage(message, 1, new Content(slices, size)), Signatures.Front.NOTHING);
    }

    /// A slice without bytes: what a chunked content may end with.
    private record Nothing(Slice memory) implements Slice {
        @Override
        public int length() {
            return 0;
        }

        @Override
        public void get(int at, java.nio.ByteBuffer to) {
            memory.get(at, to);
        }

        @Override
        public java.nio.ByteBuffer view(int from, int length) {
            return memory.view(from, length);
        }

        @Override
        public Slice retain() {
            memory.retain();
            return this;
        }

        @Override
        public void release() {
            memory.release();
        }
    }

    private static List<OutgoingContent.Piece> pieces(StoredContent content) {
        var pieces = new ArrayList<OutgoingContent.Piece>();
        content.rewind();
        long left = content.sizeBytes();
        while (left > 0) {
            OutgoingContent.Piece piece = content.next();
            assertThat(piece).isNotNull();
            pieces.add(piece);
            left -= piece.length();
        }
        return pieces;
    }

    @Test
    void dotsAreToldRelativeToTheirPiece() {
        var content = content(4, false, false, new long[] {5, 9, 12}, "a\r\n\r", "\n..\r\n", ".\r\n.b\r\n");

        assertThat(pieces(content).stream().map(OutgoingContent.Piece::dotLines))
                .containsExactly(DotLines.NONE, DotLines.of(new int[] {1}, true), DotLines.of(new int[] {0, 3}, true));
    }

    @Test
    void whereMoreDotsStandThanWereNotedThePieceIsToBeLookedThrough() {
        var content = content(2, false, true, new long[] {4}, "a\r\n\r\n.\r\n");

        assertThat(pieces(content))
                .singleElement()
                .extracting(OutgoingContent.Piece::dotLines)
                .isEqualTo(DotLines.UNKNOWN);
    }

    @Test
    void partsWithoutBytesArePassedOver() {
        var content = content(2, false, false, new long[0], "", "a\r\n", "", "b\r\n", "");

        assertThat(pieces(content)).hasSize(2).allMatch(piece -> piece.length() == 3);
        assertThat(pieces(content)).as("once more").hasSize(2);
    }

    @Test
    void anotherHeaderTakesThePlaceOfTheStoredOneWhereverThatEnds() {
        for (String[] parts : List.of(
                new String[] {"A: 1\r\nB: 2\r\n\r\n.b\r\n"},
                new String[] {"A: 1\r\n", "B: 2\r\n\r\n", "", ".b\r\n"},
                new String[] {"A: 1\r\nB:", " 2\r\n\r\n.", "b\r\n"})) {
            var plain = content(14, false, false, new long[] {14}, parts);
            var changed =
                    new StoredContent(plain.stored(), new Signatures.Front(bytes("S: x\r\n"), bytes(".A: 1\r\n\r\n")));

            assertThat(text(changed)).isEqualTo("S: x\r\n.A: 1\r\n\r\n.b\r\n");
            assertThat(text(changed)).as("once more").isEqualTo("S: x\r\n.A: 1\r\n\r\n.b\r\n");
            assertThat(pieces(changed).getFirst().dotLines()).isEqualTo(DotLines.UNKNOWN);
            assertThat(pieces(changed).get(1).dotLines()).isEqualTo(DotLines.of(new int[] {0}, true));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(StoredContent content) {
        var all = new java.io.ByteArrayOutputStream();
        for (OutgoingContent.Piece piece : pieces(content)) {
            var bytes = new byte[piece.length()];
            piece.slice().get(piece.from(), java.nio.ByteBuffer.wrap(bytes));
            all.writeBytes(bytes);
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    @Test
    void aHeaderBeyondAsciiIsOneOnlyUnderSmtpUtf8AndOnlyInTheHeader() {
        assertThat(content(10, true, false, new long[0], "S: \u00e9", "\r\n\r\n", "body\r\n")
                        .hasUtf8Header())
                .isTrue();
        assertThat(content(8, true, false, new long[0], "S: e\r\n\r\n", "\u00e9\r\n")
                        .hasUtf8Header())
                .isFalse();
        assertThat(content(10, false, false, new long[0], "S: \u00e9", "\r\n\r\n", "body\r\n")
                        .hasUtf8Header())
                .isFalse();
    }
}
