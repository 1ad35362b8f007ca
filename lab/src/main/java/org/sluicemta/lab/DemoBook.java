package org.sluicemta.lab;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;

/// What everybody says about every recipient: the feeder who had a 250 for it, the receiver who took it, the
/// accounting that wrote a row, the server that still lists it. The audit is the comparison.
///
/// A copy is one recipient of one message. Owner: one thread.
final class DemoBook {
    /// Samples of a fault that are kept for the report.
    private static final int MAX_EXAMPLES = 5;

    private final String run;
    private final Map<String, Copy> copies = new HashMap<>();
    private final Map<DemoScene.Place, Tally> tallies = new EnumMap<>(DemoScene.Place.class);
    private final Map<String, Integer> bounceReasons = new HashMap<>();
    private final Map<String, Integer> deferralReasons = new HashMap<>();
    private final Map<String, Integer> bySource = new HashMap<>();
    private long accepted;
    private long inDoubt;
    private long refused;
    private long queueFailures;
    private long damaged;
    private long strangers;

    /// One recipient of one message. Zero nanoseconds: has not happened.
    private static final class Copy {
        private final DemoScene.Place place;
        private boolean isAccepted;
        private boolean isInDoubt;
        private boolean isWaiting;
        private int receipts;
        private int deliveredRows;
        private int bouncedRows;
        private long acceptedNanos;
        private long receivedNanos;
        private String source = "";
        private String virtualMta = "";

        Copy(DemoScene.Place place) {
            this.place = place;
        }

        boolean isFirstFinal() {
            return deliveredRows + bouncedRows == 0;
        }
    }

    /// The sums of one place.
    static final class Tally {
        /// Time in queue up to 10 minutes, in milliseconds.
        private final Histogram inQueue = new Histogram(600_000, 3);
        private final Map<String, List<Long>> arrivals = new HashMap<>();
        private long accepted;
        private long received;
        private long delivered;
        private long bounced;
        private long deferred;
        private long secured;
        private long firstNanos = Long.MAX_VALUE;
        private long lastNanos = Long.MIN_VALUE;

        long accepted() {
            return accepted;
        }

        long received() {
            return received;
        }

        long delivered() {
            return delivered;
        }

        long bounced() {
            return bounced;
        }

        long deferred() {
            return deferred;
        }

        long secured() {
            return secured;
        }

        long waiting() {
            return Math.max(0, accepted - delivered - bounced);
        }

        /// Copies a second between the first and the last that arrived.
        double perSecond() {
            return received < 2 ? received : received / Math.max(1e-3, (lastNanos - firstNanos) / 1e9);
        }

        double inQueueMillis(double percentile) {
            return inQueue.getTotalCount() == 0 ? 0 : inQueue.getValueAtPercentile(percentile);
        }

        /// The most copies of one source address that arrived within any half-open window of this length.
        int mostWithin(long windowNanos) {
            int most = 0;
            for (List<Long> times : arrivals.values()) {
                times.sort(null);
                int from = 0;
                for (int to = 0; to < times.size(); to++) {
                    while (times.get(to) - times.get(from) >= windowNanos) {
                        from++;
                    }
                    most = Math.max(most, to - from + 1);
                }
            }
            return most;
        }
    }

    /// @param run the beginning of the names of this run's messages
    DemoBook(String run) {
        this.run = run;
        for (DemoScene.Place place : DemoScene.Place.values()) {
            tallies.put(place, new Tally());
        }
    }

    Tally tally(DemoScene.Place place) {
        return java.util.Objects.requireNonNull(tallies.get(place));
    }

    private static String key(String message, String recipient) {
        return message + ' ' + recipient.toLowerCase(Locale.ROOT);
    }

    private @org.jspecify.annotations.Nullable Copy copy(String message, String recipient) {
        if (!message.startsWith(run + "-")) {
            return null;
        }
        return DemoScene.Place.of(recipient)
                .map(place -> copies.computeIfAbsent(key(message, recipient), _ -> new Copy(place)))
                .orElse(null);
    }

