package org.sluicemta.proof.whole;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.sluicemta.lab.Load;
import org.sluicemta.lab.LoadMessage;
import org.sluicemta.lab.Receipt;
import org.sluicemta.simulation.FaultPoints;

/// Judges a history: what was accepted against what receivers took, what the accounting says and what still waits.
final class Verdict {
    /// Events are synced at most so long after they happened; what the wires and the disk take on the way comes on top.
    /// Source: docs, promises in numbers: 10 ms at worst.
    private static final long DURABLE_NANOS = 10_000_000L;

    /// 20 ms each way at most, and a few writes of the disk.
    private static final long ON_THE_WAY_NANOS = 50_000_000L;

    private static final int MOST_TOLD = 12;

    private static final String COLD_IS_FULL = "whole: cold virtual MTA with its number of the day";
    private static final String JOINED = "whole: mail in a rollup queue";
    private static final String MOVED = "whole: mail moved to the queue of another shard";
    private static final String BOUNCED_AT_ONCE = "whole: queue bounced by one reply";
    private static final String HELD_AT_ONCE = "whole: queue paused by mass-action-limit";
    private static final String SKIPPED = "whole: host skipped by a rule";
    private static final String BACKOFF = "whole: backoff mode entered";
    private static final String NORMAL = "whole: backoff mode left";
    private static final String DISABLED = "whole: source address disabled";
    private static final String ENABLED = "whole: source address enabled again";

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
    private final QueueBook book;
    private final Operator operator;
    private final FaultPoints points;
    private final List<String> wrong;
    private final Set<Pair> accepted = new TreeSet<>();
    private final Map<String, Integer> doubts = new HashMap<>();
    private final Map<String, LoadMessage> handed = new HashMap<>();
    /// When a message was last handed over, by reverse-path.
    private final Map<String, Long> handedNanos = new HashMap<>();
    private final List<Crash> crashes = new ArrayList<>();
    private final Set<Path> leftByCrashes = new TreeSet<>();
    private int answered;
    private int refused;
    private int inDoubt;
    private int repeatedAfterCrash;
    private int bounced;

    Verdict(Scenario scenario, Watch watch, QueueBook book, Operator operator, FaultPoints points, List<String> wrong) {
        this.scenario = scenario;
        this.watch = watch;
        this.book = book;
        this.operator = operator;
        this.points = points;
        points.declare(
                COLD_IS_FULL,
                JOINED,
                MOVED,
                BOUNCED_AT_ONCE,
                HELD_AT_ONCE,
                SKIPPED,
                BACKOFF,
                NORMAL,
                DISABLED,
                ENABLED);
        this.wrong = wrong;
    }

    // ---- what it is told

