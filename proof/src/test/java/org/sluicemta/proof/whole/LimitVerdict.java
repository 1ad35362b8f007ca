package org.sluicemta.proof.whole;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Judges what went out against the limits that were in force: by configuration, and by the modes and disabled
/// addresses that the server recorded. Where a mode is not known, the looser limit holds.
final class LimitVerdict {
    /// By how much a window at the receiver is shorter than the unit of a rate.
    private static final long SLACK_NANOS = 250_000_000L;

    /// By how much the server's clock may differ from what is known of it.
    private static final long CLOCK_NANOS = 5_000_000L;

    /// How long a changed limit of connections may take to bind, on the way through name look-ups.
    private static final long SETTLING_NANOS = 60_000_000_000L;

    /// A connection that was being made, and the transactions that were under way, when an address was disabled.
    private static final long UNDER_WAY_NANOS = 5_000_000_000L;

    private static final int UNDER_WAY = 2;

    /// A transaction may ride behind another, so that its bytes are heard of later than they were paid for.
    private static final long VOLUME_SLACK_NANOS = 3_000_000_000L;

    /// The name of a host may have to be asked for between the permit and the connection.
    private static final long LOOK_UP_NANOS = 6_000_000_000L;

    private final Scenario scenario;
    private final Watch watch;
    private final QueueBook book;
    private final Consumer<String> tell;

    LimitVerdict(Scenario scenario, Watch watch, QueueBook book, Consumer<String> tell) {
        this.scenario = scenario;
        this.watch = watch;
        this.book = book;
        this.tell = tell;
    }

    /// A time in which a queue's limits do not change.
    ///
    /// @param state of its mode
    private record Reign(long fromNanos, long toNanos, Plan plan, QueueBook.State state) {}

    void judge() {
        watch.recipientTimes.forEach(this::messagesOfQueue);
        watch.sourceRecipientTimes.forEach((source, times) -> eachPlan((from, to, plan) ->
                within("messages of " + source, times, from, to, plan, domain(source), QueuePlan::sourceMessageRate)));
        watch.sourceConnectTimes.forEach((source, times) -> eachPlan((from, to, plan) ->
                within("connects of " + source, times, from, to, plan, domain(source), QueuePlan::sourceConnectRate)));
        watch.connectTimes.forEach((queue, times) -> eachPlan((from, to, plan) ->
                within("connects of " + queue, times, from, to, plan, domain(queue), QueuePlan::connectRate)));
        for (String name : scenario.addresses.keySet()) {
            var times = new ArrayList<Long>();
            watch.recipientTimes.forEach((queue, own) -> {
                if (queue.endsWith("/" + name)) {
                    times.addAll(own);
                }
            });
            eachPlan((from, to, plan) -> within(
                    "messages of " + name,
                    times,
                    from,
                    to,
                    plan.virtualMtaRates().get(name)));
        }
        watch.volumes.forEach(this::volumeOfQueue);
        watch.openings.forEach(this::connections);
        openingsStandApart();
        disabledAddressesRest();
        watch.openings.forEach(this::reroutes);
    }

    private static String domain(String queue) {
        return queue.substring(0, queue.indexOf('/'));
    }

    // ---- rates

    private interface Each {
        void of(long fromNanos, long toNanos, Plan plan);
    }

    private void eachPlan(Each each) {
        List<Watch.Epoch> epochs = watch.epochs();
        for (int e = 0; e < epochs.size(); e++) {
            each.of(
                    epochs.get(e).fromNanos(),
                    e + 1 < epochs.size() ? epochs.get(e + 1).fromNanos() : Long.MAX_VALUE,
                    epochs.get(e).plan());
        }
    }

    private List<Reign> reigns(String queue) {
        var reigns = new ArrayList<Reign>();
        List<QueueBook.Stretch> modes = book.stretches(QueueBook.Kind.MODE, queue, "");
        eachPlan((from, to, plan) -> {
            for (QueueBook.Stretch mode : modes) {
                long begins = Math.max(from, mode.fromNanos());
                long ends = Math.min(to, mode.toNanos());
                // One that lasted less than its record can tell counts too.
                if (begins <= ends) {
                    reigns.add(new Reign(begins, ends, plan, mode.state()));
                }
            }
        });
        return reigns;
    }

    private void messagesOfQueue(String queue, List<Long> times) {
        for (Reign reign : reigns(queue)) {
            QueuePlan own = reign.plan.of(domain(queue));
            if (own == null) {
                continue;
            }
            QueuePlan.PerUnit rate =
                    switch (reign.state) {
                        case ON -> own.messageRate(true);
                        case OFF -> own.messageRate(false);
                        case UNKNOWN -> looser(own.messageRate(true), own.messageRate(false));
                    };
            String what = "messages of " + queue + (reign.state == QueueBook.State.ON ? " in backoff" : "");
            within(what, times, reign.fromNanos, reign.toNanos, reign.plan, domain(queue), plan -> rate);
        }
    }

