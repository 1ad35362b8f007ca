package org.sluicemta.queue;

import org.jspecify.annotations.Nullable;

/// The order in which a queue's ready recipients go out: priority strictly first; inside a priority the jobs in turn,
/// one recipient each (deficit round robin, weight 1); inside a job by age.
///
/// Mail mostly comes in by age, so a line is a list that is appended to; what comes back from a retry goes into a
/// small heap beside it, and the elder of the two heads is next. A transaction with several recipients of a message
/// overdraws its job, which then misses as many turns.
///
/// Lines of paused jobs stand apart and cost nothing: no turn comes to them, and pausing a job moves its lines without
/// a look at what stands in them. They are moved when the order is next asked for anything, so that pausing a job does
/// not take a turn as long as there are queues, and nothing of it goes out all the same.
///
/// Who stands alone needs no line: its slot is enough. Most queues that wait hold one recipient, and most that are
/// busy have none or one ready at a time. [Bands] are made when a second comes, and kept until nobody works here
/// ([#rest]); between them and the slot nothing differs but what they take.
///
/// Owner: its shard.
final class ReadyOrder {
    private final Tables tables;

    /// Up to which of the changes of jobs all stands where it belongs.
    private int seen;

    /// The only recipient here; NONE where there is none, or the bands have it.
    private int sole = Recipients.NONE;

    /// Whether it is of a paused job.
    private boolean isSoleHeld;

    private @Nullable Bands ready;

    /// What stands here of paused jobs, in the same order: nothing is taken from it.
    private @Nullable Bands held;

    ReadyOrder(Tables tables) {
        this.tables = tables;
        this.seen = tables.jobs().changes();
    }

    /// What all orders of a shard look into.
    record Tables(Recipients recipients, Messages messages, Jobs jobs) {}

    /// To be called before anything else is done.
    private void catchUp() {
        if (seen != tables.jobs().changes()) {
            seen = tables.jobs().changes();
            isSoleHeld = sole != Recipients.NONE && isOfPausedJob(sole);
            if (ready != null) {
                for (int job : ready.jobs(true)) {
                    ready.giveLines(job, heldBands());
                }
            }
            if (held != null) {
                for (int job : held.jobs(false)) {
                    held.giveLines(job, readyBands());
                }
            }
        }
    }

    private boolean isOfPausedJob(int slot) {
        return tables.jobs().isPaused(tables.recipients().job(slot));
    }

    /// Whether nothing was ready when it was last asked for anything.
    boolean hadNone() {
        return readyCount() == 0;
    }

    private int readyCount() {
        if (sole != Recipients.NONE) {
            return isSoleHeld ? 0 : 1;
        }
        return ready == null ? 0 : ready.size();
    }

    private int heldCount() {
        if (sole != Recipients.NONE) {
            return isSoleHeld ? 1 : 0;
        }
        return held == null ? 0 : held.size();
    }

    /// Recipients that may go out.
    int size() {
        catchUp();
        return readyCount();
    }

    /// Recipients of paused jobs.
    int held() {
        catchUp();
        return heldCount();
    }

    boolean isEmpty() {
        return readyCount() == 0 && heldCount() == 0;
    }

    void add(int slot) {
        catchUp();
        if (isEmpty()) {
            standAlone(slot);
            return;
        }
        if (sole != Recipients.NONE) {
            int first = sole;
            sole = Recipients.NONE;
            bands(first).add(first);
        }
        bands(slot).add(slot);
    }

    private void standAlone(int slot) {
        sole = slot;
        isSoleHeld = isOfPausedJob(slot);
        tables.recipients().state(slot, Recipients.State.READY);
    }

    void remove(int slot) {
        catchUp();
        if (sole == Recipients.NONE) {
            bands(slot).remove(slot);
        } else if (sole == slot) {
            sole = Recipients.NONE;
        } else {
            throw new QueueException("a ready recipient is not the one that stands alone");
        }
    }

    private Bands bands(int slot) {
        return isOfPausedJob(slot) ? heldBands() : readyBands();
    }

    private Bands readyBands() {
        Bands present = ready;
        if (present == null) {
            present = new Bands(tables);
            ready = present;
        }
        return present;
    }

    private Bands heldBands() {
        Bands present = held;
        if (present == null) {
            present = new Bands(tables);
            held = present;
        }
        return present;
    }

    /// Nobody works here for now: lets go what one recipient alone does not need.
    void rest() {
        catchUp();
        int last = anyoneInBands();
        if (readyCount() + heldCount() > 1
                || last != Recipients.NONE && !bands(last).isPlain()) {
            return;
        }
        ready = null;
        held = null;
        if (last != Recipients.NONE) {
            standAlone(last);
        }
    }

    /// A job was paused, or may go on.
    ///
    /// @return whether anything of it stands here
    boolean jobChanged(int job) {
        catchUp();
        if (sole != Recipients.NONE) {
            return tables.recipients().job(sole) == job;
        }
        Bands standing = tables.jobs().isPaused(job) ? held : ready;
        return standing != null && standing.bear(job);
    }

    /// Anyone who stands here, of a paused job or not; NONE where nobody does.
    int anyone() {
        catchUp();
        return sole != Recipients.NONE ? sole : anyoneInBands();
    }

    private int anyoneInBands() {
        int next = ready == null ? Recipients.NONE : ready.anyone();
        return next == Recipients.NONE && held != null ? held.anyone() : next;
    }

    /// Takes who is next and up to `most` - 1 further recipients of the same message that stand right behind it.
    ///
    /// @param most 1 or more
    /// @param into filled from 0
    /// @return how many
    int take(int most, int[] into) {
        catchUp();
        if (readyCount() == 0) {
            return 0;
        }
        if (sole == Recipients.NONE) {
            return readyBands().take(most, into);
        }
        into[0] = sole;
        sole = Recipients.NONE;
        return 1;
    }

    /// The next distinct messages of the first priority, roughly in order: what to read ahead, and how many
    /// transactions wait. Looks at `4 * into.length` recipients at most.
    ///
    /// @return how many were found
    int ahead(int[] into) {
        catchUp();
        if (readyCount() == 0) {
            return 0;
        }
        if (sole == Recipients.NONE) {
            return readyBands().ahead(into);
        }
        into[0] = tables.recipients().message(sole);
        return 1;
    }
}
