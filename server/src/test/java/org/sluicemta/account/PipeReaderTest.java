package org.sluicemta.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.simulation.SimulatedProgram;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.SpoolHouse;

class PipeReaderTest {
    private final SpoolHouse house = new SpoolHouse(13, 1);
    private final List<Run> runs = new ArrayList<>();
    private int number;
    /// How the next programs behave.
    private boolean reads = true;

    private long endsAfterBytes = Long.MAX_VALUE;

    /// One run of the program.
    private static final class Run {
        final StringBuilder heard = new StringBuilder();
        List<String> words = List.of();
        boolean isInputOver;
    }

    PipeReaderTest() {
        house.host().install("/usr/bin/etl", this::program);
        house.pipe(new AccountPipe(
                "|/usr/bin/etl --all",
                List.of("/usr/bin/etl", "--all"),
                RowPlan.of(
                        Set.of(RowType.DELIVERY),
                        Map.of(RowType.DELIVERY, RecordFields.of(RowType.DELIVERY, List.of("rcpt", "envId", "seq"))),
                        ZoneId.of("UTC")),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10)));
    }

    private void program(SimulatedProgram.Hands hands) {
        var run = new Run();
        run.words = hands.words();
        runs.add(run);
        long most = endsAfterBytes;
        if (reads) {
            hands.onInput(
                    bytes -> {
                        run.heard.append(new String(bytes, StandardCharsets.UTF_8));
                        if (run.heard.length() > most) {
                            hands.exit(3);
                        }
                    },
                    () -> {
                        run.isInputOver = true;
                        hands.exit(0);
                    });
        }
    }

    @Test
    void aProgramHearsTheHeaderAtOnceAndThenItsRows() {
        house.boot();
        house.universe().advance(Duration.ofSeconds(1));
        assertThat(runs).hasSize(1);
        assertThat(runs.getFirst().words).containsExactly("--all");
        assertThat(runs.getFirst().heard.toString()).isEqualTo("type,rcpt,envId,seq\n");

        deliver(3);
        house.universe().advance(Duration.ofSeconds(1));

        assertThat(seqs(runs.getFirst())).hasSize(3).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void whatWasTakenBeforeAStopDoesNotComeAgain() {
        house.boot();
        deliver(3);
        house.universe().advance(Duration.ofSeconds(3));
        house.close();
        house.boot();
        deliver(2);
        house.universe().advance(Duration.ofSeconds(3));

        assertThat(runs).hasSize(2);
        assertThat(runs.getLast().heard.toString()).startsWith("type,rcpt,envId,seq\n");
        assertThat(seqs(runs.getLast())).hasSize(2).doesNotContainAnyElementsOf(seqs(runs.getFirst()));
    }

    @Test
    void aProgramThatEndsIsStartedAgainAndMissesNothing() {
        endsAfterBytes = 2_000;
        house.boot();
        for (int i = 0; i < 30; i++) {
            deliver(10);
            house.universe().advance(Duration.ofMillis(300));
        }
        endsAfterBytes = Long.MAX_VALUE;
        house.universe().advance(Duration.ofSeconds(40));

        assertThat(runs).hasSize(2);
        Set<Long> all = new HashSet<>(seqs(runs.getFirst()));
        all.addAll(seqs(runs.getLast()));
        assertThat(all).hasSize(300);
        assertThat(seqs(runs.getLast())).isSorted();
    }

    @Test
    void aPowerCutRepeatsAFewRowsWithTheirSeqAndLosesNone() {
        house.boot();
        Set<Long> all = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            deliver(20);
            house.universe().advance(Duration.ofMillis(700));
            house.host().cutPower();
            house.boot();
        }
        house.universe().advance(Duration.ofSeconds(3));

        runs.forEach(run -> all.addAll(seqs(run)));
        assertThat(all).hasSize(100);
    }

    /// The place is recorded though rows never stop coming.
    @Test
    void whatAPowerCutRepeatsIsBoundedByTimeUnderSteadyMail() {
        house.boot();
        for (int i = 0; i < 400; i++) {
            deliver(5);
            house.universe().advance(Duration.ofMillis(20));
        }
        house.host().cutPower();
        house.boot();
        house.universe().advance(Duration.ofSeconds(3));

        Set<Long> again = new HashSet<>(seqs(runs.getFirst()));
        again.retainAll(seqs(runs.getLast()));
        // Of 2,000 rows in 8 s those of the last second, and of the looks around it.
        assertThat(again).hasSizeLessThan(450);
        Set<Long> all = new HashSet<>(seqs(runs.getFirst()));
        all.addAll(seqs(runs.getLast()));
        assertThat(all).hasSize(2_000);
    }

    @Test
    void aProgramThatTakesNothingIsEndedAndItsRowsAreKept() {
        reads = false;
        house.boot();
        for (int i = 0; i < 80; i++) {
            deliver(50);
            house.universe().advance(Duration.ofMillis(50));
        }
        house.universe().advance(Duration.ofSeconds(20));
        reads = true;
        house.universe().advance(Duration.ofSeconds(40));

        assertThat(runs).hasSize(2);
        // What fitted into the pipe of the first program was taken, as far as anybody can tell.
        List<Long> rest = seqs(runs.getLast());
        assertThat(rest).hasSizeBetween(1_000, 4_000).isSorted();
        assertThat(house.reader().rows()).isEqualTo(4_000);
    }

    @Test
    void aProgramThatIsNotThereHoldsUpNobody() {
        house.pipe(new AccountPipe(
                "|/usr/bin/none",
                List.of("/usr/bin/none"),
                RowPlan.of(Set.of(RowType.DELIVERY), Map.of(), ZoneId.of("UTC")),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10)));
        house.boot();
        deliver(5);
        house.universe().advance(Duration.ofSeconds(2));

        assertThat(house.reader().rows()).isEqualTo(5);
        boolean[] isStopped = {false};
        house.pipeReader().stop(() -> isStopped[0] = true);
        house.universe().advance(Duration.ofSeconds(1));
        assertThat(isStopped[0]).isTrue();
    }

    @Test
    void aStopEndsTheInputAndWaitsForTheEnd() {
        house.boot();
        deliver(3);
        house.universe().advance(Duration.ofMillis(300));
        boolean[] isStopped = {false};
        house.pipeReader().stop(() -> isStopped[0] = true);
        house.universe().advance(Duration.ofSeconds(2));

        assertThat(isStopped[0]).isTrue();
        assertThat(runs.getFirst().isInputOver).isTrue();
    }

    @Test
    void aProgramThatWillNotEndIsKilledAfterAWhile() {
        reads = false;
        house.boot();
        house.universe().advance(Duration.ofSeconds(1));
        boolean[] isStopped = {false};
        house.pipeReader().stop(() -> isStopped[0] = true);
        house.universe().advance(Duration.ofSeconds(3));
        assertThat(isStopped[0]).isFalse();

        house.universe().advance(Duration.ofSeconds(3));
        assertThat(isStopped[0]).isTrue();
    }

    @Test
    void aReloadStartsTheProgramAgain() {
        house.boot();
        deliver(3);
        house.universe().advance(Duration.ofSeconds(2));
        house.pipeReader().restart();
        house.universe().advance(Duration.ofSeconds(2));
        deliver(2);
        house.universe().advance(Duration.ofSeconds(2));

        assertThat(runs).hasSize(2);
        assertThat(runs.getFirst().isInputOver).isTrue();
        assertThat(seqs(runs.getLast())).hasSize(2);
    }

    private static List<Long> seqs(Run run) {
        String whole = run.heard.substring(0, run.heard.lastIndexOf("\n") + 1);
        return whole.lines()
                .skip(1)
                .map(line -> Long.parseLong(line.substring(line.lastIndexOf(',') + 1)))
                .toList();
    }

    private void deliver(int count) {
        house.on(0, () -> {
            for (int i = 0; i < count; i++) {
                var id = new MessageId(7, ++number);
                assertThat(house.spool()
                                .record(
                                        SpoolHouse.event(
                                                RecipientEvent.What.DELIVERED,
                                                id,
                                                0,
                                                1,
                                                house.loop(0).serverMillis(),
                                                0,
                                                new QueueKey("example.net", "mta1"),
                                                false),
                                        -1))
                        .isTrue();
            }
        });
    }
}
