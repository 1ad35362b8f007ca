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

    String name(int number) {
        return byNumber.get(number).name;
    }

    private static final class Job {
        final String name;
        final int number;
        int count;

        Job(String name, int number) {
            this.name = name;
            this.number = number;
        }
    }
}