    /// The feeder heard an answer, at `nanos` of the loops' clock.
    void handed(Load.Handed handed, long nanos) {
        for (String recipient : handed.recipients()) {
            Copy copy = copy(handed.message().name(), recipient);
            if (copy != null && !copy.isAccepted) {
                copy.isAccepted = true;
                copy.acceptedNanos = nanos;
                accepted++;
                tally(copy.place).accepted++;
                clock(copy);
            }
        }
        refused += handed.refused();
        if (handed.isInDoubt()) {
            inDoubt++;
            for (String recipient : handed.message().recipients()) {
                Copy copy = copy(handed.message().name(), recipient);
                if (copy != null) {
                    copy.isInDoubt = true;
                }
            }
        }
    }

    void received(Receipt receipt) {
        Copy copy = copy(receipt.messageName(), receipt.recipient());
        if (copy == null) {
            strangers++;
            return;
        }
        copy.receipts++;
        copy.source = receipt.sourceAddress();
        damaged += receipt.isDamaged() ? 1 : 0;
        bySource.merge(receipt.sourceAddress(), 1, Integer::sum);
        Tally tally = tally(copy.place);
        tally.received++;
        tally.secured += receipt.isSecured() ? 1 : 0;
        tally.firstNanos = Math.min(tally.firstNanos, receipt.atNanos());
        tally.lastNanos = Math.max(tally.lastNanos, receipt.atNanos());
        tally.arrivals
                .computeIfAbsent(receipt.sourceAddress(), _ -> new ArrayList<>())
                .add(receipt.atNanos());
        if (copy.receipts == 1) {
            copy.receivedNanos = receipt.atNanos();
            clock(copy);
        }
    }

    /// A copy may arrive before the feeder has heard its 250: the sync that allows both is one.
    private void clock(Copy copy) {
        if (copy.isAccepted && copy.receipts > 0) {
            long millis = Math.max(0, copy.receivedNanos - copy.acceptedNanos) / 1_000_000;
            tally(copy.place).inQueue.recordValue(Math.min(millis, 600_000));
        }
    }

    void row(AccountTail.Row row) {
        if (row.type().equals("tq")) {
            queueFailures++;
            deferralReasons.merge(row.cell("queue") + ": " + row.cell("dsnStatus"), 1, Integer::sum);
            return;
        }
        Copy copy = copy(row.cell("envId"), row.cell("rcpt"));
        if (copy == null) {
            return; // of an earlier run in the same folder
        }
        Tally tally = tally(copy.place);
        switch (row.type()) {
            case "d" -> {
                tally.delivered += copy.isFirstFinal() ? 1 : 0;
                copy.deliveredRows++;
                copy.virtualMta = row.cell("vmta");
            }
            case "b" -> {
                tally.bounced += copy.isFirstFinal() ? 1 : 0;
                copy.bouncedRows++;
                bounceReasons.merge(reason(row), 1, Integer::sum);
            }
            case "t" -> {
                tally.deferred++;
                deferralReasons.merge(reason(row), 1, Integer::sum);
            }
            default -> throw new LabException("the accounting has a row of the unknown type '" + row.type() + "'");
        }
    }

    private static String reason(AccountTail.Row row) {
        String domain = row.cell("rcpt").substring(row.cell("rcpt").indexOf('@') + 1);
        String said = row.cell("dsnDiag").isEmpty() ? row.cell("dsnStatus") : row.cell("dsnDiag");
        return domain + ": " + said;
    }

    /// The server lists this recipient as waiting.
    void waiting(String message, String recipient) {
        Copy copy = copy(message, recipient);
        if (copy != null) {
            copy.isWaiting = true;
        }
    }

    long accepted() {
        return accepted;
    }

    long refused() {
        return refused;
    }

    long inDoubt() {
        return inDoubt;
    }

    long strangers() {
        return strangers;
    }

