package org.sluicemta.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.Steering;

class HeaderSectionTest {
    private static final HeaderSection.Wishes ALL = new HeaderSection.Wishes(
            true, false, true, false, true, false, false, "", List.of("x-mailer"), List.of(), List.of());
    private static final HeaderSection.Wishes NONE = new HeaderSection.Wishes(
            false, false, false, false, false, false, false, "", List.of(), List.of(), List.of());

    private final HeaderSection header = new HeaderSection();

    private void read(String text, HeaderSection.Wishes wishes) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        header.read(ByteBuffer.wrap(bytes), bytes.length, wishes);
    }

    private String without(String text) {
        var out = new StringBuilder(text);
        for (int i = header.removedCount() - 1; i >= 0; i--) {
            out.delete(header.removedFrom(i), header.removedTo(i));
        }
        return out.toString();
    }

    @Test
    void theCommandsOfTheHeaderAreTakenAndTakenOut() {
        String text = "From: a@b\r\nX-Virtual-MTA: m1\r\nx-job:\r\n job-7\r\nX-ENVID: e 1\r\nSubject: s\r\n";

        read(text, ALL);

        assertThat(header.virtualMta()).isEqualTo("m1");
        assertThat(header.job()).isEqualTo("job-7");
        assertThat(header.envelopeId()).isEqualTo("e 1");
        assertThat(without(text)).isEqualTo("From: a@b\r\nSubject: s\r\n");
    }

    @Test
    void withoutLeaveTheyStayInTheMessageUntouched() {
        String text = "X-Virtual-MTA: m1\r\nX-Job: j\r\nX-Mailer: m\r\n";

        read(text, NONE);

        assertThat(header.virtualMta()).isNull();
        assertThat(header.job()).isNull();
        assertThat(without(text)).isEqualTo(text);
    }

    @Test
    void aRetainedCommandIsTakenAndStays() {
        String text = "X-Virtual-MTA: m1\r\n";

        read(
                text,
                new HeaderSection.Wishes(
                        true, true, true, true, true, false, false, "", List.of(), List.of(), List.of()));

        assertThat(header.virtualMta()).isEqualTo("m1");
        assertThat(header.removedCount()).isZero();
    }

    @Test
    void removedFieldsGoWithTheirContinuationsWhereverTheyStand() {
        String text = "X-Mailer: a\r\n\tb\r\nTo: x@y\r\nx-mailer: c\r\n";

        read(text, ALL);

        assertThat(without(text)).isEqualTo("To: x@y\r\n");
    }

    @Test
    void aReturnPathAtInjectionIsTakenOut() {
        String text = "Return-Path: <a@b>\r\nTo: x@y\r\n";

        read(text, NONE);

        assertThat(without(text)).isEqualTo("To: x@y\r\n");
    }

    @Test
    void dateMessageIdAndReceivedAreSeenInAnyCase() {
        read("RECEIVED: x\r\nreceived: y\r\n z\r\nDATE: d\r\nMessage-Id: <m@x>\r\nDated: no\r\n", NONE);

        assertThat(header.receivedLines()).isEqualTo(2);
        assertThat(header.hasDate()).isTrue();
        assertThat(header.hasMessageId()).isTrue();
    }

    @Test
    void factsAreUnfoldedAndBounded() {
        read("From: A\r\n <a@b>\r\nSubject: " + "x".repeat(5000) + "\r\nFeedback-ID: f\r\n", NONE);

        assertThat(header.facts().getFirst()).isEqualTo("From: A <a@b>");
        assertThat(String.join("", header.facts()).length()).isLessThanOrEqualTo(HeaderSection.MAX_FACT_BYTES + 16);
    }

    /// Most values are copied as they are; whatever is not one line of visible ASCII goes another way to the same end.
    @Test
    void aValueIsUnfoldedStrippedAndHarmlessWhateverItIsMadeOf() {
        List<String> pieces =
                List.of("a", "Zz 9", " ", "\t", "\r\n ", "\r\n\t", "\u0001", "\u007f", "é", "\u2028", "\f");
        var random = new Random(7);
        for (int n = 0; n < 5_000; n++) {
            var value = new StringBuilder();
            for (int i = random.nextInt(8); i > 0; i--) {
                value.append(pieces.get(random.nextInt(pieces.size())));
            }
            String unfolded =
                    Steering.replaced(value.toString().replace("\r\n", "").strip(), ' ');

            read("sUbject:" + value + "\r\nX-Job:" + value + "\r\nFrom: x\r\n", ALL);

            assertThat(header.facts()).as("%s", value).containsExactly("sUbject: " + unfolded, "From: x");
            assertThat(header.job()).as("%s", value).isEqualTo(unfolded.isEmpty() ? null : unfolded);
        }
    }

    @Test
    void aLineWithoutAColonHurtsNobody() {
        read("no colon here\r\n: empty name\r\nDate: d\r\n", ALL);

        assertThat(header.hasDate()).isTrue();
    }

    @Test
    void fieldsThatAccountingNamesAreCopiedBesidesTheUsualOnes() {
        String text = "X-Campaign: spring,\r\n 2024\r\nX-Other: no\r\nSubject: s\r\n";

        read(text, copying("x-campaign", "subject"));

        assertThat(header.facts()).containsExactly("X-Campaign: spring, 2024", "Subject: s");
    }

    @Test
    void namedFieldsFindRoomWhateverTheUsualOnesTake() {
        String text = "Subject: " + "s".repeat(5_000) + "\r\nList-Unsubscribe: " + "u".repeat(5_000)
                + "\r\nX-Campaign: spring\r\n";

        read(text, copying("x-campaign"));

        assertThat(header.facts()).contains("X-Campaign: spring");
        assertThat(header.facts().stream().mapToInt(String::length).sum())
                .isBetween(HeaderSection.MAX_USUAL_BYTES, HeaderSection.MAX_FACT_BYTES);
    }

    @Test
    void whatIsCopiedIsBounded() {
        read("X-Campaign: " + "c".repeat(9_000) + "\r\nX-More: m\r\n", copying("x-campaign", "x-more"));

        assertThat(header.facts().stream().mapToInt(String::length).sum())
                .isLessThanOrEqualTo(HeaderSection.MAX_FACT_BYTES + "X-Campaign: ".length());
    }

    private static HeaderSection.Wishes copying(String... names) {
        return new HeaderSection.Wishes(
                false, false, false, false, false, false, false, "", List.of(), List.of(names), List.of());
    }
}
