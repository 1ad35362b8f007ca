package org.sluicemta.queue;

import java.util.List;

/// What waits for one domain, virtual MTA or job, over all queues.
///
/// @param recipients waiting or being delivered
/// @param queues that have recipients
/// @param bytes of their messages, counted once for each recipient
/// @param connections open or being opened; of a job, messages of it that connections carry
/// @param notes events of its queues, newest first, ten at most; only the newest where no more were asked for
public record QueueSum(String name, long recipients, int queues, long bytes, int connections, List<QueueNote> notes) {
    public QueueSum {
        notes = List.copyOf(notes);
    }
}
