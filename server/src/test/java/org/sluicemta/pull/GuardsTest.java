package org.sluicemta.pull;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.config.Check;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Effect;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.ReportText;

class GuardsTest {
    private static final FileSource NOTHING = new FileSource() {
        @Override
        public Content read(Path file) {
            return new Content.Missing();
        }

        @Override
        public List<Entry> list(Path folder) {
            return List.of();
        }
    };

    private static Configuration configuration(String text) {
        Path folder = Path.of("/v");
        var files = new TreeFiles(Tree.ofOne("config", text.getBytes(StandardCharsets.UTF_8)), folder, NOTHING);
        var report = Check.of(files, folder.resolve("config"), Check.Strictness.USUAL);
        return report.configuration().orElseThrow(() -> new AssertionError(ReportText.of(report)));
    }

    private static String virtualMtas(int count) {
        var out = new StringBuilder();
        for (int i = 0; i < count; i++) {
            out.append("<virtual-mta m")
                    .append(i)
                    .append(">\nsmtp-source-host 192.0.2.")
                    .append(i + 1)
                    .append(" m\n</virtual-mta>\n");
        }
        return out.toString();
    }

    private static List<Guard> refused(
            String before, String after, Map<String, Long> waiting, int maxRemoved, Guard... accepted) {
        Configuration old = configuration(before);
        Configuration young = configuration(after);
        return Guards.refusals(old, young, Effect.between(old, young), maxRemoved, waiting, Set.of(accepted)).stream()
                .map(Refusal::guard)
                .toList();
    }

    @Test
    void waitingMailThatWouldBounceIsSaidToAndWhatThatTakes() {
        Configuration old = configuration(virtualMtas(2));
        Configuration young = configuration(virtualMtas(1) + "removed-virtual-mta bounce\n");
        Effect effect = Effect.between(old, young);

        assertThat(Guards.refusals(old, young, effect, 3, Map.of("m1", 12L), Set.of()))
                .singleElement()
                .satisfies(refusal -> assertThat(refusal.text())
                        .startsWith("12 recipients wait")
                        .contains("m1")
                        .contains("--allow-bounce=12"));
    }

    @Test
    void aHarmlessChangePasses() {
        assertThat(refused(virtualMtas(3), virtualMtas(5) + "total-max-smtp-out 10\n", Map.of(), 3))
                .isEmpty();
    }

    @Test
    void upToMaxRemovedVirtualMtasMayGo() {
        assertThat(refused(virtualMtas(5), virtualMtas(2), Map.of(), 3)).isEmpty();
        assertThat(refused(virtualMtas(5), virtualMtas(1), Map.of(), 3)).containsExactly(Guard.REMOVED);
        assertThat(refused(virtualMtas(5), virtualMtas(1), Map.of(), 3, Guard.REMOVED))
                .isEmpty();
        assertThat(refused(virtualMtas(5), virtualMtas(4), Map.of(), 0)).containsExactly(Guard.REMOVED);
    }

    @Test
    void mailThatWaitsForOneThatGoesRefuses() {
        assertThat(refused(virtualMtas(2), virtualMtas(1), Map.of("m1", 12L), 3))
                .containsExactly(Guard.QUEUED_MAIL);
        assertThat(refused(virtualMtas(2), virtualMtas(1), Map.of("m1", 0L), 3)).isEmpty();
    }

    @Test
    void onlyANewOpenRelayRefuses() {
        String open = "<source 0/0>\nalways-allow-relaying yes\n</source>\n";

        assertThat(refused("", open, Map.of(), 3)).containsExactly(Guard.OPEN_RELAY);
        assertThat(refused(open, open, Map.of(), 3)).isEmpty();
        assertThat(refused("", open, Map.of(), 3, Guard.OPEN_RELAY)).isEmpty();
    }
}
