package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.sluicemta.pace.Rate;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.StoredMessage;

/// Random days of a queue room against the simplest model there is: a set of recipients that have not ended yet.
class ModelProperties {
    private static final List<String> QUEUES = List.of("a.com/m1", "b.com/m1", "c.com/m2", "d.com/m2", "e.com/m1");

    private static final List<InetAddress> SOURCES =
            List.of(InetAddress.ofLiteral("198.51.100.1"), InetAddress.ofLiteral("198.51.100.2"));

    @Property(tries = 40, seed = "42")
    void nothingIsLostNothingEndsTwiceNoCapIsPassedAndEveryWaitHasAReason(@ForAll long seed) {
        new Day(seed).run();
    }

    private static final class Day {
        final Random random;
        final Bench bench;
        final Set<String> waiting = new HashSet<>();
        final Map<String, Integer> attempts = new HashMap<>();
        final Map<Long, Integer> holds = new HashMap<>();
        final Set<String> dead = new HashSet<>();
        int seen;
        boolean isHealthy;

        Day(long seed) {
            random = new Random(seed);
            bench = new Bench(1 + random.nextInt(3), random.nextBoolean() ? 5_000 : 1 << 20);
            bench.asksAhead = random.nextBoolean();
            bench.isIdling = random.nextBoolean();
            bench.connecting = (queue, n) -> dead.contains(queue.domain()) ? Bench.DEAD : null;
            bench.answers = (message, recipient) -> answer();
            bench.policies.total = 1 + random.nextInt(12);
            bench.policies.virtualMtaMaxSmtpOut = 1 + random.nextInt(8);
            bench.policies.bounceAfter = Duration.ofHours(6);
            bench.policies.sources = random.nextBoolean() ? SOURCES : List.of();
            change();
        }

        private Outcome answer() {
            int dice = isHealthy ? 9 : random.nextInt(10);
            return switch (dice) {
                case 0, 1 -> Bench.DEFERRED;
                case 2 -> Bench.BOUNCED;
                case 3 -> new Outcome.Untouched();
                default -> Bench.DELIVERED;
            };
        }

        private void change() {
            var p = bench.policies;
            p.maxSmtpOut = 1 + random.nextInt(6);
            p.maxMsgRate = rate();
            p.maxConnectRate = rate();
            p.virtualMtaMaxMsgRate = rate();
            p.maxMsgPerConnection = random.nextInt(4);
            p.maxRcptPerTransaction = 1 + random.nextInt(4);
            p.maxDataVolumeRate = volume();
            p.virtualMtaMaxDataVolumeRate = volume();
            p.rampUp = random.nextInt(5) == 0 ? Duration.ofSeconds(1 + random.nextInt(20)) : Duration.ZERO;
            p.backoffMaxSmtpOut = 1 + random.nextInt(3);
            p.backoffMaxMsgRate = rate();
            p.toNormalAfterDelivery = random.nextBoolean();
            p.uponAllSourcesDisabled = random.nextBoolean();
            p.reenableAfter = random.nextBoolean() ? Optional.empty() : Optional.of(Duration.ofMinutes(3));
            p.backoffRerouteTo = random.nextInt(4) == 0 ? "m2" : "";
            p.reroutes.clear();
            if (random.nextInt(4) == 0) {
                p.reroutes.put("m1", "m2");
            }
            if (random.nextInt(4) == 0) {
                p.reroutes.put("m2", "m1");
            }
            bench.adopt();
        }

        private Rate volume() {
            return random.nextInt(5) == 0
                    ? new Rate(1_000L * (1 + random.nextInt(20)), 1000L << random.nextInt(3), random.nextBoolean())
                    : Rate.UNLIMITED;
        }

        private QueueAction action() {
            var lasting = random.nextBoolean()
                    ? QueueAction.Lasting.AsConfigured.AS_CONFIGURED
                    : new QueueAction.Lasting.For(Duration.ofSeconds(1 + random.nextInt(600)));
            return switch (random.nextInt(4)) {
                case 0 -> new QueueAction.Backoff(lasting, "a rule");
                case 1 -> new QueueAction.Normal("a rule");
                case 2 -> new QueueAction.DisableSource(SOURCES.get(random.nextInt(2)), lasting, "a rule");
                default -> new QueueAction.Defer(Bench.DEAD);
            };
        }

        private Rate rate() {
            return random.nextInt(3) == 0
                    ? new Rate(1 + random.nextInt(40), 1000L << random.nextInt(4), false)
                    : Rate.UNLIMITED;
        }

        void run() {
            for (int step = 0; step < 120; step++) {
                step();
                check();
            }
            heal();
            for (int i = 0; i < 200 && !waiting.isEmpty(); i++) {
                bench.stage.advanceMillis(60_000);
                check();
            }
            assertThat(waiting)
                    .as(() -> "never ended: " + bench.find(QueuePattern.ALL).views() + " open " + bench.open)
                    .isEmpty();
            bench.stage.advanceMillis(120_000);
            Map<Long, Integer> released = new HashMap<>();
            bench.spool.released.forEach(position -> released.merge(position, 1, Integer::sum));
            bench.spool.extraHolds.forEach((position, more) -> holds.merge(position, more, Integer::sum));
            assertThat(released).isEqualTo(holds);
            assertThat(bench.spool.held).as("contents still held").isZero();
        }

