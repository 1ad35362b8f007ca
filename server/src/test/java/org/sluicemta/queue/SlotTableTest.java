package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

class SlotTableTest {
    /// Hands out memory and looks whether whoever took it still holds it.
    private static final class WatchedMemory implements Memory {
        final Memory memory = new Bench.BenchMemory();
        final List<WeakReference<Slice>> taken = new ArrayList<>();

        @Override
        public @Nullable Slice take(int bytes) {
            Slice slice = memory.take(bytes);
            taken.add(new WeakReference<>(slice));
            return slice;
        }

        @Override
        public String name() {
            return memory.name();
        }

        @Override
        public long usedBytes() {
            return memory.usedBytes();
        }

        @Override
        public long limitBytes() {
            return memory.limitBytes();
        }
    }

    /// Memory whose slice is gone though it was never given back is reported as lost by the runtime.
    @Test
    void whatItTookItHolds() {
        var memory = new WatchedMemory();
        var table = new SlotTable(memory);
        for (int i = 0; i < 70_000; i++) {
            table.putInt(table.take(), 4, i);
        }
        assertThat(memory.taken).hasSize(3);

        ByteBuffer gone = ByteBuffer.allocate(1);
        var witness = new WeakReference<>(gone);
        gone = null;
        while (witness.get() != null) {
            System.gc();
        }

        assertThat(memory.taken).allSatisfy(slice -> assertThat(slice.get()).isNotNull());
        assertThat(table.getInt(69_999, 4)).isEqualTo(69_999);
    }
}
