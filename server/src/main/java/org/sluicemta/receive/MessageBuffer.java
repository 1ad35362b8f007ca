package org.sluicemta.receive;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.smtp.ContentSink;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// Gathers one message's content outside the heap: the one copy from the receive buffer. In front of the first octet
/// some room is kept, so that trace fields go before the header, and fields are taken out of it, without moving the
/// body.
///
/// A content beyond [#SPILL_BYTES] is handed on in chunks while it arrives, so no message is ever whole in memory
/// because it is large. Owner: the session.
final class MessageBuffer implements ContentSink {
    /// Room for Received, Date and Message-ID.
    static final int FRONT_BYTES = 1536;
    /// A content up to here stays in one piece with its acceptance.
    static final int SPILL_BYTES = 256 * 1024;
    /// The usual first piece: most messages fit.
    static final int FIRST_BYTES = 16 * 1024;
    /// The most that a declared size reserves: it is a stranger's word, and whoever gives it may never send a byte.
    static final int MAX_RESERVED_BYTES = 32 * 1024;
    /// The first piece when half of the memory is in use: clients that send nothing, or slowly, hold little.
    static final int SCARCE_BYTES = 2 * 1024;
    /// What is larger gets none of the last eighth of the memory, so that usual mail still comes through.
    static final int USUAL_BYTES = 64 * 1024;
    /// Chunks on their way to the disk before reading pauses.
    static final int MAX_CHUNKS_IN_FLIGHT = 2;

    /// Takes what a large message hands on early.
    interface Overflow {
        /// [#SPILL_BYTES] have gathered and leave now, the first time with the trace fields in front: takes them with
        /// [MessageBuffer#take].
        Spilled spill(MessageBuffer buffer);

        /// Memory has run out under this message: it is answered 452.
        default void refused() {}
    }

    /// What became of a spill.
    enum Spilled {
        HANDED_ON,
        NO_MEMORY,
        /// The message will be refused at its end: what still comes is dropped.
        UNWANTED
    }

    private final Memory memory;
    private final Overflow overflow;
    private final List<Slice> pieces = new ArrayList<>(4);
    private @Nullable ByteBuffer open;
    private int start;
    private int gathered;
    private long handedOn;
    private int chunksInFlight;
    private boolean isDraining;

    MessageBuffer(Memory memory, Overflow overflow) {
        this.memory = memory;
        this.overflow = overflow;
    }

    /// Makes room for a message.
    ///
    /// @param declaredBytes by SIZE, or -1
    /// @return false when the budget has no room
    boolean begin(long declaredBytes) {
        release();
        long usual = declaredBytes < 0 ? FIRST_BYTES : Math.min(declaredBytes + 64, MAX_RESERVED_BYTES);
        long wanted = isUsed(1, 2) ? SCARCE_BYTES : Math.max(usual, SCARCE_BYTES);
        Slice first = memory.take((int) wanted + FRONT_BYTES);
        if (first == null) {
            return false;
        }
        pieces.add(first);
        open = first.view(0, first.length()).position(FRONT_BYTES);
        start = FRONT_BYTES;
        handedOn = 0;
        chunksInFlight = 0;
        isDraining = false;
        return true;
    }

    @Override
    public Taken accept(ByteBuffer lent) {
        Taken taken = gather(lent);
        if (taken == Taken.NO_MEMORY) {
            overflow.refused();
        }
        return taken;
    }

    private Taken gather(ByteBuffer lent) {
        while (lent.hasRemaining() && !isDraining) {
            ByteBuffer into = open;
            if (into == null || !into.hasRemaining()) {
                if (gathered >= SPILL_BYTES) {
                    switch (overflow.spill(this)) {
                        case HANDED_ON -> {}
                        case NO_MEMORY -> {
                            return Taken.NO_MEMORY;
                        }
                        case UNWANTED -> {
                            release();
                            isDraining = true;
                            continue;
                        }
                    }
                }
                if (handedOn + gathered >= USUAL_BYTES && isUsed(7, 8)) {
                    return Taken.NO_MEMORY;
                }
                int next = handedOn > 0
                        ? SPILL_BYTES
                        : Math.min(Math.max(gathered, FIRST_BYTES), Math.max(FIRST_BYTES, SPILL_BYTES - gathered));
                into = isScarceFirst() ? widened() : added(next);
                if (into == null) {
                    return Taken.NO_MEMORY;
                }
                open = into;
            }
            int n = Math.min(lent.remaining(), into.remaining());
            int limit = lent.limit();
            lent.limit(lent.position() + n);
            into.put(lent);
            lent.limit(limit);
            gathered += n;
        }
        lent.position(lent.limit());
        return chunksInFlight >= MAX_CHUNKS_IN_FLIGHT ? Taken.PAUSE : Taken.TAKEN;
    }

    private @Nullable ByteBuffer added(int bytes) {
        Slice piece = memory.take(bytes);
        if (piece == null) {
            return null;
        }
        pieces.add(piece);
        return piece.view(0, piece.length());
    }

