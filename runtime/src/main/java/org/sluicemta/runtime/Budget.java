package org.sluicemta.runtime;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// A named budget over Netty's pool of direct memory. What is counted is what was asked for; the pool's rounding comes
/// on top (a sixth at most).
final class Budget implements Memory {
    private final String name;
    private final long limitBytes;
    private final AtomicLong used = new AtomicLong();

    Budget(String name, long limitBytes) {
        if (limitBytes < 1) {
            throw new IllegalArgumentException("budget " + name + " of " + limitBytes + " bytes; give it 1 or more");
        }
        this.name = name;
        this.limitBytes = limitBytes;
    }

    @Override
    public @Nullable Slice take(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a slice of " + bytes + " bytes; ask for 1 or more");
        }
        long before;
        do {
            before = used.get();
            if (before + bytes > limitBytes) {
                return null;
            }
        } while (!used.compareAndSet(before, before + bytes));
        try {
            ByteBuf memory = PooledByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
            memory.writerIndex(bytes);
            return new PooledSlice(this, memory);
        } catch (OutOfMemoryError none) {
            // The budgets together promise more than the machine was allowed: as good as a full budget to the caller.
            used.addAndGet(-bytes);
            return null;
        }
    }

    void giveBack(int bytes) {
        used.addAndGet(-bytes);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long usedBytes() {
        return used.get();
    }

    @Override
    public long limitBytes() {
        return limitBytes;
    }
}