    /// Recipients with a final row so far; one that has two, which the audit tells, counts once.
    long settled() {
        return tallies.values().stream().mapToLong(t -> t.delivered + t.bounced).sum();
    }

    long received() {
        return tallies.values().stream().mapToLong(Tally::received).sum();
    }

    long queueFailures() {
        return queueFailures;
    }

    /// How often each was said, the most frequent first.
    List<Map.Entry<String, Integer>> bounceReasons() {
        return sorted(bounceReasons);
    }

    List<Map.Entry<String, Integer>> deferralReasons() {
        return sorted(deferralReasons);
    }

    Map<String, Integer> bySource() {
        return Map.copyOf(bySource);
    }

    private static List<Map.Entry<String, Integer>> sorted(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .toList();
    }

    /// One question of the audit, and how often it failed.
    ///
    /// @param examples a few of the copies concerned
    record Check(String question, long checked, long failed, List<String> examples) {
        boolean holds() {
            return failed == 0;
        }
    }

    private static final class Counting {
        private final String question;
        private long checked;
        private long failed;
        private final List<String> examples = new ArrayList<>();

        Counting(String question) {
            this.question = question;
        }

        void count(boolean holds, String key) {
            checked++;
            if (!holds) {
                failed++;
                if (examples.size() < MAX_EXAMPLES) {
                    examples.add(key);
                }
            }
        }

        Check done() {
            return new Check(question, checked, failed, List.copyOf(examples));
        }
    }

    /// Compares everybody's word.
    ///
    /// @param crashed whether the server was killed: a delivery whose outcome had not reached the disk may be
    ///     repeated
    List<Check> audit(boolean crashed) {
        var lost = new Counting("every accepted recipient is delivered, bounced or waiting");
        var twiceReceived = new Counting("no receiver took a recipient's copy twice");
        var twiceSettled = new Counting("no recipient has two final rows, or waits although it has one");
        var rows = new Counting("delivery rows (d) and receivers' receipts are the same recipients");
        var sources = new Counting("every copy left by its virtual MTA's own address");
        var uninvited = new Counting("nothing arrived or bounced that was not accepted");
        Set<String> repeated = new HashSet<>();
        copies.forEach((key, copy) -> {
            int finals = copy.deliveredRows + copy.bouncedRows;
            if (copy.isAccepted) {
                lost.count(copy.receipts > 0 || copy.bouncedRows > 0 || copy.isWaiting, key);
            }
            if (copy.receipts > 0) {
                // A message whose 250 was lost on the way is handed over again, and so may arrive twice.
                boolean isExplained = copy.receipts == 1 || copy.isInDoubt || crashed;
                twiceReceived.count(isExplained, key);
                if (copy.receipts > 1) {
                    repeated.add(key);
                }
            }
            boolean isOnce = finals + (copy.isWaiting ? 1 : 0) <= 1 || copy.isInDoubt;
            twiceSettled.count(isOnce, key);
            if (copy.receipts > 0 || copy.deliveredRows > 0) {
                rows.count(copy.deliveredRows > 0 == copy.receipts > 0, key);
            }
            if (copy.receipts > 0 && copy.deliveredRows > 0) {
                sources.count(DemoScene.sourceOf(copy.virtualMta).equals(copy.source), key);
            }
            if (copy.receipts > 0 || finals > 0) {
                uninvited.count(copy.isAccepted || copy.isInDoubt, key);
            }
        });
        var bodies = new Check("every body arrived as it was sent (checksum)", received(), damaged, List.of());
        var checks = new ArrayList<Check>();
        checks.add(lost.done());
        checks.add(twiceReceived.done());
        checks.add(twiceSettled.done());
        checks.add(rows.done());
        checks.add(bodies);
        checks.add(sources.done());
        checks.add(uninvited.done());
        repeatedCopies = repeated.size();
        return checks;
    }

    private int repeatedCopies;

    /// Copies that a receiver took more than once, explained or not; known after the audit.
    int repeatedCopies() {
        return repeatedCopies;
    }
}