        private void step() {
            var loop = bench.loops.getFirst();
            switch (random.nextInt(19)) {
                case 0, 1, 2, 3 -> submit();
                case 4 -> bench.room.pause(pattern(), random.nextBoolean(), "admin", loop, n -> {});
                case 5 -> bench.room.schedule(pattern(), random.nextBoolean(), loop, s -> {});
                case 6 ->
                    bench.room.delete(
                            new MailQuery(pattern(), "", random.nextBoolean() ? "" : "1@*", "", "", 0, 0),
                            loop,
                            n -> {});
                case 7 -> change();
                case 8 -> bench.spool.isFull = random.nextBoolean();
                case 9 -> {
                    String domain = Bench.queue(QUEUES.get(random.nextInt(QUEUES.size())))
                            .domain();
                    if (!dead.remove(domain)) {
                        dead.add(domain);
                    }
                }
                case 10 -> bench.stage.advanceMillis(random.nextInt(700_000));
                case 14 -> bench.room.setMode(pattern(), random.nextBoolean(), "admin", loop, n -> {});
                case 15 ->
                    bench.room.setSource(
                            pattern(),
                            SOURCES.get(random.nextInt(2)),
                            random.nextBoolean(),
                            QueueAction.Lasting.AsConfigured.AS_CONFIGURED,
                            "admin",
                            loop,
                            n -> {});
                case 16 -> bench.actOn = random.nextInt(3) == 0 ? null : action();
                case 17 -> bench.spool.isLate = random.nextInt(3) == 0;
                default -> bench.stage.advanceMillis(random.nextInt(2_000));
            }
            bench.stage.settle();
        }

        private QueuePattern pattern() {
            return random.nextInt(3) == 0
                    ? QueuePattern.of("*/m" + (1 + random.nextInt(2)))
                    : QueuePattern.of(QUEUES.get(random.nextInt(QUEUES.size())));
        }

        private void submit() {
            var recipients = new AcceptedRecipient[1 + random.nextInt(6)];
            Set<Integer> shards = new HashSet<>();
            for (int i = 0; i < recipients.length; i++) {
                String queue = QUEUES.get(random.nextInt(QUEUES.size()));
                shards.add(bench.room.shardOf(Bench.queue(queue)));
                recipients[i] = new AcceptedRecipient(
                        i + "@x",
                        Bench.queue(queue),
                        "",
                        random.nextBoolean() ? "" : "job" + random.nextInt(3),
                        "",
                        "",
                        0,
                        random.nextInt(4) == 0 ? 90 : 50,
                        random.nextInt(6) == 0 ? bench.stage.millis() + random.nextInt(100_000) : 0);
            }
            StoredMessage stored = bench.submitFrom("", recipients);
            holds.put(stored.position(), shards.size());
            for (int i = 0; i < recipients.length; i++) {
                waiting.add(stored.message().id() + "/" + i);
            }
        }

        private void check() {
            for (; seen < bench.spool.events.size(); seen++) {
                RecipientEvent event = bench.spool.events.get(seen);
                String name = event.id() + "/" + event.index();
                switch (event.what()) {
                    case DEFERRED -> assertThat(waiting).contains(name);
                    case DELIVERED, BOUNCED ->
                        assertThat(waiting.remove(name))
                                .as("ended twice: %s", event)
                                .isTrue();
                }
                if (event.attempt() > 0) {
                    assertThat(event.attempt()).isEqualTo(attempts.merge(name, 1, Integer::sum));
                }
            }
            assertThat(bench.open).isLessThanOrEqualTo(Math.max(bench.policies.total, 0));
            QueueQuery.Found found = bench.find(QueuePattern.ALL);
            if (!bench.spool.isFull) {
                bench.stage.advanceMillis(3);
            }
            for (QueueView view : found.views()) {
                if (view.recipients() > 0) {
                    assertThat(view.reason().cause()).isNotEqualTo(Wait.Cause.EMPTY);
                    if (view.reason().cause() == Wait.Cause.LIMIT) {
                        assertThat(view.reason().origin()).startsWith("config:");
                    }
                }
            }
        }

        private void heal() {
            isHealthy = true;
            var loop = bench.loops.getFirst();
            bench.actOn = null;
            bench.spool.isLate = false;
            bench.policies.reroutes.clear();
            bench.policies.backoffRerouteTo = "";
            bench.adopt();
            bench.room.setMode(QueuePattern.ALL, false, "admin", loop, n -> {});
            for (InetAddress source : SOURCES) {
                bench.room.setSource(
                        QueuePattern.ALL,
                        source,
                        true,
                        QueueAction.Lasting.AsConfigured.AS_CONFIGURED,
                        "admin",
                        loop,
                        n -> {});
            }
            dead.clear();
            bench.spool.isFull = false;
            bench.room.pause(QueuePattern.ALL, false, "admin", bench.loops.getFirst(), n -> {});
            bench.stage.settle();
        }
    }
}
