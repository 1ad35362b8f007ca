package org.sluicemta.proof.whole;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sluicemta.lab.Load;
import org.sluicemta.lab.LoadMessage;
import org.sluicemta.lab.Receipt;

/// Judges a history: what was accepted against what receivers took, what the accounting says and what still waits.
final class Verdict {
    /// Events are synced at most so long after they happened; what the wires and the disk take on the way comes on top.
    /// Source: docs, promises in numbers: 10 ms at worst.
    private static final long DURABLE_NANOS = 10_000_000L;

    /// 20 ms each way at most, and a few writes of the disk.
    private static final long ON_THE_WAY_NANOS = 50_000_000L;

    /// By how much a window at the receiver is shorter than the unit of a rate.
    private static final long WINDOW_SLACK_NANOS = 250_000_000L;

    private static final int MOST_TOLD = 12;

    /// Counts for the summary.
    record Sums(
            int messages,
            int accepted,
            int refused,
            int inDoubt,
            int copies,
            int repeatedAfterCrash,
            int bounced,
            int crashes) {}

    /// A crash, and since when its disk had not kept its promises.
    private record Crash(long atNanos, long brokenSinceNanos) {}

    private final Scenario scenario;
    private final Watch watch;
    private final List<String> wrong;
    private final Set<Pair> accepted = new TreeSet<>();
    private final Map<String, Integer> doubts = new HashMap<>();
    private final Map<String, LoadMessage> handed = new HashMap<>();
    private final List<Crash> crashes = new ArrayList<>();
    private int answered;
    private int refused;
    private int inDoubt;
    private int repeatedAfterCrash;
    private int bounced;

    Verdict(Scenario scenario, Watch watch, List<String> wrong) {
        this.scenario = scenario;
        this.watch = watch;
        this.wrong = wrong;
    }

    // ---- what it is told

    void handed(Load.Handed news) {
        answered++;
        LoadMessage message = news.message();
        // The first time it is whole; again it is handed over with the recipients in doubt.
        handed.putIfAbsent(message.name(), message);
        news.recipients().forEach(to -> accepted.add(new Pair(message.reversePath(), to)));
        refused += news.refused();
        if (news.isInDoubt()) {
            inDoubt++;
            doubts.merge(message.name(), 1, Integer::sum);
        }
    }

    /// Submissions that have come to an end, in doubt or not.
    long handedOver() {
        return answered;
    }

    void crashed(long atNanos, long brokenSinceNanos, boolean hadFailedToStart) {
        if (!hadFailedToStart) {
            crashes.add(new Crash(atNanos, brokenSinceNanos));
        }
    }

    Sums sums() {
        return new Sums(
                scenario.messages,
                accepted.size(),
                refused,
                inDoubt,
                watch.copies.size(),
                repeatedAfterCrash,
                bounced,
                crashes.size());
    }

    /// Whether something accepted has neither been taken by a receiver nor bounced.
    boolean isOwed(List<AcctRows.Row> rows) {
        var settled = new HashSet<Pair>();
        watch.copies.forEach(copy -> settled.add(copy.pair()));
        rows.stream().filter(row -> row.get("type").equals("b")).forEach(row -> settled.add(row.pair()));
        return !settled.containsAll(accepted);
    }

    // ---- the judgement

    void judge(List<AcctRows.Row> rows, SpoolLook look) {
        String failure = look.failure();
        if (failure != null) {
            tell("the spool cannot be opened after the end: " + failure);
            return;
        }
        look.findings().forEach(finding -> tell("damage in the spool: " + finding));
        Map<Pair, List<Watch.Copy>> copies = new TreeMap<>();
        watch.copies.forEach(copy ->
                copies.computeIfAbsent(copy.pair(), p -> new ArrayList<>()).add(copy));
        Map<Pair, Integer> delivered = count(rows, "d");
        Map<Pair, Integer> failed = count(rows, "b");
        bounced = failed.size();
        nothingIsLost(copies, delivered, failed, look);
        bytesAreIdentical();
        repeatsAreExplained(copies);
        accountingIsComplete(copies, delivered, failed, look);
        mailLeavesByItsVirtualMta(rows);
        ratesAreKept();
    }

