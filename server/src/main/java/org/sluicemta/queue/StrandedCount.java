package org.sluicemta.queue;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.sluicemta.world.Alarm;

/// Counts a shard's recipients that wait for virtual MTAs which a snapshot lacks: slice by slice, so that mail goes on
/// between.
///
/// Mail that bounces already, because the snapshot in use lacks its virtual MTA and bounces, is not counted: no
/// snapshot changes its fate. A queue that comes or goes during the count may be missed or told. Owner: the shard.
final class StrandedCount {
    private static final int QUEUES_A_TURN = 4_096;

    private final QueueShard shard;
    private final QueuePolicies next;
    private final Consumer<Map<String, Long>> answer;
    private final Alarm more;
    private final Map<String, Long> counts = new TreeMap<>();
    private int at;

    StrandedCount(QueueShard shard, QueuePolicies next, Consumer<Map<String, Long>> answer) {
        this.shard = shard;
        this.next = next;
        this.answer = answer;
        this.more = shard.loop().alarm(this::step);
    }

    void step() {
        int end = Math.min(shard.queueNumbers(), at + QUEUES_A_TURN);
        while (at < end) {
            WaitingQueue queue = shard.numbered(at++);
            if (queue != null && queue.live > 0) {
                look(queue.key.virtualMta(), queue.live);
            }
        }
        if (at < shard.queueNumbers()) {
            more.set(shard.loop().nanos());
        } else {
            more.clear();
            answer.accept(counts);
        }
    }

    private void look(String virtualMta, int recipients) {
        QueuePolicies present = shard.policies();
        boolean bouncesAlready = present.bouncesRemoved() && !present.hasVirtualMta(virtualMta);
        if (!next.hasVirtualMta(virtualMta) && !bouncesAlready) {
            counts.merge(virtualMta, (long) recipients, Long::sum);
        }
    }

    static Map<String, Long> sum(Map<String, Long> a, Map<String, Long> b) {
        Map<String, Long> both = new TreeMap<>(a);
        b.forEach((name, count) -> both.merge(name, count, Long::sum));
        return both;
    }
}
