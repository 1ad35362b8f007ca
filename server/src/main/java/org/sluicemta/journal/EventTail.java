package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// The last event batches in memory, and who waits for the next. Owner: the event lane. A follower that keeps up is
/// served from here; one that fell behind reads the disk by itself, so that it costs the lane nothing.
final class EventTail implements Stream.BatchTap {
    private static final int MAX_FOLLOWERS = 1024;

    /// What the lane says to one who asked.
    sealed interface Found {
        /// The batch at its place; to be released.
        record InMemory(Segment segment, long offset, Slice heads, long nextOffset) implements Found {}

        /// It is older than what is kept here.
        record OnDisk(Segment segment, long offset) implements Found {}

        /// Not the lane's word but the follower's own: go on with what is being read.
        enum GoOn implements Found {
            GO_ON
        }
    }

    private record Recent(Segment segment, long offset, Slice heads, long nextOffset) {}

    private final SegmentTable table;
    private final Memory memory;
    private final long limitBytes;
    private final Mailbox<Follower> asks;
    private final ArrayDeque<Recent> recent = new ArrayDeque<>();
    private final List<Follower> waiting = new ArrayList<>();
    private long keptBytes;

    EventTail(Loop lane, SegmentTable table, Memory memory, long limitBytes) {
        this.table = table;
        this.memory = memory;
        this.limitBytes = limitBytes;
        this.asks = lane.mailbox(MAX_FOLLOWERS, this::asked);
    }

    /// From a follower's loop: tell me what stands at my place, now or when there is something.
    boolean ask(Follower follower) {
        return asks.offer(follower);
    }

    private void asked(Follower follower) {
        Found found = find(follower.segment(), follower.offset());
        if (found == null) {
            waiting.add(follower);
        } else {
            follower.tell(found);
        }
    }

    @Override
    public void durable(Segment segment, long offset, ByteBuffer batch, int headsEnd) {
        keep(segment, offset, batch, headsEnd);
        for (int i = waiting.size() - 1; i >= 0; i--) {
            Found found = find(waiting.get(i).segment(), waiting.get(i).offset());
            if (found != null) {
                waiting.remove(i).tell(found);
            }
        }
    }

    private void keep(Segment segment, long offset, ByteBuffer batch, int headsEnd) {
        long next = offset + BatchLayout.padded(batch.getInt(BatchLayout.TOTAL));
        while (!recent.isEmpty() && keptBytes + headsEnd > limitBytes) {
            forgetOldest();
        }
        Slice heads = headsEnd > limitBytes ? null : memory.take(headsEnd);
        if (heads == null) {
            return;
        }
        heads.view(0, headsEnd).put(0, batch, 0, headsEnd);
        keptBytes += headsEnd;
        recent.add(new Recent(segment, offset, heads, next));
    }

    private void forgetOldest() {
        Recent oldest = recent.removeFirst();
        keptBytes -= oldest.heads.length();
        oldest.heads.release();
    }

    /// @return null when nothing durable stands at or behind the place
    private @Nullable Found find(long segmentId, long offset) {
        Segment segment = table.atOrAfter(segmentId);
        long at = segment != null && segment.id == segmentId ? offset : BatchLayout.BLOCK;
        while (segment != null && at >= segment.end) {
            segment = table.atOrAfter(segment.id + 1);
            at = BatchLayout.BLOCK;
        }
        if (segment == null) {
            return null;
        }
        for (Recent each : recent) {
            if (each.segment == segment && each.offset == at) {
                return new Found.InMemory(segment, at, each.heads.retain(), each.nextOffset);
            }
        }
        return new Found.OnDisk(segment, at);
    }

    /// A follower goes.
    void forget(Follower follower) {
        waiting.remove(follower);
    }

    /// The stream has ended: gives the memory back.
    void close() {
        while (!recent.isEmpty()) {
            forgetOldest();
        }
        waiting.clear();
    }
}
