package org.sluicemta.pace;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// The one owner of shared limits, asked from two loops.
class PacerProperties {
    private final Stage stage = new Stage();
    private final List<Stage.StageLoop> loops = List.of(stage.loop(), stage.loop());
    private final Pacer pacer = new Pacer(loops.getFirst(), ZoneOffset.UTC);

    private static LimitKey key(String name, LimitKey.Kind kind) {
        return new LimitKey(LimitKey.Scope.VIRTUAL_MTA, name, kind);
    }

    private static Limit rate(String name, long count, long unitMillis) {
        return new Limit.OfRate(
                key(name, LimitKey.Kind.MESSAGE_RATE),
                new Rate(count, unitMillis, false),
                "max-smtp-msg-rate",
                "config:7");
    }

    private static Limit connections(String name, int most) {
        return new Limit.OfConnections(key(name, LimitKey.Kind.CONNECTIONS), most, "max-smtp-out", "config:8");
    }

    /// A queue that wants permits for ever, and uses each at its instant.
    private final class Taker {
        final List<Limit> limits;
        final Stage.StageLoop loop;
        final Desk desk;
        final List<Long> used = new ArrayList<>();
        final Random random;
        long wantedSince;

        Taker(int loop, List<Limit> limits, long seed) {
            this.limits = limits;
            this.loop = loops.get(loop);
            this.random = new Random(seed);
            this.desk = pacer.desk(this.loop, (ask, answer) -> answered(answer));
            this.wantedSince = this.loop.nanos();
            ask();
        }

        private void ask() {
            loop.turn(() ->
                    desk.ask(Ask.forPermits(limits, 1 + random.nextInt(20), loop.nanos() - wantedSince, null, this)));
        }

        private void answered(Answer answer) {
            switch (answer) {
                case Answer.Granted grant -> {
                    // It has waited from now on: who was served goes behind those who were not.
                    wantedSince = loop.nanos();
                    int use = grant.count() - (random.nextInt(4) == 0 ? random.nextInt(grant.count()) : 0);
                    long last = loop.nanos();
                    for (int i = 0; i < use; i++) {
                        long at = Math.max(loop.nanos(), grant.firstNanos() + i * grant.spacingNanos());
                        used.add(at - loop.nanos() + stage.nanos());
                        last = at;
                    }
                    desk.unused(grant, grant.count() - use);
                    stage.after(loop, last - loop.nanos() + random.nextInt(2_000_000), this::ask);
                }
                case Answer.Held ignored -> {}
                case Answer.Opened ignored -> throw new AssertionError("nobody asked for a connection");
                case Answer.Yield ignored -> throw new AssertionError("nobody has a connection");
            }
        }
    }

    @Property(tries = 40, seed = "42")
    void noSharedRateIsExceededAndNobodyStarves(
            @ForAll @IntRange(min = 1, max = 400) int a,
            @ForAll @IntRange(min = 1, max = 400) int b,
            @ForAll @IntRange(min = 1, max = 6) int takers,
            @ForAll long seed) {
        var test = new PacerProperties();
        test.run(a, b, takers, seed);
    }

    private void run(int a, int b, int takers, long seed) {
        Limit one = rate("a", a, 1000);
        Limit two = rate("b", b, 1000);
        List<List<Limit>> kinds = List.of(List.of(one), List.of(two), List.of(one, two));
        List<Taker> all = new ArrayList<>();
        for (int i = 0; i < takers * 3; i++) {
            all.add(new Taker(i % 2, kinds.get(i % 3), seed + i));
        }
        stage.advanceMillis(20_000);
        Map<Limit, List<Long>> used = new HashMap<>();
        for (Taker taker : all) {
            assertThat(taker.used).as("somebody starves at %s and %s", a, b).isNotEmpty();
            taker.limits.forEach(
                    limit -> used.computeIfAbsent(limit, l -> new ArrayList<>()).addAll(taker.used));
        }
        for (Map.Entry<Limit, List<Long>> each : used.entrySet()) {
            int count = (int) ((Limit.OfRate) each.getKey()).rate().count();
            List<Long> instants = each.getValue();
            instants.sort(null);
            for (int i = 0; i + count < instants.size(); i++) {
                // At the receiver: a window of U - 250 ms.
                assertThat(instants.get(i + count) - instants.get(i)).isGreaterThanOrEqualTo(750_000_000L);
            }
        }
    }

    @Example
    void aRateAcrossTwoLoopsIsUsedInFullAndNotExceeded() {
        Limit limit = rate("a", 50, 1000);
        List<Taker> takers = List.of(
                new Taker(0, List.of(limit), 1), new Taker(1, List.of(limit), 2), new Taker(1, List.of(limit), 3));
        stage.advanceMillis(60_000);
        List<Long> all = new ArrayList<>();
        takers.forEach(taker -> all.addAll(taker.used));
        all.sort(null);
        assertThat(all.size()).isBetween(2_970, 3_002);
        for (int i = 0; i + 51 < all.size(); i++) {
            assertThat(all.get(i + 51) - all.get(i)).isGreaterThan(999_000_000L);
        }
        assertThat(takers).allSatisfy(taker -> assertThat(taker.used.size()).isGreaterThan(900));
    }

