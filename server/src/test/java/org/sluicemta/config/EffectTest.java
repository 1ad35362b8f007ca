package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EffectTest {
    private static final String BEFORE = """
            host-name mx.example
            smtp-listener 127.0.0.1:25
            <source 10.0.0.0/8>
              always-allow-relaying yes
            </source>
            <virtual-mta m1>
              smtp-source-host 192.0.2.1 m1.example
              <domain example.com>
                max-smtp-out 5
              </domain>
            </virtual-mta>
            <virtual-mta m2>
              smtp-source-host 192.0.2.2 m2.example
            </virtual-mta>
            <domain *>
              max-smtp-out 20
            </domain>
            """;

    private static Configuration configuration(String text) {
        Report report = Check.of(MemoryFiles.with("/config", text), Path.of("/config"), Check.Strictness.USUAL);
        return report.configuration().orElseThrow(() -> new AssertionError(ReportText.of(report)));
    }

    private static Effect effect(String before, String after) {
        return Effect.between(configuration(before), configuration(after));
    }

    @Test
    void commentsOrderAndTheSourceItselfHaveNoEffect() {
        String same = "# moved\nconfig-source https://host/config\n\n"
                + BEFORE.replace("max-smtp-out 20", "max-smtp-out   20 # same");

        assertThat(effect(BEFORE, same).isNothing()).isTrue();
    }

    @Test
    void whatChangesInAListenersBlockIsTold() {
        String listener = "<smtp-listener 127.0.0.1:465>\nimmediate-tls yes\n</smtp-listener>\n";

        assertThat(effect(BEFORE + listener, BEFORE + listener.replace("immediate-tls yes", "immediate-tls no"))
                        .settings())
                .extracting(Effect.Change::text)
                .containsExactly("<smtp-listener 127.0.0.1:465>: immediate-tls true -> false");
    }

    @Test
    void virtualMtasAndPoolsThatComeAndGoAreNamed() {
        String after = BEFORE.replace("virtual-mta m2", "virtual-mta m3") + """
                <virtual-mta-pool p>
                  virtual-mta m1
                </virtual-mta-pool>
                """;

        Effect effect = effect(BEFORE, after);

        assertThat(effect.addedVirtualMtas()).containsExactly("m3");
        assertThat(effect.removedVirtualMtas()).containsExactly("m2");
        assertThat(effect.addedPools()).containsExactly("p");
        assertThat(effect.removedPools()).isEmpty();
        assertThat(effect.settings()).isEmpty();
    }

    @Test
    void aChangedSettingIsToldWithItsBlock() {
        String after = BEFORE.replace("max-smtp-out 5", "max-smtp-out 6").replace("    max-smtp-out 20\n", "");

        assertThat(effect(BEFORE, after.replace("max-smtp-out 20", "max-msg-rate 10/h"))
                        .settings())
                .extracting(Effect.Change::text)
                .containsExactly(
                        "<domain *>: max-msg-rate (not set) -> " + configurationValue(),
                        "<domain *>: max-smtp-out 20 -> (not set)",
                        "<domain example.com> in <virtual-mta m1>: max-smtp-out 5 -> 6");
    }

    private static String configurationValue() {
        return String.valueOf(((Parsed.Good<Rate>) ValueType.RATE.parse("10/h")).value());
    }

    @Test
    void listenersAndRelayDomainsCount() {
        Effect effect = effect(BEFORE, BEFORE.replace("127.0.0.1:25", "127.0.0.1:26") + "relay-domain example.org\n");

        assertThat(effect.settings())
                .extracting(Effect.Change::directive)
                .containsExactly("listeners", "relay-domain example.org");
    }
}
