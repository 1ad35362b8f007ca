package org.sluicemta.pull;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.DiskFault;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.world.IoFailure;

class PullerTest {
    private static final Duration INTERVAL = PullHouse.SOURCE.every();
    private static final Refusal OPEN = new Refusal(Guard.OPEN_RELAY, "everybody may send");
    private static final Refusal ERROR = new Refusal(Guard.ERROR, "line 3");

    @Test
    void theFirstPullComesAtOnceAndIsAdopted() {
        PullHouse house = PullHouse.seeded(1).publishes("c1", "one").started();

        house.pass(Duration.ofSeconds(5));

        assertThat(house.adopted).containsExactly(1);
        assertThat(house.current()).isEqualTo(1);
        assertThat(house.status().lastFailure()).isEmpty();
    }

    @Test
    void nothingNewIsFoundByItsRevisionAtEachInterval() {
        PullHouse house = PullHouse.seeded(2).publishes("c1", "one").started();

        house.pass(INTERVAL.multipliedBy(3).plusMinutes(2));

        assertThat(house.asked).startsWith("", "c1", "c1").hasSizeBetween(4, 5);
        assertThat(house.adopted).containsExactly(1);
    }

    @Test
    void aNewVersionIsAdoptedAtTheNextInterval() {
        PullHouse house = PullHouse.seeded(3).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));

        house.publishes("c2", "two");
        house.pass(INTERVAL.multipliedBy(6).dividedBy(5));

        assertThat(house.adopted).containsExactly(1, 2);
        assertThat(house.current()).isEqualTo(2);
    }

    @Test
    void aCallFromOutsideMakesTheNextIntervalComeNow() {
        PullHouse house = PullHouse.seeded(31).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));

        house.publishes("c2", "two");
        house.calls();
        house.pass(Duration.ofSeconds(5));

        assertThat(house.adopted).containsExactly(1, 2);
    }

    @Test
    void manyCallsAreOnePullInFiveSecondsAndTheLastIsHeard() {
        PullHouse house = PullHouse.seeded(32).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(30));
        int before = house.asked.size();

        for (int i = 0; i < 100; i++) {
            house.calls();
            house.pass(Duration.ofMillis(100));
        }
        house.publishes("c2", "two");
        house.calls();
        house.pass(Duration.ofSeconds(10));

        assertThat(house.asked.size() - before).isBetween(3, 5);
        assertThat(house.adopted).containsExactly(1, 2);
    }

    @Test
    void anotherRevisionOfTheSameFilesIsNoNewVersion() {
        PullHouse house = PullHouse.seeded(4).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));

        house.publishes("c2", "one");
        house.pass(INTERVAL.multipliedBy(5).dividedBy(2));

        assertThat(house.adopted).containsExactly(1);
        assertThat(house.asked).contains("c2");
    }

    @Test
    void failuresMakeTheWaitsLongerUpToAnHour() {
        assertThat(Puller.waitAfterFailures(Duration.ofMinutes(5), 1)).isEqualTo(Duration.ofMinutes(5));
        assertThat(Puller.waitAfterFailures(Duration.ofMinutes(5), 3)).isEqualTo(Duration.ofMinutes(20));
        assertThat(Puller.waitAfterFailures(Duration.ofMinutes(5), 1000)).isEqualTo(Duration.ofHours(1));
        assertThat(Puller.waitAfterFailures(Duration.ofHours(6), 1000)).isEqualTo(Duration.ofHours(6));

        PullHouse house = PullHouse.seeded(5).started();
        house.pass(Duration.ofHours(24));

        assertThat(house.asked).hasSizeBetween(24, 32);
        assertThat(house.status().lastFailure()).isEqualTo("the network is away");
        assertThat(house.status().failures()).isGreaterThan(20);
        assertThat(house.adopted).isEmpty();
    }

    @Test
    void afterAFailureTheNextSuccessRestoresTheInterval() {
        PullHouse house = PullHouse.seeded(6).started();
        house.pass(Duration.ofHours(3));

        house.publishes("c1", "one");
        house.pass(Duration.ofMinutes(70));

        assertThat(house.adopted).containsExactly(1);
        assertThat(house.status().failures()).isZero();
        assertThat(house.status().nextPullMillis() - house.lane.serverMillis())
                .isLessThanOrEqualTo(INTERVAL.multipliedBy(6).dividedBy(5).toMillis());
    }

    @Test
    void aRefusedVersionChangesNothingAndIsPending() {
        PullHouse house = PullHouse.seeded(7).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));

        house.refusals = List.of(OPEN);
        house.publishes("c2", "two");
        house.pass(INTERVAL.multipliedBy(6).dividedBy(5));

        assertThat(house.current()).isEqualTo(1);
        assertThat(house.adopted).containsExactly(1);
        assertThat(house.status().pending()).hasValueSatisfying(pending -> {
            assertThat(pending.revision()).isEqualTo("c2");
            assertThat(pending.verdict().refusals()).containsExactly(OPEN);
        });
    }

    @Test
    void aRefusedVersionIsAdoptedOnceItsReasonIsGone() {
        PullHouse house = PullHouse.seeded(8).publishes("c1", "one").started();
        house.refusals = List.of(new Refusal(Guard.QUEUED_MAIL, "12 recipients wait"));
        house.pass(INTERVAL.multipliedBy(3));
        assertThat(house.adopted).isEmpty();

        house.refusals = List.of();
        house.pass(INTERVAL.multipliedBy(6).dividedBy(5));

        assertThat(house.adopted).containsExactly(1);
        assertThat(house.status().pending()).isEmpty();
    }

    @Test
    void anOperatorMayLetAGuardPassOnceButNeverAnError() {
        PullHouse house = PullHouse.seeded(9).publishes("c1", "one");
        house.refusals = List.of(OPEN);
        house.started().pass(Duration.ofSeconds(5));

        assertThat(house.pull().isDone()).isFalse();
        assertThat(house.pull(Guard.REMOVED).refusals()).containsExactly(OPEN);
        assertThat(house.pull(Guard.OPEN_RELAY).isDone()).isTrue();
        assertThat(house.current()).isEqualTo(1);

        house.refusals = List.of(ERROR);
        house.publishes("c2", "two");
        assertThat(house.pull(Guard.ERROR).isDone()).isFalse();
        assertThat(house.current()).isEqualTo(1);
    }

    @Test
    void aLedgerThatCannotBeWrittenChangesNothing() {
        PullHouse house = PullHouse.seeded(20).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));
        house.publishes("c2", "two");
        disk(house)
                .injectSometimes(
                        SimulatedDisk.Operation.WRITE,
                        path -> path.endsWith("ledger.new"),
                        1,
                        new DiskFault.Fails(IoFailure.Kind.NO_SPACE));

        assertThat(house.pull().text()).contains("ledger");
        assertThat(house.ask(answer -> house.puller.rollBack(0, 0, answer)).isDone())
                .isFalse();
        assertThat(house.adopted).containsExactly(1);

        disk(house).clearFaults();
        assertThat(house.pull().isDone()).isTrue();
        assertThat(house.adopted).containsExactly(1, 2);
    }

    @Test
    void anAdoptionTellsWhatItHasToSay() {
        PullHouse house = PullHouse.seeded(21).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));
        house.publishes("c2", "two");

        assertThat(house.pull().notes()).containsExactly("a note");
    }

    @Test
    void lookingAdoptsNothing() {
        PullHouse house = PullHouse.seeded(10).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));
        house.publishes("c2", "two");
        house.refusals = List.of(OPEN);

        Puller.Outcome seen = house.ask(house.puller::look);

        assertThat(seen.isDone()).isTrue();
        assertThat(seen.effect()).contains(PullHouse.EFFECT);
        assertThat(seen.refusals()).containsExactly(OPEN);
        assertThat(house.adopted).containsExactly(1);
    }

    @Test
    void aRollbackGoesBackAndHoldsPulling() {
        PullHouse house = PullHouse.seeded(11).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));
        house.publishes("c2", "two");
        house.pull();

        Puller.Outcome back = house.ask(answer -> house.puller.rollBack(-1, 0, answer));
        house.pass(Duration.ofDays(1));

        assertThat(back.isDone()).isTrue();
        assertThat(house.adopted).containsExactly(1, 2, 1);
        assertThat(house.status().ledger().orElseThrow().isHeld()).isTrue();
        assertThat(house.status().nextPullMillis()).isZero();
    }

    @Test
    void resumingGoesOnWithTheNewestVersionAgain() {
        PullHouse house = PullHouse.seeded(12).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));
        house.publishes("c2", "two");
        house.pull();
        house.ask(answer -> house.puller.rollBack(-1, 0, answer));

        house.ask(house.puller::resume);
        house.pass(Duration.ofSeconds(5));

        assertThat(house.adopted).containsExactly(1, 2, 1, 3);
        assertThat(house.status().ledger().orElseThrow().versions())
                .extracting(Version::number)
                .containsExactly(1, 3);
    }

    @Test
    void aPullEndsAHoldEvenWhereNothingIsNew() {
        PullHouse house = PullHouse.seeded(13).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));
        house.ask(answer -> house.puller.rollBack(1, 0, answer));

        assertThat(house.pull().text()).isEqualTo("Nothing new.");

        assertThat(house.status().ledger().orElseThrow().isHeld()).isFalse();
        assertThat(house.status().nextPullMillis()).isPositive();
    }

    @Test
    void beforeTheFirstVersionStandsTheLocalFile() {
        PullHouse house = PullHouse.seeded(14).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));

        assertThat(house.ask(answer -> house.puller.rollBack(-1, 0, answer)).isDone())
                .isTrue();
        assertThat(house.current()).isZero();
        assertThat(house.ask(answer -> house.puller.rollBack(-1, 0, answer)).text())
                .contains("nothing before");
        assertThat(house.ask(answer -> house.puller.rollBack(7, 0, answer)).text())
                .contains("no version 7");
    }

    @Test
    void whatMayBounceIsSaidToTheAdoptionOnceAndNeverByAnInterval() {
        PullHouse house = PullHouse.seeded(16).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));
        house.publishes("c2", "two");
        house.allowedBounces = 12;
        house.pull();
        house.publishes("c3", "three");
        house.pass(Duration.ofMinutes(10));
        house.ask(answer -> house.puller.rollBack(-1, 7, answer));

        assertThat(house.bounces).containsExactly(0L, 12L, 0L, 7L);
    }

    @Test
    void anAdoptionThatFailsLeavesWhatWasInUse() {
        PullHouse house = PullHouse.seeded(15).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));
        house.adoptionFails = "the local file has an error";
        house.publishes("c2", "two");

        Puller.Outcome outcome = house.pull();

        assertThat(outcome.isDone()).isFalse();
        assertThat(outcome.text()).contains("the local file has an error");
        assertThat(house.current()).isEqualTo(1);
        assertThat(Ledger.of(disk(house)
                                .bytes(PullHouse.FOLDER.resolve("ledger"))
                                .orElseThrow())
                        .current())
                .isEqualTo(1);
    }

    @Test
    void aHoldOutlivesARestart() {
        PullHouse house = PullHouse.seeded(16).publishes("c1", "one").started();
        house.pass(Duration.ofSeconds(5));
        house.publishes("c2", "two");
        house.pull();
        house.ask(answer -> house.puller.rollBack(-1, 0, answer));
        house.world.cutPower();

        PullHouse next =
                new PullHouse(house.world.reboot()).publishes("c3", "three").started();
        next.pass(Duration.ofHours(2));

        assertThat(next.asked).isEmpty();
        assertThat(next.current()).isEqualTo(1);
    }

    @Test
    void theNumberOfVersionsKeptIsBounded() {
        PullHouse house = PullHouse.seeded(17).publishes("c0", "zero").started();
        house.pass(Duration.ofSeconds(5));
        for (int i = 1; i <= 15; i++) {
            house.publishes("c" + i, "text " + i);
            assertThat(house.pull().isDone()).isTrue();
        }

        Ledger ledger = house.status().ledger().orElseThrow();
        assertThat(ledger.versions()).hasSize(Ledger.MOST_VERSIONS);
        assertThat(ledger.current()).isEqualTo(16);
        assertThat(ledger.versions().getFirst().number()).isEqualTo(7);
    }

    @Test
    void withoutASourceNothingHappensAndEveryRequestSaysWhy() {
        PullHouse house = PullHouse.seeded(18).publishes("c1", "one");

        assertThat(house.pull().text()).contains("config-source");
        house.started().pass(Duration.ofSeconds(5));
        house.lane.post(() -> house.puller.use(Optional.empty()));
        house.pass(Duration.ofDays(1));

        assertThat(house.adopted).containsExactly(1);
        assertThat(house.asked).hasSize(1);
    }

    @Test
    void whatIsAskedDuringAPullWaitsAndTooMuchIsRefused() {
        PullHouse house = PullHouse.seeded(19).publishes("c1", "one");
        var answers = new java.util.ArrayList<Puller.Outcome>();
        house.lane.post(() -> {
            house.puller.use(Optional.of(PullHouse.SOURCE));
            for (int i = 0; i < Puller.MOST_WAITING + 3; i++) {
                house.puller.look(answers::add);
            }
        });

        house.pass(Duration.ofMinutes(1));

        assertThat(answers).hasSize(Puller.MOST_WAITING + 3);
        assertThat(answers.stream().filter(Puller.Outcome::isDone)).hasSize(Puller.MOST_WAITING + 1);
    }

    @Test
    void oneSeedGivesOneTrace() {
        assertThat(trace(77)).isEqualTo(trace(77)).isNotEqualTo(trace(78));
    }

    private static long trace(long seed) {
        PullHouse house = PullHouse.seeded(seed).publishes("c1", "one").started();
        house.pass(Duration.ofMinutes(20));
        house.publishes("c2", "two");
        house.pass(Duration.ofHours(3));
        return house.world.universe().traceHash();
    }

    @Test
    void aCrashAtAnyMomentLeavesAWholeVersionInTheLedger() {
        for (int seed = 0; seed < 150; seed++) {
            PullHouse house =
                    PullHouse.seeded(1000 + seed).publishes("c1", "one").started();
            house.pass(Duration.ofSeconds(5));
            house.publishes("c2", "two");
            house.lane.post(() -> house.puller.pull(java.util.Set.of(), 0, _ -> {}));
            for (int step = 0; step < seed && house.adopted.size() < 2; step++) {
                house.world.step();
            }
            house.world.cutPower();

            Ledger ledger = Ledger.of(
                    disk(house).bytes(PullHouse.FOLDER.resolve("ledger")).orElseThrow());
            assertThat(ledger.current()).as("seed %s", seed).isBetween(1, 2);
            Version version = ledger.inUse().orElseThrow();
            assertThat(keptTree(disk(house), version).fingerprint())
                    .as("seed %s", seed)
                    .isEqualTo(version.fingerprint());
            PullHouse next =
                    new PullHouse(house.world.reboot()).publishes("c2", "two").started();
            next.pass(Duration.ofSeconds(10));
            assertThat(next.current()).as("seed %s", seed).isEqualTo(2);
        }
    }

    private static SimulatedDisk disk(PullHouse house) {
        return house.world.host().disk();
    }

    private static Tree keptTree(SimulatedDisk disk, Version version) {
        Path top = PullHouse.FOLDER.resolve(version.folderName());
        var files = new TreeMap<String, byte[]>();
        disk.files().stream()
                .filter(file -> file.startsWith(top))
                .forEach(file -> files.put(
                        top.relativize(file).toString(), disk.bytes(file).orElseThrow()));
        return new Tree(version.main(), files);
    }
}
