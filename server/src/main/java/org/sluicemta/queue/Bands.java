package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Recipients in lines: by priority, then by job. [ReadyOrder] tells the order in which they go.
///
/// Owner: its shard.
final class Bands {
    /// From this many jobs on, lines are found by a map.
    private static final int MAP_FROM = 8;

    /// Of every line to which nothing came back.
    private static final int[] NO_HEAP = {};

    private final ReadyOrder.Tables tables;
    private @Nullable Band top;
    private int size;

    Bands(ReadyOrder.Tables tables) {
        this.tables = tables;
    }

    int size() {
        return size;
    }

    /// Anyone who stands here; NONE where nobody does.
    int anyone() {
        return top == null ? Recipients.NONE : top.current.first();
    }

    /// Whether one recipient stands here that would stand just so were it added anew: in no heap, and of a job that has
    /// no turns to miss.
    boolean isPlain() {
        return size == 1 && top != null && top.current.deficit == 0 && top.current.heapSize == 0;
    }

    /// Takes who is next and up to `most` - 1 further recipients of the same message that stand right behind it.
    ///
    /// @param into filled from 0
    /// @return how many
    int take(int most, int[] into) {
        Band band = top;
        if (band == null) {
            return 0;
        }
        Line line = band.turn();
        int count = 0;
        int message = -1;
        while (count < most) {
            int slot = line.first();
            if (slot == Recipients.NONE || count > 0 && tables.recipients().message(slot) != message) {
                break;
            }
            message = tables.recipients().message(slot);
            line.remove(slot);
            into[count++] = slot;
        }
        size -= count;
        if (line.isEmpty()) {
            drop(band, line);
        } else {
            line.deficit -= count - 1;
            band.current = line.after;
        }
        return count;
    }

    /// See [ReadyOrder#ahead].
    int ahead(int[] into) {
        Band band = top;
        if (band == null) {
            return 0;
        }
        int count = 0;
        int looks = 4 * into.length;
        Line line = band.current;
        for (int l = 0; l < band.lines; l++, line = line.after) {
            for (int i = 0; i < line.heapSize; i++) {
                if (count == into.length || looks-- == 0) {
                    return count;
                }
                count = addDistinct(tables.recipients().message(line.heap[i]), count, into);
            }
            for (int slot = line.head;
                    slot != Recipients.NONE;
                    slot = tables.recipients().next(slot)) {
                if (count == into.length || looks-- == 0) {
                    return count;
                }
                count = addDistinct(tables.recipients().message(slot), count, into);
            }
        }
        return count;
    }

    /// Recipients of one message stand together, so comparing with the last one is enough for an estimate.
    private static int addDistinct(int message, int count, int[] into) {
        if (count > 0 && into[count - 1] == message) {
            return count;
        }
        into[count] = message;
        return count + 1;
    }

    void add(int slot) {
        line(tables.recipients().priority(slot), tables.recipients().job(slot)).add(slot);
        size++;
    }

    void remove(int slot) {
        Band band = top;
        while (band != null && band.priority != tables.recipients().priority(slot)) {
            band = band.lower;
        }
        Line line = band == null ? null : band.find(tables.recipients().job(slot));
        if (line == null || band == null) {
            throw new QueueException("a ready recipient is in no line");
        }
        line.remove(slot);
        size--;
        if (line.isEmpty()) {
            drop(band, line);
        }
    }

    private Line line(int priority, int job) {
        Band band = band(priority);
        if (band == null) {
            return insert(priority, new Line(tables, job));
        }
        Line line = band.find(job);
        return line != null ? line : band.add(new Line(tables, job));
    }

    private @Nullable Band band(int priority) {
        Band band = top;
        while (band != null && band.priority > priority) {
            band = band.lower;
        }
        return band != null && band.priority == priority ? band : null;
    }

    /// A band of its own for a line.
    private Line insert(int priority, Line line) {
        Band higher = null;
        Band lower = top;
        while (lower != null && lower.priority > priority) {
            higher = lower;
            lower = lower.lower;
        }
        Band made = new Band(priority, line);
        made.lower = lower;
        if (higher == null) {
            top = made;
        } else {
            higher.lower = made;
        }
        return line;
    }

    private void drop(Band band, Line line) {
        if (line.after != line) {
            band.remove(line);
            return;
        }
        if (top == band) {
            top = band.lower;
            return;
        }
        for (Band each = top; each != null; each = each.lower) {
            if (each.lower == band) {
                each.lower = band.lower;
                return;
            }
        }
    }

    /// Jobs with lines here that are paused, or that are not; some may be told more than once.
    List<Integer> jobs(boolean isPaused) {
        List<Integer> all = new ArrayList<>(0);
        for (Band band = top; band != null; band = band.lower) {
            Line line = band.current;
            for (int i = 0; i < band.lines; i++, line = line.after) {
                if (tables.jobs().isPaused(line.job) == isPaused) {
                    all.add(line.job);
                }
            }
        }
        return all;
    }

    boolean bear(int job) {
        for (Band band = top; band != null; band = band.lower) {
            if (band.find(job) != null) {
                return true;
            }
        }
        return false;
    }

    /// Gives all lines of a job away. `to` has none of it, but where this is said a second time.
    void giveLines(int job, Bands to) {
        Band lower = null;
        for (Band band = top; band != null; band = lower) {
            lower = band.lower;
            Line line = band.find(job);
            if (line != null) {
                drop(band, line);
                line.after = line;
                line.before = line;
                size -= line.count;
                to.size += line.count;
                Band there = to.band(band.priority);
                Line unused = there == null ? to.insert(band.priority, line) : there.add(line);
            }
        }
    }

