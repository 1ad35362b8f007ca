package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Names of jobs, interned while a recipient bears them. 0 is no job. Bounded by the recipients that wait.
///
/// Owner: its shard.
final class Jobs {
    private final Map<String, Job> byName = new HashMap<>();
    private final List<Job> byNumber = new ArrayList<>();
    private final List<Integer> free = new ArrayList<>();

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

    String name(int number) {
        return byNumber.get(number).name;
    }

    private static final class Job {
        final String name;
        final int number;
        int count;

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
