package org.sluicemta.queue;

import org.jspecify.annotations.Nullable;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Slice;

/// Contents at hand, by message slot, bounded in bytes: fresh mail is sent from here and never read back.
///
/// When it is full the eldest goes: mail that flows is always here, and of mail that waits the head is read ahead
/// when its turn is near. Each entry holds its content once. An open table of ints, because a boxed key for each
/// message would cost more than the message's own slots.
///
/// Owner: its shard.
final class FreshCache {
    private final long limitBytes;
    private int[] keys = new int[1024];
    private @Nullable StoredMessage[] values = new @Nullable StoredMessage[1024];
    private int size;
    private long bytes;
    /// Slots in the order of coming, a ring; may name slots that are gone or came again, which does no harm.
    private int[] order = new int[1024];

    private int orderHead;
    private int orderSize;

    /// Heap of one recipient's texts and record, roughly.
    private static final int RECIPIENT_BYTES = 400;

    FreshCache(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    long bytes() {
        return bytes;
    }

    long limitBytes() {
        return limitBytes;
    }

    /// What keeping a message costs: the memory behind its slices, used or not, and the objects of its recipients.
    static long heldBytes(StoredMessage stored) {
        long held = (long) RECIPIENT_BYTES * stored.message().recipients().size();
        for (Slice slice : stored.content().slices()) {
            held += slice.heldBytes();
        }
        return held;
    }

    @Nullable
    StoredMessage find(int message) {
        for (int at = spread(message); values[at] != null; at = at + 1 & keys.length - 1) {
            if (keys[at] == message) {
                return values[at];
            }
        }
        return null;
    }

    /// Keeps a message; its content's holder passes to the cache. One that came in chunks is not whole here: it is read
    /// back when it is due.
    void put(int message, StoredMessage stored) {
        long length = heldBytes(stored);
        if (length > limitBytes / 4 || !stored.isWhole() || find(message) != null) {
            stored.content().release();
            return;
        }
        while (bytes + length > limitBytes && orderSize > 0) {
            drop(pollOrder());
        }
        if (2 * size >= keys.length) {
            grow();
        }
        insert(message, stored);
        size++;
        bytes += length;
        addOrder(message);
    }

    /// Lets everything go: the shard has ended.
    void clear() {
        for (int at = 0; at < values.length; at++) {
            StoredMessage kept = values[at];
            if (kept != null) {
                kept.content().release();
                values[at] = null;
            }
        }
        size = 0;
        bytes = 0;
        orderHead = 0;
        orderSize = 0;
    }

    /// Lets a message go, if it is here.
    void drop(int message) {
        int at = spread(message);
        while (true) {
            StoredMessage found = values[at];
            if (found == null) {
                return;
            }
            if (keys[at] == message) {
                bytes -= heldBytes(found);
                size--;
                found.content().release();
                break;
            }
            at = at + 1 & keys.length - 1;
        }
        // Close the gap: move back whoever was pushed past it.
        int gap = at;
        for (int next = at + 1 & keys.length - 1; values[next] != null; next = next + 1 & keys.length - 1) {
            int home = spread(keys[next]);
            if ((next - home & keys.length - 1) >= (next - gap & keys.length - 1)) {
                keys[gap] = keys[next];
                values[gap] = values[next];
                gap = next;
            }
        }
        values[gap] = null;
    }

    private int spread(int message) {
        return message * 0x9E3779B9 >>> Integer.numberOfLeadingZeros(keys.length - 1);
    }

    private void insert(int message, StoredMessage stored) {
        int at = spread(message);
        while (values[at] != null) {
            at = at + 1 & keys.length - 1;
        }
        keys[at] = message;
        values[at] = stored;
    }

    private void grow() {
        int[] oldKeys = keys;
        @Nullable StoredMessage[] oldValues = values;
        keys = new int[2 * oldKeys.length];
        values = new @Nullable StoredMessage[2 * oldKeys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            StoredMessage value = oldValues[i];
            if (value != null) {
                insert(oldKeys[i], value);
            }
        }
    }

    private void addOrder(int message) {
        if (orderSize == order.length) {
            // Most of the ring is usually names that are gone; keep the living before growing.
            int[] kept = new int[order.length];
            int count = 0;
            for (int i = 0; i < orderSize; i++) {
                int each = order[orderHead + i & order.length - 1];
                if (find(each) != null) {
                    kept[count++] = each;
                }
            }
            order = count > order.length / 2 ? java.util.Arrays.copyOf(kept, 2 * kept.length) : kept;
            orderHead = 0;
            orderSize = count;
        }
        order[orderHead + orderSize++ & order.length - 1] = message;
    }

    private int pollOrder() {
        int message = order[orderHead];
        orderHead = orderHead + 1 & order.length - 1;
        orderSize--;
        return message;
    }
}
