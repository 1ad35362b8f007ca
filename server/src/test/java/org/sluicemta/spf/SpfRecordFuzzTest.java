package org.sluicemta.spf;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/// Policies come from the name servers of strangers: one is understood, or refused with a reason. The ordinary
/// run plays the corpus.
class SpfRecordFuzzTest {
    @FuzzTest
    void aPolicyIsReadOrRefused(byte[] terms) {
        String text = "v=spf1" + new String(terms, StandardCharsets.ISO_8859_1);
        try {
            SpfRecord policy = SpfRecord.parse(text);
            if (policy.redirect() != null) {
                expand(policy.redirect());
            }
            if (policy.explanation() != null) {
                expand(policy.explanation());
            }
            for (SpfRecord.Directive each : policy.directives()) {
                expand(each.mechanism());
            }
        } catch (SpfSyntax refused) {
            assertThat(refused.getMessage()).isNotEmpty();
        }
    }

    @FuzzTest
    void anExplanationIsReadOrRefused(byte[] text) {
        try {
            expand(MacroText.explanation(new String(text, StandardCharsets.ISO_8859_1)));
        } catch (SpfSyntax refused) {
            assertThat(refused.getMessage()).isNotEmpty();
        }
    }

    private static void expand(SpfRecord.Mechanism mechanism) {
        switch (mechanism) {
            case SpfRecord.Include include -> expand(include.target());
            case SpfRecord.Exists exists -> expand(exists.target());
            case SpfRecord.A(MacroText target, int bits4, int bits6) -> {
                lengths(bits4, bits6);
                expandIfAny(target);
            }
            case SpfRecord.Mx(MacroText target, int bits4, int bits6) -> {
                lengths(bits4, bits6);
                expandIfAny(target);
            }
            case SpfRecord.Ptr(MacroText target) -> expandIfAny(target);
            case SpfRecord.Network network -> assertThat(network.bits()).isBetween(0, 128);
            case SpfRecord.All _ -> {}
        }
    }

    private static void lengths(int bits4, int bits6) {
        assertThat(bits4).isBetween(0, 32);
        assertThat(bits6).isBetween(0, 128);
    }

    private static void expandIfAny(@org.jspecify.annotations.Nullable MacroText target) {
        if (target != null) {
            expand(target);
        }
    }

    private static void expand(MacroText text) {
        assertThat(text.expand(letter -> "a.b-c_d+e@" + letter)).isNotNull();
    }
}