    private void within(
            String what,
            List<Long> times,
            long fromNanos,
            long toNanos,
            Plan plan,
            String domain,
            Function<QueuePlan, QueuePlan.@Nullable PerUnit> rate) {
        QueuePlan own = plan.of(domain);
        if (own != null && own.isWindow()) {
            withinWindows(what, times, fromNanos, toNanos, rate.apply(own));
        } else if (own != null) {
            within(what, times, fromNanos, toNanos, rate.apply(own));
        }
    }

    private static QueuePlan.@Nullable PerUnit looser(QueuePlan.@Nullable PerUnit a, QueuePlan.@Nullable PerUnit b) {
        if (a == null || b == null) {
            return null;
        }
        return (long) a.count() * b.seconds() >= (long) b.count() * a.seconds() ? a : b;
    }

    /// Several connections tell their attempts out of order. When a mode ends is known to the millisecond of the
    /// server's clock: what comes in the last moments before may be what the next mode let go.
    private static List<Long> inside(List<Long> times, long fromNanos, long toNanos) {
        return times.stream()
                .filter(t -> t - SLACK_NANOS >= fromNanos && t < toNanos - CLOCK_NANOS)
                .sorted()
                .toList();
    }

    private void within(String what, List<Long> times, long fromNanos, long toNanos, QueuePlan.@Nullable PerUnit rate) {
        if (rate == null) {
            return;
        }
        long window = rate.seconds() * 1_000_000_000L - SLACK_NANOS;
        List<Long> inside = inside(times, fromNanos, toNanos);
        for (int i = 0; i + rate.count() < inside.size(); i++) {
            long took = inside.get(i + rate.count()) - inside.get(i);
            if (took < window) {
                tell.accept("rate exceeded: " + (rate.count() + 1) + " " + what + " in " + took / 1_000_000
                        + " ms, limit " + rate.text() + ", from " + inside.get(i));
                return;
            }
        }
    }

    /// Windows of the calendar begin with whole units of the server's clock.
    private void withinWindows(
            String what, List<Long> times, long fromNanos, long toNanos, QueuePlan.@Nullable PerUnit rate) {
        if (rate == null) {
            return;
        }
        long unit = rate.seconds() * 1_000_000_000L;
        var counts = new TreeMap<Long, Integer>();
        for (long time : inside(times, fromNanos, toNanos)) {
            long server = time + watch.serverAheadNanos(time);
            // What comes just behind the beginning of a window may belong to the one before; a clock may be a little
            // off.
            long into = Math.floorMod(server, unit);
            if (into >= SLACK_NANOS && into < unit - CLOCK_NANOS) {
                int count = counts.merge(Math.floorDiv(server, unit), 1, Integer::sum);
                if (count == rate.count() + 1) {
                    tell.accept("rate exceeded: " + count + " " + what + " in one window, limit " + rate.text()
                            + ", at " + time);
                }
            }
        }
    }

    /// Bytes are paid for as they go out: what follows waits until they are.
    private void volumeOfQueue(String queue, Map<Long, Long> volumes) {
        eachPlan((from, to, plan) -> {
            QueuePlan own = plan.of(domain(queue));
            QueuePlan.PerUnit rate = own == null || own.isWindow() ? null : own.volumeRate();
            if (rate == null) {
                return;
            }
            long paidNanos = Long.MIN_VALUE / 2;
            for (Map.Entry<Long, Long> each : volumes.entrySet()) {
                long began = each.getKey();
                if (began - SLACK_NANOS < from || began >= to) {
                    continue;
                }
                if (began < paidNanos - VOLUME_SLACK_NANOS) {
                    tell.accept("volume exceeded: " + queue + " goes on at " + began + ", "
                            + (paidNanos - began) / 1_000_000 + " ms too early, limit " + rate.text());
                    return;
                }
                paidNanos =
                        Math.max(paidNanos, began) + each.getValue() * rate.seconds() * 1_000_000_000L / rate.count();
            }
        });
    }

    // ---- connections

    /// The loosest that held in the time in which a connection may have been permitted.
    private int most(Watch.Opening opening, Function<Plan, Integer> inMode, Function<Plan, Integer> inNormal) {
        int most = 0;
        for (Reign reign : reigns(opening.queue())) {
            boolean isNow = reign.fromNanos <= opening.nanos() && opening.nanos() < reign.toNanos;
            boolean isRecent = reign.fromNanos <= opening.nanos() && opening.nanos() - reign.toNanos < SETTLING_NANOS;
            // The record of a change comes a little after it.
            boolean isNext = reign.fromNanos > opening.nanos() && reign.fromNanos - opening.nanos() < SLACK_NANOS;
            if (isNow || isRecent || isNext) {
                int backoff = inMode.apply(reign.plan);
                int normal = inNormal.apply(reign.plan);
                most = Math.max(
                        most,
                        switch (reign.state) {
                            case ON -> backoff;
                            case OFF -> normal;
                            case UNKNOWN -> Math.max(normal, backoff);
                        });
            }
        }
        return most;
    }

