package org.sluicemta.queue;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Meter;
import org.sluicemta.spool.QueueEvent;

/// One queue: its counts, its clock, its sessions, what it waits for. What only busy or troubled queues need is made
/// when they need it: a queue that only waits is a few hundred bytes, and there may be a million ([QueueBudget]).
///
/// Owner: its shard.
final class WaitingQueue {
    private static final int MODE_NOTES = 10;

    final QueueKey key;
    final int number;

    // Counts of recipients. `live` = ready + held + aside + carried + ending; owed ones are apart.
    int live;
    int aside;
    int carried;
    int ending;
    int owed;
    long bytes;

    @Nullable
    ReadyOrder order;

    @Nullable
    Crew crew;

    /// The policy, and the number of the snapshot that it is from.
    QueuePolicy policy;

    int snapshot;
    VirtualMtaLimits shared;
    boolean isFrozen;

    // The queue clock.
    int failures;
    long retryUntilMillis;

    /// How it failed last, which many queues share, and when: [Failures]. Null where it has worked since.
    @Nullable
    QueueFailure lastFailure;

    long failedMillis;

    private @Nullable Pace pace;
    private @Nullable Particulars particulars;

    long movedNanos;
    long emptySinceNanos = Long.MAX_VALUE;

    boolean isDirty;
    int reading;
    long wakeNanos = Long.MAX_VALUE;
    int wakePlace = -1;

    private @Nullable Note notes;

    WaitingQueue(QueueKey key, int number, QueuePolicy policy, int snapshot, VirtualMtaLimits shared) {
        this.key = key;
        this.number = number;
        this.policy = policy;
        this.snapshot = snapshot;
        this.shared = shared;
    }

    // ---- what few queues have

    /// To give it one of them; made if it has none yet. Whoever only asks calls what follows.
    Particulars particulars() {
        Particulars present = particulars;
        if (present == null) {
            present = new Particulars();
            particulars = present;
        }
        return present;
    }

    void dropParticularsIfNone() {
        if (particulars != null && particulars.areNone()) {
            particulars = null;
        }
    }

    /// Null in normal mode.
    @Nullable
    Backoff backoff() {
        return particulars == null ? null : particulars.backoff;
    }

    @Nullable
    Pause pause() {
        return particulars == null ? null : particulars.pause;
    }

    boolean isPaused() {
        return pause() != null;
    }

    /// Server time; 0 where it is not paused, or without an end.
    long pausedUntilMillis() {
        Pause present = pause();
        return present == null ? 0 : present.untilMillis;
    }

    /// What limits and disables its addresses, if anything does.
    @Nullable
    Sources sources() {
        return particulars == null ? null : particulars.sources;
    }

    /// The same; made if it is not there.
    Sources sources(SourcesPolicy settings, Meter.Clock clock) {
        Sources present = sources();
        if (present == null) {
            present = new Sources(key.toString(), settings, clock);
            particulars().sources = present;
            if (crew != null) {
                crew.sessions.forEach(present::stands);
            }
        }
        return present;
    }

    QueueEvent.@Nullable ColdCounted cold() {
        return particulars == null ? null : particulars.cold;
    }

    Endings.@Nullable Doom doom() {
        return particulars == null ? null : particulars.doom;
    }

    @Nullable
    Trial trial() {
        return particulars == null ? null : particulars.trial;
    }

    @Nullable
    ArrayDeque<RecipientNotes.Kept> recipientNotes() {
        return particulars == null ? null : particulars.recipientNotes;
    }

    // ---- mail that moves

    /// Queues that mail has been moved here from.
    Set<QueueKey> movedFrom() {
        Passage present = passageIfAny();
        return present == null ? Set.of() : present.from;
    }

    void movedIn(Set<QueueKey> from) {
        Set<QueueKey> all = new HashSet<>(movedFrom());
        all.addAll(from);
        passage().from = all;
        particulars().hasMovedIn = true;
        particulars().isAtHome = false;
    }

    /// The rollup queue that its mail goes to since DNS has shown it; empty for none.
    String rollup() {
        Passage present = passageIfAny();
        return present == null ? "" : present.rollup;
    }

    /// What is known of moving its mail; made if it is not there.
    Passage passage() {
        Passage present = passageIfAny();
        if (present == null) {
            present = new Passage();
            particulars().passage = present;
        }
        return present;
    }

    @Nullable
    Passage passageIfAny() {
        return particulars == null ? null : particulars.passage;
    }

    boolean isGoingHome() {
        return particulars != null && particulars.isGoingHome;
    }

    boolean isAtHome() {
        return particulars != null && particulars.isAtHome;
    }

    void forgetMoves() {
        if (particulars != null) {
            particulars.passage = null;
            particulars.isAtHome = false;
        }
    }

    // ---- its pace and its order

    /// What paces it; made if it is not there.
    Pace pace() {
        Pace present = pace;
        if (present == null) {
            present = new Pace(policy);
            pace = present;
        }
        return present;
    }

    /// What paces it, if anything does.
    @Nullable
    Pace paceIfAny() {
        return pace;
    }

    void dropPace() {
        pace = null;
    }

    int ready() {
        return order == null ? 0 : order.size();
    }

    /// Of paused jobs, and else ready.
    int held() {
        return order == null ? 0 : order.held();
    }

    int connections() {
        return crew == null ? 0 : crew.sessions.size();
    }

    /// Whether DNS failed last, which has a wait of its own.
    boolean isDnsFailure() {
        return lastFailure != null && lastFailure.kind() == QueueFailure.Kind.DNS;
    }

    // ---- notes

    /// Newest first, `max-events-recorded` at most; the same text again only renews its time.
    void note(long atMillis, String text) {
        notes = Note.add(notes, policy.maxEventsRecorded().value(), atMillis, text);
    }

    /// A failure of the queue, which may be what a session has noted just before as an error of its own.
    void noteFailure(long atMillis, String text) {
        if (notes == null || !notes.says("Error: " + text)) {
            note(atMillis, text);
        }
    }

    /// A refusal, in the place of an earlier one of its kind.
    void noteRefusal(long atMillis, String kind, String text) {
        notes = Note.replace(notes, policy.maxEventsRecorded().value(), atMillis, kind, text);
    }

    /// Changes of its mode, newest first, ten at most.
    void modeNote(long atMillis, String text) {
        particulars().modeNotes = Note.add(particulars().modeNotes, MODE_NOTES, atMillis, text);
    }

    List<QueueNote> modeNotes() {
        return particulars == null ? List.of() : Note.all(particulars.modeNotes);
    }

    /// At most one.
    List<QueueNote> newestNote() {
        return notes == null ? List.of() : List.of(notes.told());
    }

    List<QueueNote> notes() {
        return Note.all(notes);
    }
}