    /// The jobs of one priority, in a ring.
    private static final class Band {
        final int priority;

        @Nullable
        Band lower;

        Line current;
        int lines = 1;

        @Nullable
        Map<Integer, Line> byJob;

        Band(int priority, Line first) {
            this.priority = priority;
            this.current = first;
        }

        @Nullable
        Line find(int job) {
            if (byJob != null) {
                return byJob.get(job);
            }
            Line line = current;
            for (int i = 0; i < lines; i++, line = line.after) {
                if (line.job == job) {
                    return line;
                }
            }
            return null;
        }

        /// A new job has its turn after all others.
        Line add(Line line) {
            line.after = current;
            line.before = current.before;
            current.before.after = line;
            current.before = line;
            lines++;
            if (byJob != null) {
                byJob.put(line.job, line);
            } else if (lines >= MAP_FROM) {
                byJob = new HashMap<>();
                Line each = current;
                for (int i = 0; i < lines; i++, each = each.after) {
                    byJob.put(each.job, each);
                }
            }
            return line;
        }

        void remove(Line line) {
            line.before.after = line.after;
            line.after.before = line.before;
            lines--;
            if (current == line) {
                current = line.after;
            }
            if (byJob != null) {
                byJob.remove(line.job);
            }
        }

        /// The line whose turn it is: overdrawn ones pay one recipient of their debt and wait.
        Line turn() {
            if (lines == 1) {
                current.deficit = 0;
            }
            while (current.deficit < 0) {
                current.deficit++;
                current = current.after;
            }
            return current;
        }
    }

    /// One job's recipients of one priority.
    private static final class Line {
        private final ReadyOrder.Tables tables;
        final int job;
        Line after = this;
        Line before = this;
        int head = Recipients.NONE;
        int tail = Recipients.NONE;
        int[] heap = NO_HEAP;
        int heapSize;
        int deficit;
        /// Recipients that stand in it.
        int count;

        Line(ReadyOrder.Tables tables, int job) {
            this.tables = tables;
            this.job = job;
        }

        boolean isEmpty() {
            return head == Recipients.NONE && heapSize == 0;
        }

        int first() {
            if (heapSize == 0) {
                return head;
            }
            return head != Recipients.NONE && isBefore(head, heap[0]) ? head : heap[0];
        }

        void add(int slot) {
            count++;
            if (tail == Recipients.NONE
                    || tables.messages().queuedMillis(tables.recipients().message(slot))
                            >= tables.messages()
                                    .queuedMillis(tables.recipients().message(tail))) {
                tables.recipients().state(slot, Recipients.State.READY);
                tables.recipients().next(slot, Recipients.NONE);
                tables.recipients().prev(slot, tail);
                if (tail == Recipients.NONE) {
                    head = slot;
                } else {
                    tables.recipients().next(tail, slot);
                }
                tail = slot;
                return;
            }
            if (heapSize == heap.length) {
                heap = Arrays.copyOf(heap, Math.max(4, heapSize + (heapSize >> 1)));
            }
            tables.recipients().state(slot, Recipients.State.SORTED);
            up(heapSize++, slot);
        }

        void remove(int slot) {
            count--;
            if (tables.recipients().state(slot) == Recipients.State.SORTED) {
                int at = tables.recipients().prev(slot);
                int last = heap[--heapSize];
                if (last != slot) {
                    if (at > 0 && isBefore(last, heap[(at - 1) / 2])) {
                        up(at, last);
                    } else {
                        down(at, last);
                    }
                }
                if (heapSize == 0) {
                    heap = NO_HEAP;
                }
                return;
            }
            int next = tables.recipients().next(slot);
            int prev = tables.recipients().prev(slot);
            if (prev == Recipients.NONE) {
                head = next;
            } else {
                tables.recipients().next(prev, next);
            }
            if (next == Recipients.NONE) {
                tail = prev;
            } else {
                tables.recipients().prev(next, prev);
            }
        }

        private void up(int from, int slot) {
            int at = from;
            while (at > 0 && isBefore(slot, heap[(at - 1) / 2])) {
                set(at, heap[(at - 1) / 2]);
                at = (at - 1) / 2;
            }
            set(at, slot);
        }

        private void down(int from, int slot) {
            int at = from;
            while (true) {
                int child = 2 * at + 1;
                if (child >= heapSize) {
                    break;
                }
                if (child + 1 < heapSize && isBefore(heap[child + 1], heap[child])) {
                    child++;
                }
                if (!isBefore(heap[child], slot)) {
                    break;
                }
                set(at, heap[child]);
                at = child;
            }
            set(at, slot);
        }

        private void set(int at, int slot) {
            heap[at] = slot;
            tables.recipients().prev(slot, at);
        }

        private boolean isBefore(int a, int b) {
            int messageA = tables.recipients().message(a);
            int messageB = tables.recipients().message(b);
            long ageA = tables.messages().queuedMillis(messageA);
            long ageB = tables.messages().queuedMillis(messageB);
            if (ageA != ageB) {
                return ageA < ageB;
            }
            return messageA != messageB
                    ? messageA < messageB
                    : tables.recipients().index(a) < tables.recipients().index(b);
        }
    }
}
