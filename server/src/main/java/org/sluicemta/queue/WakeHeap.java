package org.sluicemta.queue;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The queues that want to be looked at later, by time: a heap in which each queue knows its place. Owner: its shard.
final class WakeHeap {
    private @Nullable WaitingQueue[] heap = new @Nullable WaitingQueue[64];
    private int size;

    /// Sets, moves or (with `Long.MAX_VALUE`) removes the time of a queue.
    void set(WaitingQueue queue, long nanos) {
        if (queue.wakeNanos == nanos) {
            return;
        }
        int at = queue.wakePlace;
        if (nanos == Long.MAX_VALUE) {
            queue.wakeNanos = nanos;
            queue.wakePlace = -1;
            WaitingQueue last = at(--size);
            heap[size] = null;
            if (last != queue) {
                sift(at, last);
            }
            return;
        }
        queue.wakeNanos = nanos;
        if (at < 0) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, 2 * size);
            }
            at = size++;
        }
        sift(at, queue);
    }

    long firstNanos() {
        return size == 0 ? Long.MAX_VALUE : at(0).wakeNanos;
    }

    @Nullable
    WaitingQueue poll(long nowNanos) {
        if (size == 0 || at(0).wakeNanos > nowNanos) {
            return null;
        }
        WaitingQueue first = at(0);
        set(first, Long.MAX_VALUE);
        return first;
    }

    private WaitingQueue at(int place) {
        WaitingQueue queue = heap[place];
        if (queue == null) {
            throw new QueueException("the heap of wake-ups has a hole at " + place);
        }
        return queue;
    }

    private void sift(int from, WaitingQueue queue) {
        int at = from;
        while (at > 0 && queue.wakeNanos < at((at - 1) / 2).wakeNanos) {
            put(at, at((at - 1) / 2));
            at = (at - 1) / 2;
        }
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && at(child + 1).wakeNanos < at(child).wakeNanos) {
                child++;
            }
            if (at(child).wakeNanos >= queue.wakeNanos) {
                break;
            }
            put(at, at(child));
            at = child;
        }
        put(at, queue);
    }

    private void put(int place, WaitingQueue queue) {
        heap[place] = queue;
        queue.wakePlace = place;
    }
}