    @Example
    void nothingWaitsWhenNothingBinds() {
        List<Answer> answers = new ArrayList<>();
        Desk desk = pacer.desk(loops.getFirst(), (ask, answer) -> answers.add(answer));
        loops.getFirst().turn(() -> {
            desk.ask(Ask.forPermits(List.of(), 5, 0, null, this));
            desk.ask(Ask.forPermits(List.of(rate("a", 1, 1000)), 5, 0, null, this));
            desk.ask(Ask.toOpen(List.of(connections("a", 3)), 3, this));
        });
        assertThat(answers).hasSize(3).noneMatch(Answer.Held.class::isInstance);
    }

    @Example
    void aHeldAskNamesTheLimitAndItsSourceLine() {
        List<Answer> answers = new ArrayList<>();
        Desk desk = pacer.desk(loops.getFirst(), (ask, answer) -> answers.add(answer));
        Limit fast = rate("fast", 1_000, 1000);
        Limit slow = rate("slow", 1, 60_000);
        loops.getFirst().turn(() -> {
            desk.ask(Ask.forPermits(List.of(fast, slow), 1, 0, null, this));
            desk.ask(Ask.forPermits(List.of(fast, slow), 1, 0, null, this));
        });
        assertThat(answers.get(1)).isInstanceOfSatisfying(Answer.Held.class, held -> {
            assertThat(held.binding().key()).isEqualTo(slow.key());
            assertThat(held.binding().origin()).isEqualTo("config:7");
            assertThat(held.aboutNanos() - loops.getFirst().nanos()).isEqualTo(60_000_000_000L);
        });
    }

    @Example
    void connectionsOfTwoScopesAreTakenTogetherAndGivenBack() {
        List<Answer.Opened> open = new ArrayList<>();
        Desk near = pacer.desk(loops.getFirst(), (ask, answer) -> keep(open, answer));
        Desk far = pacer.desk(loops.get(1), (ask, answer) -> keep(open, answer));
        List<Limit> narrow = List.of(connections("m1", 2), connections("all", 3));
        List<Limit> other = List.of(connections("m2", 2), connections("all", 3));
        for (int i = 0; i < 4; i++) {
            loops.getFirst().turn(() -> near.ask(Ask.toOpen(narrow, 1, this)));
            loops.get(1).turn(() -> far.ask(Ask.toOpen(other, 1, this)));
        }
        stage.settle();
        assertThat(open).hasSize(3);
        for (int i = 0; i < 5; i++) {
            Answer.Opened closing = open.get(i);
            loops.getFirst().turn(() -> near.closed(closing));
            stage.settle();
            assertThat(pacer.connections(connections("all", 3).key())).isLessThanOrEqualTo(3);
        }
        assertThat(open).hasSize(8);
        assertThat(pacer.connections(connections("m1", 2).key())).isLessThanOrEqualTo(2);
    }

    private static void keep(List<Answer.Opened> open, Answer answer) {
        if (answer instanceof Answer.Opened opened) {
            open.add(opened);
        }
    }

    @Example
    void aWithdrawnAskBlocksNobody() {
        List<Answer> answers = new ArrayList<>();
        Desk desk = pacer.desk(loops.getFirst(), (ask, answer) -> answers.add(answer));
        List<Limit> limits = List.of(connections("m1", 1), connections("all", 1));
        var first = Ask.toOpen(limits, 1, "first");
        var second = Ask.toOpen(limits, 1, "second");
        var third = Ask.toOpen(limits, 1, "third");
        loops.getFirst().turn(() -> {
            desk.ask(first);
            desk.ask(second);
            desk.ask(third);
            desk.withdraw(second);
            desk.closed((Answer.Opened) answers.getFirst());
        });
        assertThat(answers.stream().filter(Answer.Opened.class::isInstance)).hasSize(2);
        assertThat(((Answer.Opened) answers.getLast()).ask()).isSameAs(third);
    }

    /// Opens under limits and keeps what it is told.
    private final class Opener {
        final Desk desk;
        final Object context;
        final List<Limit> limits;
        final List<Answer.Opened> open = new ArrayList<>();
        Ask last;
        int yields;
        int openings;
        boolean endsWhenAsked;
        boolean isGreedy;

        Opener(String context, Limit... limits) {
            this.context = context;
            this.limits = List.of(limits);
            this.desk = pacer.desk(loops.getFirst(), (ask, answer) -> answered(answer));
        }

        void ask() {
            last = Ask.toOpen(limits, 1, context);
            loops.getFirst().turn(() -> desk.ask(last));
        }

        void ask(int times) {
            for (int i = 0; i < times; i++) {
                ask();
            }
        }

