package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sluicemta.spool.CommandEvent;

/// Names of jobs, interned while a recipient bears them. 0 is no job. Bounded by the recipients that wait. And the
/// jobs that are paused, whether anybody bears them or not: every shard knows all of them.
///
/// Owner: its shard.
final class Jobs {
    /// Jobs that may be paused at one time: a checkpoint tells them all in one turn.
    static final int MOST_PAUSED = 1_000;

    /// Letters that the id of a paused job may have: more than any that mail comes with.
    static final int LONGEST_NAME = 255;

    private final Map<String, Job> byName = new HashMap<>();
    private final List<Job> byNumber = new ArrayList<>();
    private final List<Integer> free = new ArrayList<>();
    private final Map<String, CommandEvent.JobPaused> paused = new LinkedHashMap<>();
    private int changes;

    Jobs() {
        byNumber.add(new Job("", 0));
    }

    /// The number of `name`, counted once more.
    int enter(String name) {
        if (name.isEmpty()) {
            return 0;
        }
        Job job = byName.get(name);
        if (job == null) {
            int number = free.isEmpty() ? byNumber.size() : free.removeLast();
            job = new Job(name, number);
            job.isPaused = paused.containsKey(name);
            byName.put(name, job);
            if (number == byNumber.size()) {
                byNumber.add(job);
            } else {
                byNumber.set(number, job);
            }
        }
        job.count++;
        return job.number;
    }

    void leave(int number) {
        if (number == 0) {
            return;
        }
        Job job = byNumber.get(number);
        if (--job.count == 0) {
            byName.remove(job.name);
            free.add(number);
        }
    }

    /// A recipient of the job waits (1), or waits no more (-1).
    void waits(int number, int recipients, long bytes) {
        Job job = byNumber.get(number);
        job.waiting += recipients;
        job.bytes += bytes;
    }

    /// A connection carries a message of the job (1), or carries it no more (-1).
    void carried(int number, int messages) {
        byNumber.get(number).carried += messages;
    }

    /// Numbers are below this; some may be free.
    int numbers() {
        return byNumber.size();
    }

    /// Tells what waits of the job of this number, if anything does.
    void tell(int number, QueueSums.Part to) {
        Job job = byNumber.get(number);
        if (number > 0 && job.waiting > 0) {
            to.add(job.name, job.waiting, job.bytes, job.carried);
        }
    }

    /// 0 where nobody bears it.
    int number(String name) {
        Job job = byName.get(name);
        return job == null ? 0 : job.number;
    }

    String name(int number) {
        return byNumber.get(number).name;
    }

    boolean isPaused(int number) {
        return byNumber.get(number).isPaused;
    }

    boolean isPaused(String name) {
        return paused.containsKey(name);
    }

    /// Takes note. Orders see it when they are next asked for anything; to look at their queues is for the caller.
    ///
    /// @return the job's number; 0 where no recipient bears it, or nothing has changed
    int pause(CommandEvent.JobPaused event) {
        if (event.isPaused()) {
            paused.put(event.job(), event);
        } else {
            paused.remove(event.job());
        }
        Job job = byName.get(event.job());
        if (job == null || job.isPaused == event.isPaused()) {
            return 0;
        }
        job.isPaused = event.isPaused();
        changes++;
        return job.number;
    }

    /// Rises whenever a job that is borne here is paused or may go on.
    int changes() {
        return changes;
    }

    /// In the order in which they were paused.
    List<CommandEvent.JobPaused> paused() {
        return List.copyOf(paused.values());
    }

    private static final class Job {
        final String name;
        final int number;
        int count;
        boolean isPaused;

        /// Of `count`: those that wait or are being delivered, and the bytes of their messages.
        int waiting;

        long bytes;
        int carried;

        Job(String name, int number) {
            this.name = name;
            this.number = number;
        }
    }
}
