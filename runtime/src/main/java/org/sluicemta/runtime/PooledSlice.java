package org.sluicemta.runtime;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.sluicemta.world.Slice;

/// A slice of a budget. Counts its own holders, so that the budget knows at once when the last is gone; holds one count
/// of the pool's buffer.
final class PooledSlice implements Slice {
    private static final AtomicIntegerFieldUpdater<PooledSlice> HOLDERS =
            AtomicIntegerFieldUpdater.newUpdater(PooledSlice.class, "holders");
    private final Budget budget;
    private final ByteBuf memory;

    /// All of it; views are parts of this one, for a pooled buffer makes two objects for each.
    private final ByteBuffer whole;

    private final int length;

    @SuppressWarnings("UnusedVariable") // through the updater
    private volatile int holders = 1;

    PooledSlice(Budget budget, ByteBuf memory) {
        this.budget = budget;
        this.memory = memory;
        this.length = memory.writerIndex();
        this.whole = memory.nioBuffer(0, length);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void get(int at, ByteBuffer to) {
        requireHolder();
        Objects.checkFromIndexSize(at, to.remaining(), length);
        memory.getBytes(at, to);
    }

    @Override
    public ByteBuffer view(int from, int bytes) {
        requireHolder();
        Objects.checkFromIndexSize(from, bytes, length);
        return whole.slice(from, bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// A part for Netty's outbound queue, which releases the count of the pool that it takes; the caller holds this
    /// slice until Netty is done.
    ByteBuf part(int from, int bytes) {
        requireHolder();
        return memory.retainedSlice(from, bytes);
    }

    @Override
    public Slice retain() {
        int before;
        do {
            before = holders;
            if (before < 1) {
                throw gone();
            }
        } while (!HOLDERS.compareAndSet(this, before, before + 1));
        return this;
    }

    @Override
    public void release() {
        int before;
        do {
            before = holders;
            if (before < 1) {
                throw gone();
            }
        } while (!HOLDERS.compareAndSet(this, before, before - 1));
        if (before == 1) {
            memory.release();
            budget.giveBack(length);
        }
    }

    private void requireHolder() {
        if (holders < 1) {
            throw gone();
        }
    }

    private static IllegalStateException gone() {
        return new IllegalStateException("the slice was released by its last holder");
    }
}