        void withdraw() {
            loops.getFirst().turn(() -> desk.withdraw(last));
        }

        private void answered(Answer answer) {
            switch (answer) {
                case Answer.Opened opened -> {
                    open.add(opened);
                    openings++;
                    if (isGreedy) {
                        stage.after(loops.getFirst(), 1_000_000L, () -> ask());
                    }
                }
                case Answer.Yield(Answer.Opened opened) -> {
                    yields++;
                    if (endsWhenAsked) {
                        stage.after(loops.getFirst(), 100_000_000L, () -> {
                            open.remove(opened);
                            desk.closed(opened);
                        });
                    }
                }
                case Answer.Held ignored -> {}
                case Answer.Granted ignored -> throw new AssertionError("nobody asked for a permit");
            }
        }
    }

    @Example
    void asksThatWereWithdrawnHaveNoConnectionEndAndTakeNoPlace() {
        Limit all = connections("all", 50);
        var holder = new Opener("holder", all);
        var head = new Opener("head", all);
        var burst = new Opener("burst", all);
        holder.ask(50);
        head.ask();
        for (int i = 0; i < 500; i++) {
            burst.ask();
            burst.withdraw();
        }
        assertThat(pacer.places(all.key())).isLessThanOrEqualTo(2);
        stage.advanceMillis(20_000);
        assertThat(holder.yields).isEqualTo(1);
    }

    @Example
    void withdrawnAsksForPermitsKeepNobodyFromOpening() {
        Limit limit = rate("a", 1, 1000);
        Desk desk = pacer.desk(loops.getFirst(), (ask, answer) -> {});
        loops.getFirst().turn(() -> {
            desk.ask(Ask.forPermits(List.of(limit), 1, 0, null, "first"));
            desk.ask(Ask.forPermits(List.of(limit), 1, 0, null, "second"));
            for (int i = 0; i < 10; i++) {
                Ask ask = Ask.forPermits(List.of(limit), 1, 0, null, "third");
                desk.ask(ask);
                desk.withdraw(ask);
            }
        });
        assertThat(pacer.places(limit.key())).isLessThanOrEqualTo(2);
        var opener = new Opener("opener", limit);
        opener.ask();
        assertThat(opener.open).hasSize(1);
    }

    @Example
    void aLoneQueueKeepsItsConnections() {
        var lone = new Opener("lone", connections("m1", 5), connections("all", 100));
        lone.endsWhenAsked = true;
        lone.isGreedy = true;
        lone.ask();
        stage.advanceMillis(60_000);
        assertThat(lone.openings).isEqualTo(5);
        assertThat(lone.yields).isZero();
    }

    @Example
    void backloggedQueuesComeToEvenSharesAndStayThere() {
        Limit limit = connections("m1", 9);
        List<Opener> all = new ArrayList<>();
        for (String name : List.of("a", "b", "c", "d")) {
            var each = new Opener(name, limit);
            each.endsWhenAsked = true;
            each.isGreedy = true;
            all.add(each);
            each.ask();
            stage.advanceMillis(100);
        }
        assertThat(all.getFirst().open).hasSize(9);
        stage.advanceMillis(60_000);
        assertThat(all).allSatisfy(each -> assertThat(each.open.size()).isBetween(2, 3));
        int before = all.stream().mapToInt(each -> each.openings).sum();
        stage.advanceMillis(60_000);
        assertThat(all.stream().mapToInt(each -> each.openings).sum()).isEqualTo(before);
    }

    @Example
    void queuesTakeTurnsAtOneConnection() {
        Limit limit = connections("m1", 1);
        List<Opener> all = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            var each = new Opener(name, limit);
            each.endsWhenAsked = true;
            each.isGreedy = true;
            all.add(each);
            each.ask();
        }
        stage.advanceMillis(60_000);
        assertThat(all).allSatisfy(each -> assertThat(each.openings).isBetween(3, 5));
    }

    @Example
    void limitsThatOweNothingAreForgottenAndDebtIsNot() {
        Desk desk = pacer.desk(loops.getFirst(), (ask, answer) -> {});
        loops.getFirst().turn(() -> desk.ask(Ask.forPermits(List.of(rate("debtor", 1, 3_600_000)), 1, 0, null, this)));
        for (int i = 0; i < 5_000; i++) {
            Limit each = rate("m" + i, 1_000, 1000);
            loops.getFirst().turn(() -> desk.ask(Ask.forPermits(List.of(each), 1, 0, null, this)));
            stage.advanceMillis(2);
        }
        assertThat(pacer.states()).isLessThan(2_100);
        List<Answer> answers = new ArrayList<>();
        Desk again = pacer.desk(loops.getFirst(), (ask, answer) -> answers.add(answer));
        loops.getFirst().turn(() -> again.ask(Ask.forPermits(List.of(rate("debtor", 1, 3_600_000)), 1, 0, null, this)));
        assertThat(answers).singleElement().isInstanceOf(Answer.Held.class);
    }
}
