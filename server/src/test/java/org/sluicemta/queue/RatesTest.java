package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.pace.Gcra;
import org.sluicemta.pace.Meter;
import org.sluicemta.pace.Rate;
import org.sluicemta.pace.Stage;
import org.sluicemta.spool.RecipientEvent;

/// Rates and connections: SEMANTICS, "Rates and connections".
class RatesTest {
    private static void fill(Bench bench, String queue, int messages) {
        for (int i = 0; i < messages; i++) {
            bench.submit(to(queue, i + "@a.com"));
        }
    }

    private static void assertRate(Bench bench, int count, long unitMillis) {
        List<Long> at = bench.attempted.stream().map(a -> a[0]).sorted().toList();
        for (int i = 0; i + count < at.size(); i++) {
            assertThat(at.get(i + count) - at.get(i)).isGreaterThanOrEqualTo((unitMillis - 250) * 1_000_000L);
        }
    }

    @Test
    void aQueueRateIsKeptAndUsed() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(20, 1000, false);
        bench.adopt();
        fill(bench, "a.com/m1", 2_000);
        bench.stage.advanceMillis(60_000);
        assertRate(bench, 20, 1000);
        assertThat(bench.attempted.size()).isBetween(1_188, 1_202);
    }

    @Test
    void refusedRecipientsCountAndATransactionTakesNoMoreThanThereArePermits() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(10, 1000, false);
        bench.answers = (message, recipient) -> Bench.BOUNCED;
        bench.adopt();
        bench.submit(java.util.stream.IntStream.range(0, 40)
                .mapToObj(i -> to("a.com/m1", i + "@a.com"))
                .toArray(org.sluicemta.spool.AcceptedRecipient[]::new));
        bench.stage.advanceMillis(2_000);
        assertThat(bench.attempted.size()).isBetween(18, 21);
        assertRate(bench, 10, 1000);
    }

    @Test
    void aRateAboveAThousandIsReached() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(3_000, 1000, false);
        bench.asksAhead = true;
        bench.serviceNanos = 200_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 10_000);
        bench.stage.advanceMillis(100);
        int before = bench.attempted.size();
        bench.stage.advanceMillis(2_000);
        assertThat(bench.attempted.size() - before).isBetween(5_900, 6_010);
    }

    @Test
    void aLimitThatSpansTwoLoopsIsKeptAndUsed() {
        var bench = new Bench(2);
        bench.policies.virtualMtaMaxMsgRate = new Rate(10, 1000, false);
        bench.adopt();
        int near = 0;
        for (int i = 0; i < 20; i++) {
            String queue = "d" + i + ".com/m1";
            near += bench.room.shardOf(Bench.queue(queue)) == 0 ? 1 : 0;
            fill(bench, queue, 50);
        }
        assertThat(near).isBetween(3, 17);
        bench.stage.advanceMillis(30_000);
        assertRate(bench, 10, 1000);
        assertThat(bench.attempted.size()).isBetween(270, 302);
        var served = bench.spool.events.stream()
                .map(e -> e.queue().domain())
                .distinct()
                .count();
        assertThat(served).isEqualTo(20);
    }

    @Test
    void aSharedRateHoldsAHandfulOfConnectionsNotOneForEachQueue() {
        var bench = new Bench(2);
        bench.policies.virtualMtaMaxMsgRate = new Rate(1, 1000, false);
        bench.adopt();
        for (int i = 0; i < 300; i++) {
            bench.submit(to("d" + i + ".com/m1", i + "@a.com"));
        }
        bench.isIdling = false;
        bench.stage.advanceMillis(20_000);
        assertThat(bench.mostOpen).isLessThanOrEqualTo(8);
        assertThat(bench.attempted.size()).isBetween(17, 21);
        bench.stage.advanceMillis(320_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(300);
    }

    @Test
    void connectionsOfAVirtualMtaAndOfTheServerAreBoundedOverLoops() {
        var bench = new Bench(2);
        bench.policies.virtualMtaMaxSmtpOut = 5;
        bench.policies.total = 8;
        bench.serviceNanos = 100_000_000L;
        bench.isIdling = false;
        bench.adopt();
        for (int i = 0; i < 30; i++) {
            fill(bench, "d" + i + ".com/m1", 3);
            fill(bench, "d" + i + ".com/m2", 3);
        }
        bench.stage.advanceMillis(500);
        assertThat(bench.mostOpen).isEqualTo(8);
        assertThat(bench.remotes.stream()
                        .filter(r ->
                                !r.isEnded && r.opening.queue().virtualMta().equals("m1")))
                .hasSizeLessThanOrEqualTo(5);
        bench.stage.advanceMillis(30_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(180);
        assertThat(bench.mostOpen).isEqualTo(8);
    }

    @Test
    void aLoneQueueUnderItsVirtualMtasConnectionsDoesNotReconnect() {
        var bench = new Bench(1);
        bench.policies.virtualMtaMaxSmtpOut = 5;
        bench.policies.maxSmtpOut = 20;
        bench.serviceNanos = 100_000_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 4_000);
        bench.stage.advanceMillis(60_000);
        assertThat(bench.mostOpen).isEqualTo(5);
        assertThat(bench.remotes).hasSize(5);
    }

    @Test
    void aConnectRateCountsFailedAttemptsAndIsNamed() {
        var bench = new Bench(1);
        bench.policies.maxConnectRate = new Rate(1, 10_000, false);
        bench.policies.maxMsgPerConnection = 1;
        bench.adopt();
        fill(bench, "a.com/m1", 20);
        bench.stage.advanceMillis(35_000);
        assertThat(bench.openings.get(Bench.queue("a.com/m1"))).isEqualTo(4);
        var view = bench.view("a.com/m1");
        assertThat(view.notes()).extracting(QueueNote::text).contains("connect rate limit reached");
        assertThat(view.reason().directive()).isEqualTo("max-connect-rate");
        assertThat(view.reason().origin()).isEqualTo("config:3");
        assertThat(view.retryMillis()).isBetween(bench.stage.millis(), bench.stage.millis() + 10_000);
    }

    @Test
    void pacedSessionsAreKeptForTheirNextPermit() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(250, 3_600_000, false);
        bench.policies.maxMsgPerConnection = 10;
        bench.adopt();
        fill(bench, "a.com/m1", 500);
        bench.stage.advanceMillis(7_000_000);
        assertThat(bench.attempted.size()).isBetween(486, 488);
        var notes = bench.view("a.com/m1").notes();
        assertThat(notes)
                .extracting(QueueNote::text)
                .contains("message rate limit reached (based on queue's max-msg-rate in configuration)");
        bench.stage.advanceMillis(300_000);
        assertThat(bench.attempted).hasSize(500);
        assertThat(bench.openings.get(Bench.queue("a.com/m1"))).isLessThanOrEqualTo(55);
    }

    @Test
    void aSessionWhosePermitIsFarAwayQuits() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(60, 3_600_000, false);
        bench.adopt();
        fill(bench, "a.com/m1", 10);
        bench.stage.advanceMillis(30_000);
        assertThat(bench.open).isZero();
        var view = bench.view("a.com/m1");
        assertThat(view.reason().cause()).isEqualTo(Wait.Cause.LIMIT);
        assertThat(view.retryMillis()).isBetween(after(59_000), after(61_000));
        bench.stage.advanceMillis(600_000);
        assertThat(bench.attempted).hasSize(10);
        assertRate(bench, 1, 60_000);
    }

    private static long after(long millis) {
        return org.sluicemta.pace.Stage.START_MILLIS + millis;
    }

    @Test
    void aLoweredCapOpensNothingAndEndsTheSurplusAfterItsMessage() {
        var bench = new Bench(1);
        bench.serviceNanos = 1_000_000_000L;
        fill(bench, "a.com/m1", 200);
        bench.stage.advanceMillis(5_000);
        assertThat(bench.open).isGreaterThan(10);
        bench.policies.maxSmtpOut = 3;
        bench.adopt();
        bench.stage.advanceMillis(2_500);
        assertThat(bench.open).isEqualTo(3);
        bench.stage.advanceMillis(100_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(200);
        assertThat(bench.events(RecipientEvent.What.DEFERRED)).isEmpty();
    }

    @Test
    void aReloadBindsANewRateAtOnce() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(1, 3_600_000, false);
        bench.adopt();
        fill(bench, "a.com/m1", 100);
        bench.stage.advanceMillis(10_000);
        assertThat(bench.attempted).hasSize(1);
        bench.policies.maxMsgRate = Rate.UNLIMITED;
        bench.adopt();
        bench.stage.advanceMillis(5_000);
        assertThat(bench.attempted).hasSize(100);
    }

    @Test
    void aDailyCountIsGivenOutOnceADay() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(30, 86_400_000, true);
        bench.adopt();
        fill(bench, "a.com/m1", 80);
        bench.stage.advanceMillis(60_000);
        assertThat(bench.attempted).hasSize(30);
        bench.stage.advanceMillis(86_400_000);
        assertThat(bench.attempted).hasSize(60);
    }

    @Test
    void aRemovedVirtualMtaFreezesItsQueueAndSaysSo() {
        var bench = new Bench(1);
        bench.policies.virtualMtas.remove("m1");
        bench.adopt();
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(60_000);
        assertThat(bench.openings).isEmpty();
        assertThat(bench.view("a.com/m1").reason().cause()).isEqualTo(Wait.Cause.FROZEN);
        assertThat(bench.view("a.com/m1").reason().text()).contains("m1");
        bench.policies.virtualMtas.add("m1");
        bench.adopt();
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(1);
    }

    @Test
    void aSessionThatIsGoingStillCountsUntilItIsGone() {
        var bench = new Bench(1);
        bench.policies.maxSmtpOut = 2;
        bench.policies.maxMsgPerConnection = 1;
        bench.partingNanos = 300_000_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 30);
        bench.stage.advanceMillis(20_000);
        assertThat(bench.mostOpen).isEqualTo(2);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(30);
    }

    @Test
    void aRemoteThatRefusesTheSurplusAtOnceStillGetsItsMailThroughTheRest() {
        var bench = new Bench(1);
        bench.policies.maxSmtpOut = 5;
        bench.isIdling = false;
        bench.adopt();
        // Three are greeted after a handshake, the others are refused long before.
        bench.connecting = (queue, n) -> bench.open > 3 ? Bench.DEAD : null;
        bench.connectingNanos = failure -> failure == null ? 80_000_000L : 1_000_000L;
        fill(bench, "a.com/m1", 60);
        bench.stage.advanceMillis(5_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(60);
    }

    @Test
    void aPermitThatNobodyCanUseIsGivenBack() {
        var bench = new Bench(1);
        bench.policies.virtualMtaMaxMsgRate = new Rate(5, 2_000, false);
        bench.policies.maxSmtpOut = 1;
        bench.asksAhead = true;
        bench.adopt();
        fill(bench, "a.com/m1", 60);
        fill(bench, "b.com/m1", 60);
        // The remote of one queue breaks the connection again and again while a permit is on its way.
        for (int i = 0; i < 40; i++) {
            bench.stage.advanceMillis(390);
            bench.remotes.stream()
                    .filter(remote -> !remote.isEnded && remote.carrying.isEmpty())
                    .filter(remote -> remote.opening.queue().domain().equals("a.com"))
                    .findFirst()
                    .ifPresent(remote -> bench.loops.getFirst().turn(() -> remote.end(null)));
            bench.stage.settle();
        }
        assertRate(bench, 5, 2_000);
    }

    @Test
    void anotherHostCountsForTheConnectRate() {
        var bench = new Bench(1);
        bench.policies.maxConnectRate = new Rate(1, 10_000, false);
        bench.policies.maxMsgPerConnection = 1;
        bench.adopt();
        fill(bench, "a.com/m1", 3);
        bench.stage.advanceMillis(100);
        Bench.Remote first = bench.remotes.getFirst();
        long[] at = {0};
        first.loop.turn(() -> at[0] = first.shard.connectsAgain(first.opening));
        assertThat(at[0] - bench.stage.nanos()).isBetween(9_000_000_000L, 10_000_000_000L);
        bench.stage.advanceMillis(15_000);
        assertThat(bench.openings.get(Bench.queue("a.com/m1"))).isEqualTo(1);
        bench.stage.advanceMillis(6_000);
        assertThat(bench.openings.get(Bench.queue("a.com/m1"))).isEqualTo(2);
    }

    @Test
    void volumeIsPaidAsItIsSentAndAQueueThatOwesWaits() {
        var bench = new Bench(1);
        // Each message of the bench has 1,000 bytes.
        bench.policies.maxDataVolumeRate = new Rate(10_000, 1000, false);
        bench.policies.maxSmtpOut = 2;
        bench.adopt();
        fill(bench, "a.com/m1", 700);
        bench.stage.advanceMillis(500);
        assertThat(bench.view("a.com/m1").reason().directive()).isEqualTo("max-data-volume-rate");
        bench.stage.advanceMillis(59_500);
        assertThat(bench.attempted.size()).isBetween(590, 604);
        assertThat(bench.view("a.com/m1").notes())
                .anyMatch(note -> note.text().startsWith("data volume limit reached"));
    }

    @Test
    void whatARemoteDidNotTakeIsNotCountedAsVolume() {
        var bench = new Bench(1);
        bench.policies.maxDataVolumeRate = new Rate(1_000, 60_000, false);
        bench.answers = (message, recipient) -> Bench.BOUNCED;
        bench.adopt();
        fill(bench, "a.com/m1", 30);
        bench.stage.advanceMillis(20_000);
        assertThat(bench.attempted).hasSize(30);
    }

    @Test
    void whatWasSentAndRefusedThenCountsAsVolume() {
        var bench = new Bench(2);
        bench.policies.maxDataVolumeRate = new Rate(1_000, 60_000, false);
        bench.policies.virtualMtaMaxDataVolumeRate = new Rate(1_000, 30_000, false);
        bench.answers = (message, recipient) -> Bench.BOUNCED;
        bench.isRefusedAfterContent = true;
        bench.adopt();
        fill(bench, "a.com/m1", 30);
        bench.stage.advanceMillis(300_000);
        assertThat(bench.attempted.size()).as("one a minute").isBetween(4, 7);
    }

    @Test
    void aVolumeLimitThatIsRaisedShortensTheWaitForWhatIsOwed() {
        for (boolean isShared : new boolean[] {false, true}) {
            var bench = new Bench(2);
            // Each message has 1,000 bytes: one an hour.
            set(bench, isShared, new Rate(1_000, 3_600_000, false));
            fill(bench, "a.com/m1", 5);
            bench.stage.advanceMillis(60_000);
            assertThat(bench.attempted).hasSize(1);

            set(bench, isShared, new Rate(60_000, 3_600_000, false));
            bench.stage.advanceMillis(50_000);
            assertThat(bench.attempted).as("what is owed is paid off first").hasSize(1);
            bench.stage.advanceMillis(12_000);
            assertThat(bench.attempted).as("59 of 60 parts of a minute").hasSize(2);
            bench.stage.advanceMillis(60_000);
            assertThat(bench.attempted).hasSize(3);

            set(bench, isShared, new Rate(1_000, 3_600_000, false));
            bench.stage.advanceMillis(600_000);
            assertThat(bench.attempted).as("nothing is forgiven").hasSize(3);
        }
    }

    private static void set(Bench bench, boolean isShared, Rate volume) {
        bench.policies.maxDataVolumeRate = isShared ? Rate.UNLIMITED : volume;
        bench.policies.virtualMtaMaxDataVolumeRate = isShared ? volume : Rate.UNLIMITED;
        bench.adopt();
    }

    @Test
    void whatWasPaidInOneWindowIsNotGivenBackInTheNext() {
        var meter = new Meter(new Rate(1_000, 3_600_000, true));
        long hour = Stage.START_MILLIS / 3_600_000 * 3_600_000;
        meter.pay(clock(hour + 3_599_000), 900);
        meter.pay(clock(hour + 3_600_500), 800);
        meter.refund(clock(hour + 3_601_000), 900, hour + 3_599_000);
        assertThat(meter.free(clock(hour + 3_601_000), 0)).isEqualTo(200);
        meter.refund(clock(hour + 3_602_000), 800, hour + 3_600_500);
        assertThat(meter.free(clock(hour + 3_602_000), 0)).isEqualTo(1_000);
        meter.refund(clock(hour + 7_200_000), 800, hour + 3_600_500);
        assertThat(meter.free(clock(hour + 7_200_000), 0)).isEqualTo(1_000);
    }

    @Test
    void whatWasWaitedOutIsNotGivenBackAsABurst() {
        var meter = new Meter(new Rate(1_000, 60_000, false));
        meter.pay(clock(0), 1_000);
        meter.pay(clock(60_000), 1_000);
        meter.refund(clock(61_000), 1_000, 0);
        assertThat(meter.earliest(clock(61_000), 61_000_000_000L)).isEqualTo(120_000_000_000L);
        meter.refund(clock(62_000), 1_000, 60_000);
        assertThat(meter.free(clock(62_000), 62_000_000_000L)).isPositive();
    }

    private static Meter.Clock clock(long millis) {
        return new Meter.Clock(millis * 1_000_000L, millis, ZoneOffset.UTC);
    }

    @Test
    void theVolumeOfAVirtualMtaCountsOverItsQueuesAndLoops() {
        var bench = new Bench(2);
        bench.policies.virtualMtaMaxDataVolumeRate = new Rate(20_000, 1000, false);
        bench.adopt();
        for (int q = 0; q < 8; q++) {
            fill(bench, "d" + q + ".com/m1", 400);
        }
        bench.stage.advanceMillis(60_000);
        // Whoever had a permit before the volume was used up sends on: one message for each session at the most.
        assertThat(bench.attempted.size()).isBetween(1_190, 1_240);
    }

    @Test
    void furtherConnectionsAreOpenedOneAtATimeWithThePauseBetweenThem() {
        var bench = new Bench(1);
        bench.policies.rampUp = java.time.Duration.ofSeconds(10);
        bench.policies.maxSmtpOut = 4;
        bench.serviceNanos = 2_000_000_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 500);
        bench.stage.advanceMillis(9_000);
        assertThat(bench.view("a.com/m1").connections()).isEqualTo(1);
        bench.stage.advanceMillis(10_000);
        assertThat(bench.view("a.com/m1").connections()).isEqualTo(2);
        bench.stage.advanceMillis(25_000);
        assertThat(bench.view("a.com/m1").connections()).isEqualTo(4);
    }

    @Test
    void aSourceAddressHasLimitsOfItsOwnInEachQueue() {
        var bench = new Bench(1);
        var one = java.net.InetAddress.ofLiteral("198.51.100.1");
        var two = java.net.InetAddress.ofLiteral("198.51.100.2");
        bench.policies.sources = List.of(one, two);
        bench.policies.sourceLimits.put(one, sourceLimits(1, new Rate(2, 1000, false)));
        bench.policies.sourceLimits.put(two, sourceLimits(3, Rate.UNLIMITED));
        bench.policies.maxSmtpOut = 20;
        bench.serviceNanos = 1_000_000_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 200);
        bench.stage.advanceMillis(10_000);
        assertThat(bench.view("a.com/m1").connections()).isEqualTo(4);
        assertThat(bench.leftFrom.stream().filter(one::equals)).hasSize(1);
        assertThat(bench.view("a.com/m1").reason().directive()).isEqualTo("source-ip-max-smtp-out");
    }

    @Test
    void aRateOfOneAddressHoldsItsSessionsAndNotTheOthers() {
        var bench = new Bench(1);
        var one = java.net.InetAddress.ofLiteral("198.51.100.1");
        var two = java.net.InetAddress.ofLiteral("198.51.100.2");
        bench.policies.sources = List.of(one, two);
        bench.policies.sourceLimits.put(one, sourceLimits(1, new Rate(1, 1000, false)));
        bench.policies.sourceLimits.put(two, sourceLimits(1, new Rate(4, 1000, false)));
        bench.serviceNanos = 10_000_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 1_000);
        bench.stage.advanceMillis(60_000);
        assertThat(bench.attempted.size()).isBetween(295, 303);
    }

    @Test
    void theLimitsOfAnAddressHoldAlsoWhenTheQueueHasBeenEmptyForAWhile() {
        var bench = new Bench(1);
        var one = java.net.InetAddress.ofLiteral("198.51.100.1");
        bench.policies.sources = List.of(one);
        bench.policies.sourceLimits.put(one, sourceLimits(1, Rate.UNLIMITED));
        bench.policies.maxSmtpOut = 20;
        bench.serviceNanos = 1_000_000_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 3);
        bench.stage.advanceMillis(30_000);
        assertThat(bench.attempted).hasSize(3);
        assertThat(bench.open).isZero();

        fill(bench, "a.com/m1", 200);
        bench.stage.advanceMillis(10_000);
        assertThat(bench.mostOpen).isEqualTo(1);
    }

    @Test
    void aConnectionToAHostThatDidNotAnswerTakesNothingOfItsAddress() {
        var bench = new Bench(1);
        var one = java.net.InetAddress.ofLiteral("198.51.100.1");
        bench.policies.sources = List.of(one);
        bench.policies.sourceLimits.put(one, sourceLimits(1, Rate.UNLIMITED));
        bench.hosts = 2;
        bench.adopt();
        fill(bench, "a.com/m1", 3);
        bench.stage.advanceMillis(10_000);
        assertThat(bench.attempted).hasSize(3);
        assertThat(bench.openings).containsEntry(Bench.queue("a.com/m1"), 1);
    }

    @Test
    void whatIsPacedDoesNotRideBehindWhatTakesLong() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(2, 1_000, false);
        bench.policies.maxSmtpOut = 2;
        bench.asksAhead = true;
        bench.serviceNanos = 3_000_000_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 20);
        for (int i = 0; i < 200; i++) {
            bench.stage.advanceMillis(100);
            assertThat(bench.remotes)
                    .allSatisfy(remote -> assertThat(remote.carrying).hasSizeLessThanOrEqualTo(1));
        }
        assertThat(bench.attempted.size()).isBetween(10, 14);
    }

    @Test
    void aPermitThatIsSharedDoesNotWaitForAnAddress() {
        var bench = new Bench(1);
        var one = java.net.InetAddress.ofLiteral("198.51.100.1");
        bench.policies.sources = List.of(one);
        bench.policies.sourceLimits.put(one, sourceLimits(1, new Rate(10, 17_000, false)));
        bench.policies.virtualMtaMaxMsgRate = new Rate(2, 1_000, false);
        bench.serviceNanos = 10_000_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 10);
        bench.stage.advanceMillis(1_690);
        fill(bench, "b.com/m1", 10);
        bench.stage.advanceMillis(10_000);
        for (int i = 1; i < bench.given.size(); i++) {
            assertThat(bench.given.get(i).nanos() - bench.given.get(i - 1).nanos())
                    .isGreaterThanOrEqualTo(500_000_000L - Gcra.LATE_NANOS);
        }
        assertThat(bench.given).hasSizeGreaterThan(10);
    }

    @Test
    void queuesWhoseAddressMayNotSendTakeNoSharedPermitsFromOthers() {
        var bench = new Bench(1);
        var one = java.net.InetAddress.ofLiteral("198.51.100.1");
        bench.policies.sources = List.of(one);
        bench.policies.sourceLimits.put(one, sourceLimits(1, new Rate(10, 17_000, false)));
        bench.policies.virtualMtaMaxMsgRate = new Rate(2, 1_000, false);
        bench.serviceNanos = 10_000_000L;
        bench.adopt();
        for (String name : List.of("a", "b", "c", "d", "e")) {
            fill(bench, name + ".com/m1", 50);
        }
        bench.stage.advanceMillis(30_000);
        assertThat(bench.given).hasSizeBetween(58, 62);
    }

    @Test
    void aPermitThatIsSharedDoesNotWaitForALateDisk() {
        aPermitDoesNotWaitForTheDisk((bench, isTroubled) -> bench.spool.isLate = isTroubled);
    }

    @Test
    void aPermitThatIsSharedDoesNotWaitForAFullSpool() {
        aPermitDoesNotWaitForTheDisk((bench, isTroubled) -> bench.spool.isFull = isTroubled);
    }

    private static void aPermitDoesNotWaitForTheDisk(java.util.function.BiConsumer<Bench, Boolean> trouble) {
        var bench = new Bench(1);
        bench.policies.virtualMtaMaxMsgRate = new Rate(2, 1_000, false);
        bench.serviceNanos = 10_000_000L;
        bench.adopt();
        fill(bench, "a.com/m1", 10);
        bench.stage.advanceMillis(1_000);
        trouble.accept(bench, true);
        bench.stage.advanceMillis(1_400);
        trouble.accept(bench, false);
        bench.stage.advanceMillis(3_000);
        for (int i = 1; i < bench.given.size(); i++) {
            assertThat(bench.given.get(i).nanos() - bench.given.get(i - 1).nanos())
                    .isGreaterThanOrEqualTo(500_000_000L - Gcra.LATE_NANOS);
        }
        assertThat(bench.given).hasSizeGreaterThan(6);
    }

    static QueueLimits sourceLimits(int connections, Rate rate) {
        return new QueueLimits(
                Bench.Policies.set("source-ip-max-smtp-out", connections, 40),
                Bench.Policies.set("source-ip-max-msg-rate", rate, 41),
                Bench.Policies.set("source-ip-max-connect-rate", Rate.UNLIMITED, 42),
                Bench.Policies.set("source-ip-max-data-volume-rate", Rate.UNLIMITED, 43));
    }

    @Test
    void windowPacingGivesTheWholeNumberAtOnceAndNoMoreUntilTheCalendarUnitIsOver() {
        var bench = new Bench(1);
        bench.policies.maxMsgRate = new Rate(100, 3_600_000, true);
        bench.adopt();
        long intoTheHour = bench.stage.millis() % 3_600_000;
        fill(bench, "a.com/m1", 500);
        bench.stage.advanceMillis(3_600_000 - intoTheHour - 1_000);
        assertThat(bench.attempted).hasSize(100);
        bench.stage.advanceMillis(60_000);
        assertThat(bench.attempted).hasSize(200);
    }
}