    private void connections(Watch.Opening opening) {
        String domain = opening.domain();
        int most = most(opening, plan -> plan.maxOutOf(domain, true), plan -> plan.maxOutOf(domain, false));
        if (opening.ofQueue() > most) {
            tell.accept("connection limit exceeded: " + opening.ofQueue() + " of " + most + " for " + opening.queue()
                    + " at " + opening.nanos());
        }
        Function<Plan, Integer> ofSource = plan -> {
            QueuePlan own = plan.of(domain);
            return own == null || own.sourceMaxOut() == 0 ? Integer.MAX_VALUE : own.sourceMaxOut();
        };
        int mostOfSource = most(opening, ofSource, ofSource);
        if (opening.ofSource() > mostOfSource) {
            tell.accept("connection limit exceeded: " + opening.ofSource() + " of " + mostOfSource + " for "
                    + opening.queue() + " by " + opening.source() + " at " + opening.nanos());
        }
    }

    /// With a pause between openings three of them, while others stand, span two pauses.
    private void openingsStandApart() {
        var lately = new TreeMap<String, List<Long>>();
        for (Watch.Opening opening : watch.openings) {
            QueuePlan own = watch.planAt(opening.nanos()).of(opening.domain());
            List<Long> times = lately.computeIfAbsent(opening.queue(), q -> new ArrayList<>());
            boolean isPaced = own != null
                    && own.rampUpSeconds() > 0
                    && own.connectRate() == null
                    && own.sourceConnectRate() == null
                    && watch.isSettled(opening.nanos(), SETTLING_NANOS);
            if (!isPaced || opening.ofQueue() == 1) {
                times.clear();
            }
            if (!isPaced || opening.isFurther()) {
                continue;
            }
            times.add(opening.nanos());
            if (times.size() >= 3) {
                long span = times.getLast() - times.get(times.size() - 3);
                if (span < 2_000_000_000L * own.rampUpSeconds() - LOOK_UP_NANOS) {
                    tell.accept("openings of " + opening.queue() + " follow too soon: three in " + span / 1_000_000
                            + " ms, pause " + own.rampUpSeconds() + "s, at " + opening.nanos());
                }
            }
        }
    }

    // ---- addresses and ways

    private void disabledAddressesRest() {
        for (Watch.Incoming each : watch.incomings) {
            for (QueueBook.Stretch rest : book.stretches(QueueBook.Kind.SOURCE, each.queue, each.source)) {
                if (rest.state() != QueueBook.State.ON) {
                    continue;
                }
                long settled = rest.fromNanos() + UNDER_WAY_NANOS;
                if (each.openedNanos > settled && each.openedNanos < rest.toNanos() - SLACK_NANOS) {
                    tell.accept("connected at " + each.openedNanos + " by " + each.source + ", which is disabled in "
                            + each.queue + " since " + rest.fromNanos());
                }
                long late = each.mails.stream()
                        .filter(at -> at > rest.fromNanos() + SLACK_NANOS && at < rest.toNanos() - SLACK_NANOS)
                        .count();
                if (late > UNDER_WAY) {
                    tell.accept(late + " messages left " + each.queue + " by " + each.source
                            + " after it was disabled at " + rest.fromNanos() + ", on one connection opened at "
                            + each.openedNanos);
                }
            }
        }
    }

    /// Nothing leaves a queue whose mail goes elsewhere, as soon as sessions and look-ups of before have ended.
    private void reroutes(Watch.Opening opening) {
        if (!watch.isSettled(opening.nanos(), SETTLING_NANOS)) {
            return;
        }
        QueuePlan own = watch.planAt(opening.nanos()).of(opening.domain());
        if (own == null) {
            return;
        }
        String to = own.backoffRerouteTo().isEmpty() ? own.rerouteTo() : "";
        if (own.rerouteTo().isEmpty() && !own.backoffRerouteTo().isEmpty() && isLongInBackoff(opening)) {
            to = own.backoffRerouteTo();
        }
        if (!to.isEmpty() && !to.equals("pool") && !to.equals(opening.virtualMta())) {
            tell.accept("a connection of " + opening.queue() + " at " + opening.nanos() + ", whose mail goes by " + to);
        }
    }

    private boolean isLongInBackoff(Watch.Opening opening) {
        return book.stretches(QueueBook.Kind.MODE, opening.queue(), "").stream()
                .anyMatch(mode -> mode.state() == QueueBook.State.ON
                        && mode.fromNanos() + SETTLING_NANOS < opening.nanos()
                        && opening.nanos() < mode.toNanos() - SLACK_NANOS);
    }
}
