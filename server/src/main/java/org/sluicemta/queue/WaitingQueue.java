package org.sluicemta.queue;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Meter;
import org.sluicemta.spool.QueueEvent;

/// One queue: its counts, its clock, its sessions, what it waits for. What only busy or troubled queues need is made
/// when they need it: a queue that only waits is a few hundred bytes.
///
/// Owner: its shard.
final class WaitingQueue {
    private static final int MODE_NOTES = 10;
    private static final QueueNote[] NO_NOTES = {};

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
    QueueEvent.@Nullable Failed lastFailed;

    /// Whether that was DNS, which has a wait of its own.
    boolean isDnsFailure;

    /// In backoff mode since when; null in normal mode.
    @Nullable
    Backoff backoff;

    /// There if addresses are limited or disabled in this queue.
    @Nullable
    Sources sources;

    private @Nullable Passage passage;

    /// A rollup that is gone: whether its mail is being sent home, whether mail was moved here meanwhile, and whether
    /// all that is left belongs here: [Moves].
    boolean isGoingHome;

    boolean hasMovedIn;
    boolean isAtHome;

    /// The last count of a cold virtual MTA's day, to be remembered.
    QueueEvent.@Nullable ColdCounted cold;

    /// Why every recipient that waits out its own clock is to end; found by the next scan.
    Endings.@Nullable Doom doom;

    @Nullable
    Pause pause;

    private @Nullable Pace pace;

    /// An attempt that an operator wants to see: [Trials].
    @Nullable
    Trial trial;

    long movedNanos;
    long emptySinceNanos = Long.MAX_VALUE;

    boolean isDirty;
    int reading;
    long wakeNanos = Long.MAX_VALUE;
    int wakePlace = -1;
    /// What became of its last recipients, newest first: [RecipientNotes]. Null where nothing is kept.
    @Nullable
    ArrayDeque<RecipientNotes.Kept> recipientNotes;

    private QueueNote[] notes = NO_NOTES;
    private QueueNote[] modeNotes = NO_NOTES;

    WaitingQueue(QueueKey key, int number, QueuePolicy policy, int snapshot, VirtualMtaLimits shared) {
        this.key = key;
        this.number = number;
        this.policy = policy;
        this.snapshot = snapshot;
        this.shared = shared;
    }

    boolean isPaused() {
        return pause != null;
    }

    /// Server time; 0 where it is not paused, or without an end.
    long pausedUntilMillis() {
        return pause == null ? 0 : pause.untilMillis;
    }

    /// Queues that mail has been moved here from.
    Set<QueueKey> movedFrom() {
        return passage == null ? Set.of() : passage.from;
    }

    void movedFrom(Set<QueueKey> more) {
        Set<QueueKey> all = new HashSet<>(movedFrom());
        all.addAll(more);
        passage().from = all;
    }

    /// The rollup queue that its mail goes to since DNS has shown it; empty for none.
    String rollup() {
        return passage == null ? "" : passage.rollup;
    }

    /// What is known of moving its mail; made if it is not there.
    Passage passage() {
        Passage present = passage;
        if (present == null) {
            present = new Passage();
            passage = present;
        }
        return present;
    }

    @Nullable
    Passage passageIfAny() {
        return passage;
    }

    void forgetMoves() {
        passage = null;
        isAtHome = false;
    }

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

    /// What limits and disables its addresses; made if it is not there.
    Sources sources(SourcesPolicy settings, Meter.Clock clock) {
        Sources present = sources;
        if (present == null) {
            present = new Sources(key.toString(), settings, clock);
            sources = present;
            if (crew != null) {
                crew.sessions.forEach(present::stands);
            }
        }
        return present;
    }

    /// Newest first, `max-events-recorded` at most; the same text again only renews its time.
    void note(long atMillis, String text) {
        notes = noted(notes, policy.maxEventsRecorded().value(), atMillis, text);
    }

    /// A failure of the queue, which may be what a session has noted just before as an error of its own.
    void noteFailure(long atMillis, String text) {
        if (notes.length == 0 || !notes[0].text().equals("Error: " + text)) {
            note(atMillis, text);
        }
    }

    /// A refusal, in the place of an earlier one of its kind.
    void noteRefusal(long atMillis, String kind, String text) {
        for (int i = 0; i < notes.length; i++) {
            if (notes[i].text().startsWith(kind)) {
                System.arraycopy(notes, 0, notes, 1, i);
                notes[0] = new QueueNote(atMillis, text);
                return;
            }
        }
        note(atMillis, text);
    }

    private static QueueNote[] noted(QueueNote[] before, int most, long atMillis, String text) {
        if (before.length > 0 && before[0].text().equals(text)) {
            before[0] = new QueueNote(atMillis, before[0].text());
            return before;
        }
        QueueNote[] longer = new QueueNote[Math.min(most, before.length + 1)];
        if (longer.length > 0) {
            System.arraycopy(before, 0, longer, 1, longer.length - 1);
            longer[0] = new QueueNote(atMillis, text);
        }
        return longer;
    }

    /// Changes of its mode, newest first, ten at most.
    void modeNote(long atMillis, String text) {
        modeNotes = noted(modeNotes, MODE_NOTES, atMillis, text);
    }

    List<QueueNote> modeNotes() {
        return List.copyOf(Arrays.asList(modeNotes));
    }

    /// At most one.
    List<QueueNote> newestNote() {
        return notes.length == 0 ? List.of() : List.of(notes[0]);
    }

    List<QueueNote> notes() {
        return List.copyOf(Arrays.asList(notes));
    }
}