    private void tell(String text) {
        if (wrong.size() < MOST_TOLD) {
            wrong.add(text);
        }
    }

    private static Map<Pair, Integer> count(List<AcctRows.Row> rows, String type) {
        var counts = new TreeMap<Pair, Integer>();
        rows.stream()
                .filter(row -> row.get("type").equals(type))
                .forEach(row -> counts.merge(row.pair(), 1, Integer::sum));
        return counts;
    }

    private void nothingIsLost(
            Map<Pair, List<Watch.Copy>> copies,
            Map<Pair, Integer> delivered,
            Map<Pair, Integer> failed,
            SpoolLook look) {
        for (Pair each : accepted) {
            if (!copies.containsKey(each) && !failed.containsKey(each)) {
                tell(
                        look.waiting().contains(each)
                                ? "never went out, still waiting: " + each
                                : delivered.containsKey(each)
                                        ? "accounted as delivered and never taken by a receiver: " + each
                                        : "LOST: " + each);
            }
        }
    }

    private void bytesAreIdentical() {
        for (Watch.Copy copy : watch.copies) {
            Receipt receipt = copy.receipt();
            LoadMessage message = handed.get(receipt.messageName());
            if (receipt.isDamaged()) {
                tell("damaged: " + receipt);
            } else if (message == null) {
                // In doubt and not yet told, or never handed over: the pair decides.
                if (!receipt.messageName().startsWith("s" + scenario.seed + "-")) {
                    tell("nobody handed this over: " + receipt);
                }
            } else if (!new Pair(message.reversePath(), "").equals(new Pair(receipt.reversePath(), ""))
                    || !message.recipients().contains(copy.pair().recipient())) {
                tell("addresses changed: " + receipt);
            }
        }
    }

    private void repeatsAreExplained(Map<Pair, List<Watch.Copy>> copies) {
        copies.forEach((pair, all) -> {
            int mayRepeat = doubts.getOrDefault(all.getFirst().receipt().messageName(), 0);
            int afterCrash = 0;
            for (Watch.Copy copy : all) {
                if (mayRepeat(copy)) {
                    mayRepeat++;
                    afterCrash += isNearCrash(copy) ? 1 : 0;
                }
            }
            if (all.size() > 1 && afterCrash > 0) {
                repeatedAfterCrash++;
            }
            if (all.size() > 1 + mayRepeat) {
                tell("unexplained repeat, " + all.size() + " copies: " + pair + " taken at "
                        + all.stream()
                                .map(copy -> copy.atNanos() + (mayRepeat(copy) ? " (unheard)" : ""))
                                .toList()
                        + ", crashes at " + crashes + ", in doubt "
                        + doubts.get(all.getFirst().receipt().messageName()));
            }
        });
    }

    /// Whether the server may rightly not know of this copy.
    private boolean mayRepeat(Watch.Copy copy) {
        return copy.mayBeUnheard() || isNearCrash(copy);
    }

    private boolean isNearCrash(Watch.Copy copy) {
        for (Crash crash : crashes) {
            long before = crash.atNanos - copy.atNanos();
            boolean isBroken = copy.atNanos() >= crash.brokenSinceNanos - ON_THE_WAY_NANOS;
            if (before >= 0 && (isBroken || before <= DURABLE_NANOS + ON_THE_WAY_NANOS)) {
                return true;
            }
        }
        return false;
    }