    void handed(Load.Handed news) {
        answered++;
        LoadMessage message = news.message();
        // The first time it is whole; again it is handed over with the recipients in doubt.
        handed.putIfAbsent(message.name(), message);
        handedNanos.put(message.reversePath(), watch.nanos());
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

    /// @param left files that were there
    void crashed(long atNanos, long brokenSinceNanos, boolean hadFailedToStart, Set<Path> left) {
        leftByCrashes.addAll(left);
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

    /// Whether accepted mail for a domain has not been taken yet.
    boolean isWaitingFor(String domain) {
        var taken = new HashSet<Pair>();
        watch.copies.forEach(copy -> taken.add(copy.pair()));
        return accepted.stream().anyMatch(pair -> pair.domain().equals(domain) && !taken.contains(pair));
    }

    // ---- the judgement

    void judge(List<AcctRows.Row> all, List<Letterbox.Letter> letters, SpoolLook look) {
        List<AcctRows.Row> rows =
                all.stream().filter(row -> !House.isReport(row)).toList();
        String failure = look.failure();
        if (failure != null) {
            tell("the spool cannot be opened after the end: " + failure);
            return;
        }
        look.findings().stream()
                .filter(finding -> !isTornByCrash(finding))
                .forEach(finding -> tell("damage in the spool: " + finding));
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
        eachFailureIsReportedOnce(failed, letters, look);
        mailLeavesByItsVirtualMta(rows);
        rowsSayWhereMailLeft(copies, rows);
        transientRepliesBounceByRuleOnly(rows);
        coldNumbersAreKept(rows);
        pausedJobsStay();
        new LimitVerdict(scenario, watch, book, this::tell).judge();
        mark(rows);
    }

    /// A batch that was being written at a crash was never acknowledged. It may be told again as long as its segment is
    /// there, when the one that says so has gone before it. What only the last process wrote is never torn.
    private boolean isTornByCrash(String finding) {
        return finding.contains(": TORN_TAIL: ")
                && leftByCrashes.stream().anyMatch(file -> finding.startsWith(file + ":"));
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

    /// Whether every failure that a row tells of has come to its sender.
    boolean isReported(List<AcctRows.Row> rows, List<Letterbox.Letter> letters) {
        return Letterbox.reports(letters).keySet().containsAll(failures(rows).keySet());
    }

    private static Map<Pair, Integer> failures(List<AcctRows.Row> rows) {
        return count(rows.stream().filter(row -> !House.isReport(row)).toList(), "b");
    }

    private void eachFailureIsReportedOnce(Map<Pair, Integer> failed, List<Letterbox.Letter> letters, SpoolLook look) {
        Map<Pair, Set<String>> reports = Letterbox.reports(letters);
        failed.forEach((pair, rows) -> {
            int count = reports.getOrDefault(pair, Set.of()).size();
            if (count != rows) {
                tell(count + " reports on " + rows + " failures of " + pair
                        + (look.owed().contains(pair) ? ", owed still" : ""));
            }
        });
        reports.keySet().stream()
                .filter(pair -> !failed.containsKey(pair))
                .forEach(pair -> tell("a report on what no row says: " + pair));
        letters.stream()
                .filter(letter -> !letter.reversePath().isEmpty())
                .forEach(letter -> tell("a report that asks for another: " + letter));
    }

    private void mailLeavesByItsVirtualMta(List<AcctRows.Row> rows) {
        for (Watch.Copy copy : watch.copies) {
            LoadMessage message = handed.get(copy.receipt().messageName());
            String from = scenario.virtualMtaAt(copy.receipt().sourceAddress());
            List<Plan> plans = plansUntil(copy.atNanos());
            if (message != null
                    && (from == null
                            || !scenario.virtualMtasOf(message, copy.pair().domain(), plans)
                                    .contains(from))) {
                tell("left by " + copy.receipt().sourceAddress() + ": " + copy.pair() + ", which belongs to "
                        + scenario.virtualMtasOf(message, copy.pair().domain(), plans));
            }
            if (plans.stream()
                    .noneMatch(plan -> plan.placesOf(copy.pair().domain()).contains(copy.place()))) {
                tell("left in the queue " + copy.by().queue + ": " + copy.pair());
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

    private void pausedJobsStay() {
        for (Watch.Begun each : watch.begun) {
            String job = scenario.jobOf(each.reversePath());
            if (!job.isEmpty() && operator.isHeld(job, each.atNanos())) {
                tell(job + " is paused, and " + each + " left; " + operator);
            }
        }
    }

    private List<Plan> plansUntil(long nanos) {
        return watch.epochs().stream()
                .filter(each -> each.fromNanos() <= nanos)
                .map(Watch.Epoch::plan)
                .distinct()
                .toList();
    }

    private void rowsSayWhereMailLeft(Map<Pair, List<Watch.Copy>> copies, List<AcctRows.Row> rows) {
        for (AcctRows.Row row : rows) {
            List<Watch.Copy> all = copies.get(row.pair());
            if (!row.get("type").equals("d") || all == null) {
                continue;
            }
            boolean isThere = all.stream()
                    .anyMatch(copy -> copy.by().queue.equals(row.get("queue"))
                            && copy.by().source.equals(row.get("dlvSourceIp")));
            if (!isThere) {
                tell("a row says that " + row.pair() + " left " + row.get("queue") + " by " + row.get("dlvSourceIp")
                        + ", but copies came from "
                        + all.stream()
                                .map(copy -> copy.by().queue + " by " + copy.by().source)
                                .toList());
            }
        }
    }

    private void transientRepliesBounceByRuleOnly(List<AcctRows.Row> rows) {
        for (AcctRows.Row row : rows) {
            String text = row.get("dsnDiag");
            if (row.get("type").equals("b")
                    && text.startsWith("smtp;4")
                    && scenario.replies.bouncing().stream().noneMatch(text::contains)) {
                tell("bounced by a transient reply: " + row.pair() + ": " + text);
            }
            boolean isOwnVerdict = row.get("type").equals("b") && !text.startsWith("smtp;");
            if (isOwnVerdict
                    && !Set.of(Scenario.GONE, Scenario.NULL_MX)
                            .contains(row.pair().domain())) {
                tell("bounced without a reply: " + row.pair() + " in " + row.get("queue") + ": " + row.get("dsnStatus")
                        + " " + text);
            }
        }
    }

    // ---- cold virtual MTAs

    /// One for each day and for all queues that a domain's mail may be in: mail that is moved between them takes its
    /// count along.
    private record Warming(Set<String> places, String day) {}

    private void coldNumbersAreKept(List<AcctRows.Row> rows) {
        var counts = new HashMap<Warming, Set<Pair>>();
        for (AcctRows.Row row : rows) {
            if (row.get("type").equals("d") && row.get("vmta").equals(Scenario.COLD)) {
                var warming = new Warming(
                        together(row.pair().domain()), row.get("timeQueued").substring(0, 10));
                // One choice for all recipients of a message in one domain.
                counts.computeIfAbsent(warming, w -> new TreeSet<>())
                        .add(new Pair(row.get("orig"), row.pair().domain()));
            }
        }
        counts.forEach((warming, messages) -> {
            int number = warming.places.stream()
                    .mapToInt(place -> scenario.coldPerDay.getOrDefault(place, 0))
                    .sum();
            int forgotten = 0;
            for (Crash crash : crashes) {
                long from = Math.min(crash.brokenSinceNanos, crash.atNanos - DURABLE_NANOS) - ON_THE_WAY_NANOS;
                forgotten += 1 + number / 100;
                forgotten += (int) messages.stream()
                        .filter(each -> isHandedWithin(each.reversePath(), from, crash.atNanos + ON_THE_WAY_NANOS))
                        .count();
            }
            if (messages.size() >= number) {
                points.mark(COLD_IS_FULL);
            }
            if (messages.size() > number + forgotten) {
                tell(messages.size() + " cold messages of " + warming + ", whose number is " + number
                        + "; crashes may have forgotten " + forgotten);
            }
        });
    }

    /// Whether it was accepted in that time, as far as that is known.
    private boolean isHandedWithin(String reversePath, long fromNanos, long toNanos) {
        Long at = handedNanos.get(reversePath);
        boolean isDoubtful = handed.values().stream()
                .anyMatch(each -> each.reversePath().equals(reversePath) && doubts.containsKey(each.name()));
        return at == null || isDoubtful || at >= fromNanos && at <= toNanos;
    }

    private Set<String> together(String domain) {
        var all = new TreeSet<>(Set.of(domain));
        boolean isGrowing = true;
        while (isGrowing) {
            var more = new TreeSet<String>();
            for (Plan plan : List.of(scenario.first, scenario.second)) {
                for (String each : plan.domains().keySet()) {
                    Set<String> places = plan.placesOf(each);
                    if (places.stream().anyMatch(all::contains)) {
                        more.addAll(places);
                    }
                }
            }
            isGrowing = all.addAll(more);
        }
        return all;
    }

    // ---- what was met

    private void mark(List<AcctRows.Row> rows) {
        markIf(
                BOUNCED_AT_ONCE,
                rows.stream()
                        .anyMatch(row -> row.get("type").equals("b")
                                && row.get("dsnDiag").contains(ReplyPlan.Saying.BOUNCE_ALL.kernel())));
        markIf(
                HELD_AT_ONCE,
                book.changes(QueueBook.Kind.PAUSED).stream()
                        .anyMatch(each -> each.text.startsWith("mass-action-limit")));
        markIf(
                SKIPPED,
                book.changes(QueueBook.Kind.FAILED).stream().anyMatch(each -> each.text.startsWith("skip of MX")));
        markIf(BACKOFF, book.changes(QueueBook.Kind.MODE).stream().anyMatch(each -> each.isOn));
        markIf(NORMAL, book.changes(QueueBook.Kind.MODE).stream().anyMatch(each -> !each.isOn));
        markIf(DISABLED, book.changes(QueueBook.Kind.SOURCE).stream().anyMatch(each -> each.isOn));
        markIf(ENABLED, book.changes(QueueBook.Kind.SOURCE).stream().anyMatch(each -> !each.isOn));
        markIf(JOINED, watch.copies.stream().anyMatch(copy -> Scenario.ROLLUPS.contains(copy.place())));
        markIf(MOVED, watch.copies.stream().anyMatch(this::hasMoved));
    }

    private void markIf(String point, boolean isMet) {
        if (isMet) {
            points.mark(point);
        }
    }

    /// Whether a copy left another shard than any in which it can have been received.
    private boolean hasMoved(Watch.Copy copy) {
        LoadMessage message = handed.get(copy.receipt().messageName());
        Long at = handedNanos.get(message == null ? "" : message.reversePath());
        if (message == null || at == null) {
            return false;
        }
        Set<Integer> shards = new HashSet<>();
        for (String place : watch.planAt(at).placesOf(copy.pair().domain())) {
            scenario.virtualMtasAtFirst(message, place, watch.planAt(at))
                    .forEach(virtualMta -> shards.add(scenario.shardOf(place, virtualMta)));
        }
        String queue = copy.by().queue;
        return !shards.contains(scenario.shardOf(copy.place(), queue.substring(queue.indexOf('/') + 1)));
    }
}
