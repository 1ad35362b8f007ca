package org.sluicemta.runtime;

import java.util.Arrays;

/// The alarms of one loop by their time: a binary heap in which each alarm knows its place.
///
/// Sessions set their alarm anew for each command, nearly always to a later time. So postponing writes one field: the
/// alarm keeps the place of its earlier time and is put right when that comes up. Bringing forward and clearing cost
/// a walk of the heap's height; a cleared alarm leaves at once, for it holds its engine. Owner: the loop.
final class AlarmHeap {
    static final long NEVER = Long.MAX_VALUE;
    private LoopAlarm[] heap = new LoopAlarm[64];
    private int size;

    /// A moment at or before the first alarm's time, [#NEVER] when there is none.
    long earliest() {
        return size == 0 ? NEVER : heap[0].placedAt;
    }

    void set(LoopAlarm alarm, long due) {
        alarm.due = due;
        if (alarm.place < 0) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, size * 2);
            }
            alarm.placedAt = due;
            alarm.place = size;
            heap[size++] = alarm;
            up(alarm);
        } else if (due < alarm.placedAt) {
            alarm.placedAt = due;
            up(alarm);
        }
    }

    void clear(LoopAlarm alarm) {
        int place = alarm.place;
        if (place < 0) {
            return;
        }
        alarm.place = -1;
        LoopAlarm last = heap[--size];
        // The free place keeps no reference: see take.
        clearPlace(size);
        if (last != alarm) {
            last.place = place;
            heap[place] = last;
            up(last);
            down(last);
        }
    }

    /// The first alarm due at `now`, taken out; null when none is.
    @org.jspecify.annotations.Nullable
    LoopAlarm takeDue(long now) {
        while (size > 0 && heap[0].placedAt <= now) {
            LoopAlarm first = heap[0];
            if (first.due > first.placedAt) {
                first.placedAt = first.due;
                down(first);
            } else {
                clear(first);
                return first;
            }
        }
        return null;
    }

    @SuppressWarnings("NullAway") // a free place of the array holds nothing
    private void clearPlace(int place) {
        heap[place] = null;
    }

    private void up(LoopAlarm alarm) {
        int place = alarm.place;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            LoopAlarm above = heap[parent];
            if (above.placedAt <= alarm.placedAt) {
                break;
            }
            heap[place] = above;
            above.place = place;
            place = parent;
        }
        heap[place] = alarm;
        alarm.place = place;
    }

    private void down(LoopAlarm alarm) {
        int place = alarm.place;
        while (2 * place + 1 < size) {
            int child = 2 * place + 1;
            if (child + 1 < size && heap[child + 1].placedAt < heap[child].placedAt) {
                child++;
            }
            LoopAlarm below = heap[child];
            if (below.placedAt >= alarm.placedAt) {
                break;
            }
            heap[place] = below;
            below.place = place;
            place = child;
        }
        heap[place] = alarm;
        alarm.place = place;
    }
}
