package org.sluicemta.receive;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.List;
import org.sluicemta.mail.Steering;

/// Header sections of strangers. The ordinary run plays the corpus.
class HeaderSectionFuzzTest {
    private static final HeaderSection.Wishes ALL = new HeaderSection.Wishes(
            true,
            false,
            true,
            false,
            true,
            true,
            false,
            "x-campaign",
            List.of("x-secret", "bcc"),
            List.of("x-campaign", "to"),
            List.of("subject"));

    @FuzzTest
    void whatIsTakenFromAHeaderIsOneLineAndStandsInIt(byte[] bytes) {
        var header = new HeaderSection();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        HeaderSection.beginsWithField(in, bytes.length);
        header.read(in, bytes.length, ALL);

        int before = 0;
        for (int i = 0; i < header.removedCount(); i++) {
            assertThat(header.removedFrom(i)).isGreaterThanOrEqualTo(before);
            assertThat(header.removedTo(i)).isGreaterThan(header.removedFrom(i)).isLessThanOrEqualTo(bytes.length);
            before = header.removedTo(i);
        }
        int facts = 0;
        for (String fact : header.facts()) {
            assertThat(Steering.isIn(fact)).isFalse();
            facts += fact.length();
        }
        assertThat(facts).isLessThanOrEqualTo(2 * HeaderSection.MAX_FACT_BYTES);
        for (String value : new String[] {header.job(), header.envelopeId(), header.virtualMta()}) {
            assertThat(value == null || !Steering.isIn(value)).isTrue();
        }
    }
}
