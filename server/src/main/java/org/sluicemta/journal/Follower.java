package org.sluicemta.journal;

import java.util.BitSet;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// A reader of the event stream with a place of its own: accounting, reports, webhooks, history. It sees every durable
/// event once, in order, and none that a power cut could take back. Owner: the loop it was made for; `passedUpTo` may
/// be read by any thread.
///
/// It pulls: [#next] when it can take more, so a slow follower holds nobody up. Events are kept until it says
/// [#passed]; what it has taken but not passed comes again after a restart.
public final class Follower {
    private final String name;
    private final Loop home;
    private final Disk disk;
    private final Memory memory;
    private final EventTail tail;
    private final Mailbox<EventTail.Found> answers;
    private final Consumer<Damage> damaged;
    private final long after;
    private volatile long passed;

    private long segmentId;
    private long offset;
    private @Nullable Answer<EventBatch> asked;
    private @Nullable DiskRead reading;
    private boolean isClosed;

    Follower(String name, Loop home, Disk disk, Memory memory, EventTail tail, long after, Consumer<Damage> damaged) {
        this.name = name;
        this.home = home;
        this.disk = disk;
        this.memory = memory;
        this.tail = tail;
        this.after = after;
        this.damaged = damaged;
        this.passed = after;
        this.segmentId = Position.segment(after);
        this.offset = BatchLayout.BLOCK;
        this.answers = home.mailbox(2, this::found);
    }

    public String name() {
        return name;
    }

    /// The next durable events behind those given before; waits until there are some. One call at a time. After a
    /// failure the same batch is asked for again.
    ///
    /// @throws JournalException when the last call is not answered yet
    public void next(Answer<EventBatch> answer) {
        if (asked != null) {
            throw new JournalException("follower " + name + " asks twice at once");
        }
        asked = answer;
        if (reading != null) {
            // In a turn of its own: an answer never comes before the call that asked has returned.
            answers.offer(EventTail.Found.GoOn.GO_ON);
        } else if (!tail.ask(this)) {
            home.post(() -> fail(new IoFailure(IoFailure.Kind.EXHAUSTED, "the event stream is closed or too busy")));
        }
    }

    /// Everything up to this position is dealt with for ever: it may be deleted.
    public void passed(long position) {
        if (position > passed) {
            passed = position;
        }
    }

    /// The place up to which it has passed.
    public long passedUpTo() {
        return passed;
    }

    /// Ends it; a waiting [#next] is not answered.
    public void close() {
        isClosed = true;
        asked = null;
        if (reading != null) {
            reading.end();
        }
    }

    // ---- read by the lane, while an ask is out

    long segment() {
        return segmentId;
    }

    long offset() {
        return offset;
    }

    void tell(EventTail.Found found) {
        if (!answers.offer(found) && found instanceof EventTail.Found.InMemory memoryBatch) {
            memoryBatch.heads().release();
        }
    }

    // ---- on its loop

    private void found(EventTail.Found found) {
        switch (found) {
            case EventTail.Found.InMemory(Segment segment, long at, Slice heads, long next) -> {
                if (isClosed) {
                    heads.release();
                    return;
                }
                segmentId = segment.id;
                offset = next;
                give(new EventBatch(heads, segment, at, after, null));
            }
            case EventTail.Found.GoOn goOn -> goOn();
            case EventTail.Found.OnDisk(Segment segment, long at) -> {
                if (!isClosed) {
                    reading = new DiskRead(segment, at);
                    reading.open();
                }
            }
        }
    }

    private void goOn() {
        if (reading != null) {
            reading.step();
        }
    }

    private void give(EventBatch batch) {
        Answer<EventBatch> to = asked;
        asked = null;
        if (to == null) {
            batch.release();
        } else {
            to.ready(batch);
        }
    }

    private void fail(IoFailure why) {
        Answer<EventBatch> to = asked;
        asked = null;
        if (to != null) {
            to.failed(why);
        }
    }

    /// Reads one segment from a place to its end as it was when the reading began.
    private final class DiskRead {
        private final Segment segment;
        private final long from;
        private @Nullable DiskFile file;
        private @Nullable SegmentScan scan;
        private boolean isEnded;

        DiskRead(Segment segment, long from) {
            this.segment = segment;
            this.from = from;
        }

        void open() {
            if (!segment.pin()) {
                reading = null;
                fail(new IoFailure(IoFailure.Kind.NOT_FOUND, segment.path + " was deleted while it was wanted"));
                return;
            }
            disk.open(
                    home,
                    segment.path,
                    Disk.OpenPlan.READ,
                    new Then<>(
                            opened -> {
                                if (isEnded) {
                                    opened.close();
                                    return;
                                }
                                file = opened;
                                scan = new SegmentScan(
                                        opened,
                                        segment,
                                        memory,
                                        from,
                                        segment.end,
                                        true,
                                        false,
                                        segment.tornBatch,
                                        JournalFlaws.NONE,
                                        this::step,
                                        this::failed);
                                step();
                            },
                            this::failed));
        }

        /// Goes to the next batch that has something new, if one is wanted.
        void step() {
            SegmentScan walk = scan;
            while (walk != null && asked != null && !isEnded) {
                switch (walk.step()) {
                    case BATCH -> {
                        if (!take(walk)) {
                            continue;
                        }
                        return;
                    }
                    case GAP -> {
                        segment.isQuarantined = true;
                        damaged.accept(new Damage(
                                Damage.Kind.CORRUPT_BATCH,
                                segment.path,
                                walk.gapFrom(),
                                walk.gapUntil() - walk.gapFrom(),
                                "follower " + name + " goes on behind it"));
                    }
                    case WAITING -> {
                        return;
                    }
                    case END -> {
                        end();
                        if (!tail.ask(Follower.this)) {
                            fail(new IoFailure(IoFailure.Kind.EXHAUSTED, "the event stream is closed or too busy"));
                        }
                        return;
                    }
                }
            }
        }

        /// @return whether the batch was given
        private boolean take(SegmentScan walk) {
            segmentId = segment.id;
            long next = walk.offset() + BatchLayout.padded(walk.total());
            if (walk.position(walk.count() - 1) <= after) {
                offset = next;
                return false;
            }
            Slice heads = memory.take(walk.headsEnd());
            if (heads == null) {
                end();
                fail(new IoFailure(IoFailure.Kind.EXHAUSTED, "no room in the memory budget " + memory.name()));
                return true;
            }
            offset = next;
            walk.copyHeads(heads.view(0, heads.length()));
            give(new EventBatch(heads, segment, walk.offset(), after, torn(walk)));
            return true;
        }

        private @Nullable BitSet torn(SegmentScan walk) {
            if (walk.offset() != segment.tornBatch) {
                return null;
            }
            BitSet torn = new BitSet();
            for (int i = 0; i < walk.count(); i++) {
                torn.set(i, walk.head(i) == null || !walk.bodyIsGood(i));
            }
            return torn;
        }

        private void failed(IoFailure why) {
            end();
            fail(why);
        }

        void end() {
            if (isEnded) {
                return;
            }
            isEnded = true;
            reading = null;
            if (file != null) {
                file.close();
            }
            if (scan != null) {
                Objects.requireNonNull(scan).release();
            }
            segment.unpin();
        }
    }
}
