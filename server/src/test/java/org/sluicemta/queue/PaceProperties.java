package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Rate;

/// Random limits over queues that always have mail: none is exceeded in any window, what nothing binds does not wait,
/// and what waits is told the limit that it waits for. Source: SEMANTICS, "Rates and connections".
class PaceProperties {
    private static final int MINUTES = 5;
    private static final long SLACK_NANOS = 250_000_000L;

    @Property(tries = 25, seed = "42")
    void noLimitIsExceededNothingWaitsForNothingAndEveryWaitNamesItsLimit(@ForAll long seed) {
        new Case(seed).run();
    }

    private static final class Case {
        final Random random;
        final Bench bench;
        final List<String> queues = new ArrayList<>();
        final List<Bench.Given> given;

        Case(long seed) {
            random = new Random(seed);
            bench = new Bench(1 + random.nextInt(3));
            bench.isIdling = random.nextBoolean();
            bench.asksAhead = random.nextBoolean();
            bench.serviceNanos = 1_000_000L * (1 + random.nextInt(200));
            bench.connectNanos = 1_000_000L * (1 + random.nextInt(100));
            given = bench.given;
            int domains = 1 + random.nextInt(8);
            for (int d = 0; d < domains; d++) {
                queues.add("d" + d + ".com/m1");
                if (random.nextBoolean()) {
                    queues.add("d" + d + ".com/m2");
                }
            }
            Bench.Policies p = bench.policies;
            p.maxSmtpOut = 1 + random.nextInt(10);
            p.virtualMtaMaxSmtpOut = random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 1_000;
            p.maxMsgRate = rate(random.nextInt(3) > 0);
            p.virtualMtaMaxMsgRate = rate(random.nextInt(2) == 0);
            p.maxConnectRate = random.nextInt(3) == 0 ? new Rate(1 + random.nextInt(20), 1_000, false) : Rate.UNLIMITED;
            bench.adopt();
        }

        private Rate rate(boolean isLimited) {
            if (!isLimited) {
                return Rate.UNLIMITED;
            }
            long[] units = {1_000, 10_000, 60_000, 3_600_000};
            long unit = units[random.nextInt(units.length)];
            // From one in ten seconds to fifty a second.
            long least = Math.max(1, unit / 10_000);
            long most = Math.max(least + 1, unit / 20);
            return new Rate(least + random.nextLong(most - least), unit, false);
        }

        void run() {
            // More than the fastest can take.
            double fastest = perSecond(bench.policies.maxMsgRate);
            int each = (int) Math.min(2_500, fastest * MINUTES * 60 + 50);
            for (String queue : queues) {
                for (int i = 0; i < each; i++) {
                    bench.submit(to(queue, i + "@x"));
                }
            }
            for (int second = 0; second < MINUTES * 60; second += 5) {
                bench.stage.advanceMillis(5_000);
                for (QueueView view : bench.find(QueuePattern.ALL).views()) {
                    explained(view);
                }
            }
            limitsHold();
            nothingIsWasted(each);
        }

        private void explained(QueueView view) {
            assertThat(view.connections()).isLessThanOrEqualTo(bench.policies.maxSmtpOut);
            if (view.recipients() == 0) {
                return;
            }
            Wait wait = view.reason();
            switch (wait.cause()) {
                case LIMIT ->
                    assertThat(wait.directive() + " " + wait.origin())
                            .isIn(
                                    "max-smtp-out config:1",
                                    "max-msg-rate config:2",
                                    "max-connect-rate config:3",
                                    "max-smtp-out config:4",
                                    "max-smtp-msg-rate config:5");
                case MOVING, CONNECTING, BUSY, READING, CALMING -> {}
                default -> throw new AssertionError("waits for " + wait);
            }
        }

        private void limitsHold() {
            for (String queue : queues) {
                QueueKey key = Bench.queue(queue);
                holds(bench.policies.maxMsgRate, times(key, null), queue);
            }
            for (String vmta : List.of("m1", "m2")) {
                holds(bench.policies.virtualMtaMaxMsgRate, times(null, vmta), vmta);
            }
        }

        private List<Long> times(
                @org.jspecify.annotations.Nullable QueueKey queue, @org.jspecify.annotations.Nullable String vmta) {
            return given.stream()
                    .filter(each -> queue == null || each.queue().equals(queue))
                    .filter(each -> vmta == null || each.queue().virtualMta().equals(vmta))
                    .map(Bench.Given::nanos)
                    .sorted()
                    .toList();
        }

        private static void holds(Rate rate, List<Long> times, String whose) {
            if (rate.isUnlimited()) {
                return;
            }
            int count = (int) rate.count();
            long window = rate.unitMillis() * 1_000_000L - SLACK_NANOS;
            for (int i = 0; i + count < times.size(); i++) {
                assertThat(times.get(i + count) - times.get(i))
                        .as("%s: %d in %d ms", whose, count, rate.unitMillis())
                        .isGreaterThanOrEqualTo(window);
            }
        }

        /// What is the slower: the queues' own rates together, the virtual MTA's, or what so many sessions can carry.
        private void nothingIsWasted(int each) {
            for (String vmta : List.of("m1", "m2")) {
                List<String> own =
                        queues.stream().filter(queue -> queue.endsWith(vmta)).toList();
                if (own.isEmpty()) {
                    continue;
                }
                double session = 1e9 / (bench.serviceNanos + 2_000_000L);
                double byQueue = Math.min(perSecond(bench.policies.maxMsgRate), bench.policies.maxSmtpOut * session);
                // A connection stays with its queue while that waits for a permit.
                double connection = Math.min(session, perSecond(bench.policies.maxMsgRate));
                double rate = Math.min(byQueue * own.size(), bench.policies.virtualMtaMaxSmtpOut * connection);
                rate = Math.min(rate, perSecond(bench.policies.virtualMtaMaxMsgRate));
                double seconds = MINUTES * 60 - 20;
                double expected = Math.min(rate * seconds, (double) each * own.size());
                boolean isShared =
                        bench.policies.virtualMtaMaxSmtpOut < own.size() || bench.policies.maxConnectRate.count() < 20;
                // Where queues take turns at few connections, or wait for openings, connecting costs its time.
                double share = isShared ? 0.5 : 0.9;
                assertThat((double) times(null, vmta).size())
                        .as(() -> vmta + ": " + describe())
                        .isGreaterThanOrEqualTo(Math.floor(expected * share) - 3);
                nobodyStarves(own);
            }
        }

        /// Queues that have mail all the time get like shares of what they share.
        private void nobodyStarves(List<String> own) {
            List<Integer> counts = own.stream()
                    .map(queue -> times(Bench.queue(queue), null).size())
                    .sorted()
                    .toList();
            if (counts.getLast() >= 40) {
                assertThat(counts.getFirst())
                        .as(() -> counts + " " + describe())
                        .isGreaterThan(counts.getLast() / 4);
            }
        }

        private String describe() {
            Bench.Policies p = bench.policies;
            return queues + " service " + bench.serviceNanos + " connect " + bench.connectNanos + " smtp-out "
                    + p.maxSmtpOut + "/" + p.virtualMtaMaxSmtpOut + " msg " + p.maxMsgRate + " vmta "
                    + p.virtualMtaMaxMsgRate + " connect-rate " + p.maxConnectRate;
        }

        private static double perSecond(Rate rate) {
            return rate.isUnlimited() ? 1e6 : rate.count() * 1_000.0 / rate.unitMillis();
        }
    }
}