    /// Only the small piece is here that a message begins with while memory is scarce.
    private boolean isScarceFirst() {
        return pieces.size() == 1 && start == FRONT_BYTES && pieces.getFirst().length() == SCARCE_BYTES + FRONT_BYTES;
    }

    /// The message is longer than its small first piece: a usual one takes its place, for a header in two pieces would
    /// have to be joined in a third.
    private @Nullable ByteBuffer widened() {
        Slice wide = memory.take(FIRST_BYTES + FRONT_BYTES);
        if (wide == null) {
            return null;
        }
        Slice small = pieces.getFirst();
        ByteBuffer into = wide.view(0, wide.length()).position(FRONT_BYTES);
        into.put(small.view(FRONT_BYTES, small.length() - FRONT_BYTES));
        small.release();
        pieces.set(0, wide);
        return into;
    }

    private boolean isUsed(int part, int of) {
        return memory.usedBytes() * of >= memory.limitBytes() * part;
    }

    /// The octets of the message in the first piece, as far as they have come; position 0 is the first.
    ByteBuffer head() {
        Slice first = pieces.getFirst();
        int length =
                pieces.size() == 1 ? (open == null ? first.length() : open.position()) - start : first.length() - start;
        return first.view(start, length);
    }

    /// Joins all pieces into one, for a header that does not fit the first.
    boolean join() {
        if (pieces.size() == 1) {
            return true;
        }
        Slice all = gathered >= USUAL_BYTES && isUsed(7, 8) ? null : memory.take(FRONT_BYTES + gathered);
        if (all == null) {
            return false;
        }
        ByteBuffer to = all.view(0, all.length()).position(FRONT_BYTES);
        for (int i = 0; i < pieces.size(); i++) {
            int from = i == 0 ? start : 0;
            to.put(pieces.get(i).view(from, used(i) - from));
        }
        pieces.forEach(Slice::release);
        pieces.clear();
        pieces.add(all);
        start = FRONT_BYTES;
        open = to;
        return true;
    }

    private int used(int i) {
        ByteBuffer into = open;
        return i == pieces.size() - 1 && into != null
                ? into.position()
                : pieces.get(i).length();
    }

    /// Takes ranges of the header out: what stands before and between them moves towards the front's end, each octet
    /// once, however many ranges there are (a hostile header has thousands).
    ///
    /// @param ranges from and to, in pairs, ascending, inside [#head]
    void remove(int[] ranges) {
        if (ranges.length == 0) {
            return;
        }
        ByteBuffer whole = pieces.getFirst().view(0, pieces.getFirst().length());
        int to = start + ranges[ranges.length - 1];
        for (int i = ranges.length - 2; i >= 0; i -= 2) {
            int kept = i == 0 ? 0 : ranges[i - 1];
            int length = ranges[i] - kept;
            to -= length;
            whole.put(to, whole, start + kept, length);
        }
        gathered -= to - start;
        start = to;
    }

    /// Puts `text` before the first octet.
    ///
    /// @return false when the front has no room for it and no memory is left
    boolean prepend(byte[] text, int length) {
        if (length > start) {
            Slice front = memory.take(length);
            if (front == null) {
                return false;
            }
            front.view(0, length).put(text, 0, length);
            Slice first = pieces.getFirst();
            pieces.set(0, new SliceWindow(first, start, usedOfFirst(first) - start));
            if (pieces.size() == 1) {
                open = null;
            }
            pieces.addFirst(front);
            start = 0;
        } else {
            start -= length;
            pieces.getFirst().view(start, length).put(text, 0, length);
        }
        gathered += length;
        return true;
    }

    private int usedOfFirst(Slice first) {
        ByteBuffer into = open;
        return pieces.size() == 1 && into != null ? into.position() : first.length();
    }

    /// Octets gathered and not handed on.
    int gatheredBytes() {
        return gathered;
    }

    /// Octets handed on as chunks so far.
    long handedOnBytes() {
        return handedOn;
    }

    /// Everything gathered, as slices in order, one at least, if it is empty; the buffer is empty afterwards and the
    /// caller is the holder.
    List<Slice> take() {
        var slices = new ArrayList<Slice>(pieces.size());
        boolean isEmpty = gathered == 0;
        for (int i = 0; i < pieces.size(); i++) {
            Slice piece = pieces.get(i);
            int from = i == 0 ? start : 0;
            int length = used(i) - from;
            if (length == 0 && !(isEmpty && i == 0)) {
                piece.release();
            } else {
                slices.add(from == 0 && length == piece.length() ? piece : new SliceWindow(piece, from, length));
            }
        }
        pieces.clear();
        open = null;
        start = 0;
        handedOn += gathered;
        gathered = 0;
        return slices;
    }

    void chunkLeft() {
        chunksInFlight++;
    }

    /// @return whether reading may go on that was paused
    boolean chunkStored() {
        chunksInFlight--;
        return chunksInFlight == MAX_CHUNKS_IN_FLIGHT - 1;
    }

    /// Gives back what it holds.
    void release() {
        pieces.forEach(Slice::release);
        pieces.clear();
        open = null;
        gathered = 0;
    }
}
