package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
/// Owner: its shard.
final class ReadyOrder {
    /// From this many jobs on, lines are found by a map.
    private static final int MAP_FROM = 8;

    private final Recipients recipients;
    private final Messages messages;
    private final Jobs jobs;
    private final Bands ready = new Bands();

    /// Up to which of the changes of jobs lines stand where they belong.
    private int seen;

    /// What stands here of paused jobs, in the same order: nothing is taken from it. Made when it is needed.
    private @Nullable Bands held;

    ReadyOrder(Recipients recipients, Messages messages, Jobs jobs) {
        this.recipients = recipients;
        this.messages = messages;
        this.jobs = jobs;
        this.seen = jobs.changes();
    }

    /// To be called before anything else is done.
    private void catchUp() {
        if (seen != jobs.changes()) {
            seen = jobs.changes();
            for (int job : ready.jobs(true)) {
                ready.giveLines(job, heldBands());
            }
            if (held != null) {
                for (int job : held.jobs(false)) {
                    held.giveLines(job, ready);
                }
            }
        }
    }

    /// Whether nothing was ready when it was last asked for anything.
    boolean hadNone() {
        return ready.size == 0;
    }

    /// Recipients that may go out.
    int size() {
        catchUp();
        return ready.size;
    }

    /// Recipients of paused jobs.
    int held() {
        catchUp();
        return held == null ? 0 : held.size;
    }

    boolean isEmpty() {
        return size() == 0 && held() == 0;
    }

    void add(int slot) {
        of(slot).add(slot);
    }

    void remove(int slot) {
        of(slot).remove(slot);
    }

    private Bands of(int slot) {
        catchUp();
        return jobs.isPaused(recipients.job(slot)) ? heldBands() : ready;
    }

    private Bands heldBands() {
        Bands present = held;
        if (present == null) {
            present = new Bands();
            held = present;
        }
        return present;
    }

    /// A job was paused, or may go on.
    ///
    /// @return whether it has any lines here
    boolean jobChanged(int job) {
        catchUp();
        Bands standing = jobs.isPaused(job) ? held : ready;
        return standing != null && standing.bear(job);
    }

    /// Who is next, or NONE.
    int first() {
        catchUp();
        return ready.top == null ? Recipients.NONE : ready.top.turn().first();
    }

    /// Anyone who stands here, of a paused job or not; NONE where nobody does.
    int anyone() {
        catchUp();
        if (ready.top != null || held == null || held.top == null) {
            return first();
        }
        return held.top.current.first();
    }

    /// Takes who is next and up to `most` - 1 further recipients of the same message that stand right behind it.
    ///
    /// @param into filled from 0
    /// @return how many
    int take(int most, int[] into) {
        catchUp();
        Band band = ready.top;
        if (band == null) {
            return 0;
        }
        Line line = band.turn();
        int count = 0;
        int message = -1;
        while (count < most) {
            int slot = line.first();
            if (slot == Recipients.NONE || count > 0 && recipients.message(slot) != message) {
                break;
            }
            message = recipients.message(slot);
            line.remove(slot);
            into[count++] = slot;
        }
        ready.size -= count;
        if (line.isEmpty()) {
            ready.drop(band, line);
        } else {
            line.deficit -= count - 1;
            band.current = line.after;
        }
        return count;
    }

    /// The next distinct messages of the first priority, roughly in order: what to read ahead, and how many
    /// transactions wait. Looks at `4 * into.length` recipients at most.
    ///
    /// @return how many were found
    int ahead(int[] into) {
        catchUp();
        Band top = ready.top;
        if (top == null) {
            return 0;
        }
        int count = 0;
        int looks = 4 * into.length;
        Line line = top.current;
        for (int l = 0; l < top.lines; l++, line = line.after) {
            for (int i = 0; i < line.heapSize; i++) {
                if (count == into.length || looks-- == 0) {
                    return count;
                }
                count = addDistinct(recipients.message(line.heap[i]), count, into);
            }
            for (int slot = line.head; slot != Recipients.NONE; slot = recipients.next(slot)) {
                if (count == into.length || looks-- == 0) {
                    return count;
                }
                count = addDistinct(recipients.message(slot), count, into);
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

    /// Lines by priority, then by job.
    private final class Bands {
        private @Nullable Band top;
        private int size;

        void add(int slot) {
            line(recipients.priority(slot), recipients.job(slot)).add(slot);
            size++;
        }

        void remove(int slot) {
            Band band = top;
            while (band != null && band.priority != recipients.priority(slot)) {
                band = band.lower;
            }
            Line line = band == null ? null : band.find(recipients.job(slot));
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
                return insert(priority, new Line(job));
            }
            Line line = band.find(job);
            return line != null ? line : band.add(new Line(job));
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
                    if (jobs.isPaused(line.job) == isPaused) {
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
    }

    private boolean isBefore(int a, int b) {
        int messageA = recipients.message(a);
        int messageB = recipients.message(b);
        long ageA = messages.queuedMillis(messageA);
        long ageB = messages.queuedMillis(messageB);
        if (ageA != ageB) {
            return ageA < ageB;
        }
        return messageA != messageB ? messageA < messageB : recipients.index(a) < recipients.index(b);
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
    private final class Line {
        final int job;
        Line after = this;
        Line before = this;
        int head = Recipients.NONE;
        int tail = Recipients.NONE;
        int[] heap = {};
        int heapSize;
        int deficit;
        /// Recipients that stand in it.
        int count;

        Line(int job) {
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
                    || messages.queuedMillis(recipients.message(slot))
                            >= messages.queuedMillis(recipients.message(tail))) {
                recipients.state(slot, Recipients.State.READY);
                recipients.next(slot, Recipients.NONE);
                recipients.prev(slot, tail);
                if (tail == Recipients.NONE) {
                    head = slot;
                } else {
                    recipients.next(tail, slot);
                }
                tail = slot;
                return;
            }
            if (heapSize == heap.length) {
                heap = Arrays.copyOf(heap, Math.max(4, heapSize + (heapSize >> 1)));
            }
            recipients.state(slot, Recipients.State.SORTED);
            up(heapSize++, slot);
        }

        void remove(int slot) {
            count--;
            if (recipients.state(slot) == Recipients.State.SORTED) {
                int at = recipients.prev(slot);
                int last = heap[--heapSize];
                if (last != slot) {
                    if (at > 0 && isBefore(last, heap[(at - 1) / 2])) {
                        up(at, last);
                    } else {
                        down(at, last);
                    }
                }
                if (heapSize == 0) {
                    heap = new int[0];
                }
                return;
            }
            int next = recipients.next(slot);
            int prev = recipients.prev(slot);
            if (prev == Recipients.NONE) {
                head = next;
            } else {
                recipients.next(prev, next);
            }
            if (next == Recipients.NONE) {
                tail = prev;
            } else {
                recipients.prev(next, prev);
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
            recipients.prev(slot, at);
        }
    }
}
