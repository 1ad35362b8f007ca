package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class MessageMakerTest {
    private final MessageMaker maker = new MessageMaker("run-1");

    @Property(tries = 100, seed = "42")
    void aMessageIsAboutAsLargeAsAsked(
            @ForAll @LongRange(min = 0, max = 1_000_000) long number,
            @ForAll @IntRange(min = 500, max = 70_000) int size) {
        byte[] message = maker.message(number, "a@b.example", "c@d.example", "X-Job: j\r\n", size);

        assertThat(message.length).isBetween(size - 160, size + 160);
    }

    @Property(tries = 100, seed = "42")
    void linesEndWithCrlfAndStayShort(
            @ForAll @LongRange(min = 0, max = 1_000_000) long number,
            @ForAll @IntRange(min = 300, max = 20_000) int size) {
        String text = text(number, size);

        assertThat(text).endsWith("\r\n");
        assertThat(text.replace("\r\n", "")).doesNotContain("\r", "\n");
        assertThat(text.split("\r\n")).allMatch(line -> line.length() < 998);
    }

    @Test
    void theDigestIsThatOfTheBody() {
        byte[] message = maker.message(7, "a@b.example", "c@d.example", "", 5000);
        String text = new String(message, StandardCharsets.US_ASCII);
        int body = text.indexOf("\r\n\r\n") + 4;
        var crc = new CRC32C();
        crc.update(message, body, message.length - body);

        assertThat(Receiver.field(text, MessageMaker.DIGEST_FIELD)).isEqualTo(Long.toHexString(crc.getValue()));
        assertThat(Receiver.field(text, MessageMaker.NAME_FIELD)).isEqualTo("run-1-7");
    }

    @Test
    void someLinesBeginWithADot() {
        assertThat(text(3, 4000)).contains("\r\n.");
    }

    @Test
    void aNumberAlwaysMakesTheSameMessageAndAnotherMakesAnother() {
        assertThat(text(5, 3000)).isEqualTo(text(5, 3000)).isNotEqualTo(text(6, 3000));
        assertThat(Arrays.equals(MessageMaker.body(1, 900), MessageMaker.body(2, 900)))
                .isFalse();
    }

    private String text(long number, int size) {
        return new String(maker.message(number, "a@b.example", "c@d.example", "", size), StandardCharsets.US_ASCII);
    }
}
