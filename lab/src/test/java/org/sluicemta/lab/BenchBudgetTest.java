package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchBudgetTest {
    private static final Bench.Plan PLAN = new Bench.Plan(Path.of("unused"), 10_240, 20, 5, 5, 100_000, 300_000);

    private static Bench.Found found(Map<BenchFigure, Double> figures, List<String> faults) {
        return new Bench.Found(figures, faults, 5_000, 5_001, 77, 5.25, 0.5, List.of());
    }

    @Test
    void aLimitThatIsKeptSaysNothingAndAnExceededOneSaysByHowMuch() {
        BenchBudget budget = BenchBudget.parse("""
                # for people
                relay.cpu-us-per-message        at-most 400   # generous
                relay.relayed-per-second        at-least 1000
                relay.heap-bytes-per-message    at-most 30000
                """, "file");

        var found = Map.of(BenchFigure.PROCESSOR, 500.0, BenchFigure.RELAYED, 900.0, BenchFigure.HEAP_BYTES, 30_000.0);

        assertThat(budget.exceededBy(found).stream()
                        .map(BenchBudget.Exceeded::text)
                        .toList())
                .containsExactly(
                        "relay.relayed-per-second is 900/s: 10 % under the budget's 1,000/s",
                        "relay.cpu-us-per-message is 500 µs a message: 25 % over the budget's 400 µs a message");
    }

    @Test
    void whatWasNotMeasuredExceedsNothing() {
        BenchBudget budget = BenchBudget.parse("waiting.memory-bytes-per-recipient at-most 90", "file");

        assertThat(budget.exceededBy(Map.of(BenchFigure.PROCESSOR, 500.0))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "relay.cpu-us-per-message 400 | file:1: write a figure, at-most or at-least, and a number",
                "relay.speed at-most 400 | file:1: there is no figure \"relay.speed\"; there are: relay.accepted-per-second",
                "relay.cpu-us-per-message at-least 4 | file:1: relay.cpu-us-per-message takes at-most, not \"at-least\"",
                "relay.cpu-us-per-message at-most x | file:1: \"x\" is no limit; write a number over 0",
                "relay.cpu-us-per-message at-most -1 | file:1: \"-1\" is no limit; write a number over 0",
                "relay.cpu-us-per-message at-most NaN | file:1: \"NaN\" is no limit; write a number over 0"
            })
    void whatIsNoLimitIsNamedWithItsLine(String line, String error) {
        assertThatThrownBy(() -> BenchBudget.parse(line, "file"))
                .isInstanceOf(LabException.class)
                .hasMessageStartingWith(error);
    }

    @Test
    void aFigureMayStandOnce() {
        String line = "relay.cpu-us-per-message at-most 400\n";

        assertThatThrownBy(() -> BenchBudget.parse(line + line, "file"))
                .hasMessage("file:2: relay.cpu-us-per-message stands here twice; leave one out");
    }

    @Test
    void aBudgetMadeFromARunHoldsForItAndForTheSameRunTwiceAsBadInTimesOnly() {
        var figures = new EnumMap<BenchFigure, Double>(BenchFigure.class);
        for (BenchFigure figure : BenchFigure.values()) {
            figures.put(figure, 1234.5678);
        }

        BenchBudget made = BenchBudget.parse(BenchBudget.from(figures).text("a machine"), "file");

        assertThat(made.limits()).hasSize(BenchFigure.values().length);
        assertThat(made.exceededBy(figures)).isEmpty();
        figures.replaceAll(
                (figure, value) -> figure.bound() == BenchFigure.Bound.AT_MOST ? 1.99 * value : value / 1.99);
        assertThat(made.exceededBy(figures).stream().map(BenchBudget.Exceeded::figure))
                .containsExactly(
                        BenchFigure.SYNCS,
                        BenchFigure.JOURNAL_BYTES,
                        BenchFigure.DISK_BYTES,
                        BenchFigure.HEAP_BYTES,
                        BenchFigure.MEMORY,
                        BenchFigure.TABLES);
    }

    @Test
    void theBudgetThatComesWithTheProgramLimitsEverythingButRatesAndLatencies() {
        assertThat(BenchBudget.shipped().limits())
                .containsOnlyKeys(Arrays.stream(BenchFigure.values())
                        .filter(figure -> !List.of(
                                        BenchFigure.ACCEPTED,
                                        BenchFigure.RELAYED,
                                        BenchFigure.LATENCY_50,
                                        BenchFigure.LATENCY_99)
                                .contains(figure))
                        .toArray(BenchFigure[]::new));
    }

    @Test
    void peopleReadWhichLimitDoesNotHold() {
        var report = new BenchReport(PLAN, "ext4");
        BenchBudget budget = BenchBudget.parse(
                "relay.cpu-us-per-message at-most 400\nrelay.heap-bytes-per-message at-most 40000", "file");

        String said = report.text(
                found(Map.of(BenchFigure.PROCESSOR, 500.0, BenchFigure.HEAP_BYTES, 30_000.0), List.of()), budget);

        assertThat(said)
                .contains("Relay: 5,000 messages accepted and 5,001 relayed in 5.3 s, over 77 new connections\n")
                .containsPattern("processor time of the server +500 µs a message   ✗ at most 400\n")
                .containsPattern("heap taken by objects +30,000 bytes a message   ✓ at most 40,000\n")
                .contains("Other programs took 50 % of the processors")
                .contains("✗ relay.cpu-us-per-message is 500 µs a message: 25 % over the budget's 400 µs a message")
                .doesNotContain("All limits");
    }

    @Test
    void programsReadTheSame() {
        var report = new BenchReport(PLAN, "ext4");
        BenchBudget budget = BenchBudget.parse("relay.cpu-us-per-message at-most 400", "file");

        String said = report.json(
                found(Map.of(BenchFigure.PROCESSOR, 500.0, BenchFigure.SYNCS, 0.25), List.of("a \"fault\"")), budget);

        assertThat(said).isEqualTo("""
                {
                  "machine": "%s",
                  "sizeBytes": 10240,
                  "sessions": 20,
                  "seconds": 5.250,
                  "accepted": 5000,
                  "relayed": 5001,
                  "connections": 77,
                  "waitingRecipients": 300000,
                  "otherProgramsShare": 0.500,
                  "figures": {
                    "relay.cpu-us-per-message": {"value": 500.00, "unit": "µs a message", "atMost": 400.0, "holds": false},
                    "relay.syncs-per-message": {"value": 0.25000, "unit": "a message"}
                  },
                  "notes": [],
                  "faults": ["a \\"fault\\""],
                  "exceeded": ["relay.cpu-us-per-message is 500 µs a message: 25 %% over the budget's 400 µs a message"],
                  "holds": false
                }
                """.formatted(report.machine()));
    }

    @Test
    void figuresOfAServerAreReadWithTheirLabels() {
        ServerMetrics before = ServerMetrics.parse("""
                # TYPE sluice_journal_syncs_total counter
                sluice_journal_syncs_total{stream="content"} 5.0
                sluice_journal_syncs_total{stream="events"} 1.0
                sluice_queue_recipients 0.0
                """);
        ServerMetrics after = ServerMetrics.parse("""
                sluice_journal_syncs_total{stream="content"} 1.5E3
                sluice_journal_syncs_total{stream="events"} 3.0
                """);

        assertThat(ServerMetrics.grown(before, after, "sluice_journal_syncs_total"))
                .isEqualTo(1497);
        assertThat(before.value("sluice_queue_recipients")).isZero();
        assertThatThrownBy(() -> after.value("sluice_queue_recipients"))
                .isInstanceOf(LabException.class)
                .hasMessageContaining("no sluice_queue_recipients");
    }
}