    private void accountingIsComplete(
            Map<Pair, List<Watch.Copy>> copies,
            Map<Pair, Integer> delivered,
            Map<Pair, Integer> failed,
            SpoolLook look) {
        copies.forEach((pair, all) -> {
            int unheard = (int) all.stream().filter(this::mayRepeat).count();
            int rows = delivered.getOrDefault(pair, 0);
            if (rows > all.size() || rows < all.size() - unheard) {
                tell(rows + " d rows for " + all.size() + " copies (" + unheard + " perhaps unheard) of " + pair);
            } else if (rows == 0 && !failed.containsKey(pair) && !look.waiting().contains(pair)) {
                tell("taken by a receiver, and no row says so: " + pair);
            }
        });
        delivered.keySet().stream()
                .filter(pair -> !copies.containsKey(pair))
                .forEach(pair -> tell("a d row for what no receiver took: " + pair));
        failed.forEach((pair, rows) -> {
            int most = 1
                    + handed.values().stream()
                            .filter(message -> message.reversePath().equals(pair.reversePath()))
                            .mapToInt(message -> doubts.getOrDefault(message.name(), 0))
                            .sum();
            if (rows > most) {
                tell(rows + " b rows for " + pair);
            }
        });
        look.owed().stream()
                .filter(pair -> !failed.containsKey(pair))
                .forEach(pair -> tell("a report is owed and no b row says why: " + pair));
        look.waiting().stream()
                .filter(pair -> !copies.containsKey(pair))
                .forEach(pair -> tell("still waiting: " + pair));
    }

    private void mailLeavesByItsVirtualMta(List<AcctRows.Row> rows) {
        for (Watch.Copy copy : watch.copies) {
            LoadMessage message = handed.get(copy.receipt().messageName());
            String from = scenario.virtualMtaAt(copy.receipt().sourceAddress());
            if (message != null
                    && (from == null || !scenario.virtualMtasOf(message).contains(from))) {
                tell("left by " + copy.receipt().sourceAddress() + ": " + copy.pair() + ", which belongs to "
                        + scenario.virtualMtasOf(message));
            }
        }
        for (AcctRows.Row row : rows) {
            String source = row.get("dlvSourceIp");
            if (!source.isEmpty()
                    && !source.equals("0.0.0.0")
                    && !source.equals(Scenario.LACKING)
                    && !row.get("vmta").equals(scenario.virtualMtaAt(source))) {
                tell("a row says " + row.get("vmta") + " sent from " + source);
            }
        }
    }

    // ---- rates

    private void ratesAreKept() {
        watch.recipientTimes.forEach((queue, times) -> {
            String domain = queue.substring(0, queue.indexOf('/'));
            withinRate(
                    "messages of " + queue,
                    times,
                    WINDOW_SLACK_NANOS,
                    l -> l.messageRates().get(domain));
        });
        for (String name : scenario.addresses.keySet()) {
            var times = new ArrayList<Long>();
            watch.recipientTimes.forEach((queue, own) -> {
                if (queue.endsWith("/" + name)) {
                    times.addAll(own);
                }
            });
            times.sort(null);
            withinRate(
                    "messages of " + name,
                    times,
                    WINDOW_SLACK_NANOS,
                    l -> l.virtualMtaRates().get(name));
        }
        watch.connectTimes.forEach((queue, times) -> {
            String domain = queue.substring(0, queue.indexOf('/'));
            withinRate(
                    "connects of " + queue,
                    times,
                    WINDOW_SLACK_NANOS,
                    l -> l.connectRates().get(domain));
        });
    }

    private void withinRate(
            String what,
            List<Long> times,
            long slackNanos,
            Function<Scenario.Limits, Scenario.@Nullable PerUnit> limit) {
        List<Watch.Epoch> epochs = watch.epochs();
        for (int e = 0; e < epochs.size(); e++) {
            Scenario.PerUnit rate = limit.apply(epochs.get(e).limits());
            if (rate == null) {
                continue;
            }
            long from = epochs.get(e).fromNanos() + slackNanos;
            long to = e + 1 < epochs.size() ? epochs.get(e + 1).fromNanos() : Long.MAX_VALUE;
            long window = rate.seconds() * 1_000_000_000L - slackNanos;
            // Several connections tell their attempts out of order.
            List<Long> inside =
                    times.stream().sorted().filter(t -> t >= from && t < to).toList();
            for (int i = 0; i + rate.count() < inside.size(); i++) {
                long took = inside.get(i + rate.count()) - inside.get(i);
                if (took < window) {
                    tell("rate exceeded: " + (rate.count() + 1) + " " + what + " in " + took / 1_000_000 + " ms, limit "
                            + rate.text() + ", from " + inside.get(i));
                    break;
                }
            }
        }
    }
}
