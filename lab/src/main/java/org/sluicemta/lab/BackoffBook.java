package org.sluicemta.lab;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// What the feeder, the receivers, the accounting and the server's own screens say of the play about backoff, and the
/// checks that compare them. All moments are nanoseconds of the loops' clock.
///
/// Owner: one thread.
final class BackoffBook {
    /// A copy that another queue's trouble held up would wait for the rest of the play.
    private static final long UNDISTURBED_MILLIS = 2_000;
    private static final long SECOND_NANOS = 1_000_000_000L;

    /// What the table tells of one stretch of the play.
    enum Phase {
        BEFORE("before"),
        BACKOFF("backoff, as the server says"),
        AFTER("normal again");

        private final String title;

        Phase(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    private static final class Copy {
        private boolean isAccepted;
        private boolean isInDoubt;
        private long acceptedNanos;
        private long takenNanos;
        private int receipts;
        private int deliveredRows;
        private int bouncedRows;
        private int deferredRows;
    }

    private final Map<BackoffScene.Place, Map<String, Copy>> copies = new EnumMap<>(BackoffScene.Place.class);
    private final Map<BackoffScene.Place, List<Long>> taken = new EnumMap<>(BackoffScene.Place.class);
    private final List<Refusal> refusals = new ArrayList<>();
    private final Map<String, Integer> queueFailures = new HashMap<>();
    private long seenFromNanos;
    private long seenToNanos;
    private int stretches;
    private boolean isInBackoff;
    private boolean wasSteadyInBackoff;
    private long accepted;
    private long settled;
    private long damaged;
    private long refusedToFeeder;

    BackoffBook() {
        for (BackoffScene.Place place : BackoffScene.Place.values()) {
            copies.put(place, new HashMap<>());
            taken.put(place, new ArrayList<>());
        }
    }

    private Map<String, Copy> copies(BackoffScene.Place place) {
        return java.util.Objects.requireNonNull(copies.get(place));
    }

    private List<Long> taken(BackoffScene.Place place) {
        return java.util.Objects.requireNonNull(taken.get(place));
    }

    private @Nullable Copy copy(String recipient) {
        return BackoffScene.Place.of(recipient)
                .map(place -> copies(place).computeIfAbsent(recipient, _ -> new Copy()))
                .orElse(null);
    }

    // --- what is heard

    void handed(Load.Handed handed, long nanos) {
        refusedToFeeder += handed.refused();
        for (String recipient : handed.message().recipients()) {
            Copy copy = copy(recipient);
            if (copy == null) {
                continue;
            }
            copy.isInDoubt |= handed.isInDoubt();
            if (handed.recipients().contains(recipient) && !copy.isAccepted) {
                copy.isAccepted = true;
                copy.acceptedNanos = nanos;
                accepted++;
            }
        }
    }

    void received(Receipt receipt) {
        Copy copy = copy(receipt.recipient());
        if (copy == null) {
            return;
        }
        damaged += receipt.isDamaged() ? 1 : 0;
        if (copy.receipts++ == 0) {
            copy.takenNanos = receipt.atNanos();
        }
        BackoffScene.Place.of(receipt.recipient())
                .ifPresent(place -> taken(place).add(receipt.atNanos()));
    }

    void refused(Refusal refusal) {
        refusals.add(refusal);
    }

    void row(AccountTail.Row row) {
        if (row.type().equals("tq")) {
            queueFailures.merge(row.cell("queue"), 1, Integer::sum);
            return;
        }
        Copy copy = copy(row.cell("rcpt"));
        if (copy == null) {
            return;
        }
        settled += !row.type().equals("t") && copy.deliveredRows + copy.bouncedRows == 0 ? 1 : 0;
        switch (row.type()) {
            case "d" -> copy.deliveredRows++;
            case "b" -> copy.bouncedRows++;
            case "t" -> copy.deferredRows++;
            default -> throw new LabException("the accounting has a row of the unknown type '" + row.type() + "'");
        }
    }

    /// What the server said when it was asked which queues are in backoff, and when it had answered.
    void modes(boolean isMoodyInBackoff, boolean isSteadyInBackoff, long nanos) {
        wasSteadyInBackoff |= isSteadyInBackoff;
        if (isMoodyInBackoff) {
            stretches += isInBackoff ? 0 : 1;
            seenFromNanos = seenFromNanos == 0 ? nanos : seenFromNanos;
            seenToNanos = nanos;
        }
        isInBackoff = isMoodyInBackoff;
    }

    // --- what is known

    long accepted() {
        return accepted;
    }

    long settled() {
        return settled;
    }

    boolean isInBackoff() {
        return isInBackoff;
    }

    boolean wasInBackoff() {
        return stretches > 0;
    }

    List<Refusal> refusals() {
        return refusals;
    }

    long waiting(BackoffScene.Place place) {
        return copies(place).values().stream()
                .filter(copy -> copy.isAccepted && copy.deliveredRows + copy.bouncedRows == 0)
                .count();
    }

    /// Copies that a receiver took within the second before `nanos`.
    long takenWithinASecond(BackoffScene.Place place, long nanos) {
        List<Long> times = taken(place);
        long count = 0;
        for (int i = times.size() - 1; i >= 0 && times.get(i) > nanos - SECOND_NANOS; i--) {
            count++;
        }
        return count;
    }

    long refusedWithinASecond(long nanos) {
        long count = 0;
        for (int i = refusals.size() - 1; i >= 0 && refusals.get(i).atNanos() > nanos - SECOND_NANOS; i--) {
            count++;
        }
        return count;
    }

    /// One line of the table.
    ///
    /// @param refused attempts that met a negative reply
    record Line(Phase phase, BackoffScene.Place place, double seconds, long taken, long refused, double longestMillis) {
        double takenPerSecond() {
            return seconds == 0 ? 0 : taken / seconds;
        }
    }

    List<Line> table() {
        var lines = new ArrayList<Line>();
        for (BackoffScene.Place place : BackoffScene.Place.values()) {
            for (Phase phase : Phase.values()) {
                lines.add(line(phase, place));
            }
        }
        return lines;
    }

    private Line line(Phase phase, BackoffScene.Place place) {
        List<Long> times = taken(place);
        long first = times.stream().mapToLong(t -> t).min().orElse(0);
        long last = times.stream().mapToLong(t -> t).max().orElse(0);
        long from =
                switch (phase) {
                    case BEFORE -> first;
                    case BACKOFF -> seenFromNanos;
                    case AFTER -> seenToNanos + 1;
                };
        long to =
                switch (phase) {
                    case BEFORE -> seenFromNanos - 1;
                    case BACKOFF -> seenToNanos;
                    case AFTER -> last;
                };
        var inQueue = new Histogram(600_000, 3);
        copies(place).values().stream()
                .filter(copy -> copy.receipts > 0 && copy.takenNanos >= from && copy.takenNanos <= to)
                .forEach(copy -> inQueue.recordValue(Math.min(600_000, millisInQueue(copy))));
        return new Line(
                phase,
                place,
                Math.max(0, (to - from) / 1e9),
                times.stream().filter(t -> t >= from && t <= to).count(),
                place == BackoffScene.Place.MOODY
                        ? refusals.stream()
                                .filter(r -> r.atNanos() >= from && r.atNanos() <= to)
                                .count()
                        : 0,
                inQueue.getTotalCount() == 0 ? 0 : inQueue.getMaxValue());
    }

    /// A copy may arrive before the feeder has heard its 250.
    private static long millisInQueue(Copy copy) {
        return copy.isAccepted ? Math.max(0, copy.takenNanos - copy.acceptedNanos) / 1_000_000 : 0;
    }

    // --- the checks

    /// One check and what it found.
    record Check(String claim, boolean holds, String found) {}

    List<Check> checks() {
        return List.of(sawBackoff(), keptItsRate(), leftTheOtherAlone(), deliveredOnce(), accountedForRefusals());
    }

    private Check sawBackoff() {
        return new Check(
                "the server said that " + BackoffScene.Place.MOODY.queue() + " was in backoff, and no longer is",
                stretches > 0 && !isInBackoff,
                String.format(
                        Locale.ROOT, "for %.1f s in %d stretch(es)", (seenToNanos - seenFromNanos) / 1e9, stretches));
    }

    /// Every attempt counts, refused or not, a connection that was refused as well. What had its permit before the
    /// mode began may still be under way: one transaction for each connection.
    private Check keptItsRate() {
        long attempts = attemptsWhileSeen();
        double seconds = (seenToNanos - seenFromNanos) / 1e9;
        long most = (long) Math.floor(seconds * BackoffScene.BACKOFF_PER_SECOND) + 1 + BackoffScene.MAX_SMTP_OUT;
        return new Check(
                "in backoff it met no more attempts than backoff-max-msg-rate allows, and what was under way",
                stretches > 0 && attempts <= most,
                String.format(
                        Locale.ROOT,
                        "%d attempts in %.1f s; at %d/s and %d under way at most %d",
                        attempts,
                        seconds,
                        BackoffScene.BACKOFF_PER_SECOND,
                        BackoffScene.MAX_SMTP_OUT,
                        most));
    }

    private long attemptsWhileSeen() {
        long refused = refusals.stream()
                .filter(r -> r.atNanos() >= seenFromNanos && r.atNanos() <= seenToNanos)
                .count();
        return refused
                + taken(BackoffScene.Place.MOODY).stream()
                        .filter(t -> t >= seenFromNanos && t <= seenToNanos)
                        .count();
    }

    private Check leftTheOtherAlone() {
        long longest = 0;
        long during = 0;
        boolean isPutOff = false;
        for (Copy copy : copies(BackoffScene.Place.STEADY).values()) {
            isPutOff |= copy.deferredRows > 0;
            if (copy.acceptedNanos >= seenFromNanos && copy.acceptedNanos <= seenToNanos && copy.receipts > 0) {
                during++;
                longest = Math.max(longest, millisInQueue(copy));
            }
        }
        boolean hasFailed = queueFailures.containsKey(BackoffScene.Place.STEADY.queue());
        return new Check(
                BackoffScene.Place.STEADY.domain() + " went on undisturbed",
                during > 0 && longest <= UNDISTURBED_MILLIS && !isPutOff && !hasFailed && !wasSteadyInBackoff,
                String.format(
                        Locale.ROOT,
                        "%,d of its messages came meanwhile; the slowest was delivered within %s",
                        during,
                        DemoScreen.time(longest)));
    }

    private Check deliveredOnce() {
        long wrong = copies.values().stream()
                .flatMap(all -> all.values().stream())
                .filter(copy -> !copy.isInDoubt)
                .filter(copy ->
                        !copy.isAccepted || copy.receipts != 1 || copy.deliveredRows != 1 || copy.bouncedRows != 0)
                .count();
        return new Check(
                "everything that was accepted was delivered, exactly once and whole",
                wrong == 0 && accepted > 0 && settled == accepted && damaged == 0 && refusedToFeeder == 0,
                String.format(Locale.ROOT, "%,d of %,d; %d not once, %d damaged", settled, accepted, wrong, damaged));
    }

    private Check accountedForRefusals() {
        long toMail =
                refusals.stream().filter(r -> r.stage() == Refusal.Stage.MAIL).count();
        long toConnections = refusals.stream()
                .filter(r -> r.stage() == Refusal.Stage.CONNECT)
                .count();
        long rows = copies(BackoffScene.Place.MOODY).values().stream()
                .mapToLong(copy -> copy.deferredRows)
                .sum();
        long queueRows = queueFailures.getOrDefault(BackoffScene.Place.MOODY.queue(), 0);
        return new Check(
                "the accounting has a t row for each refused message, and a tq row for each refused connection",
                toMail > 0 && rows == toMail && toConnections > 0 && queueRows == toConnections,
                String.format(
                        Locale.ROOT,
                        "%d refused, %d rows t; %d connections refused, %d rows tq",
                        toMail,
                        rows,
                        toConnections,
                        queueRows));
    }
}
