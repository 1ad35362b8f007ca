package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// Budgets of memory.
abstract class MemoryContract extends WorldContract {
    private static Slice taken(Memory memory, int bytes) {
        return Objects.requireNonNull(memory.take(bytes), "no room");
    }

    @Test
    void aBudgetGivesExactlyItsLimitAndThenNothingUntilSomethingComesBack() {
        Memory memory = world().memory("content", 10_000);
        Slice most = taken(memory, 9_000);
        Slice rest = taken(memory, 1_000);
        assertThat(memory.usedBytes()).isEqualTo(10_000);
        assertThat(memory.limitBytes()).isEqualTo(10_000);
        assertThat(memory.name()).isEqualTo("content");
        assertThat(memory.take(1)).isNull();
        rest.release();
        assertThat(memory.take(1_001)).isNull();
        assertThat(taken(memory, 1_000).length()).isEqualTo(1_000);
        most.release();
        assertThat(memory.usedBytes()).isEqualTo(1_000);
    }

    @Test
    void aSliceLivesUntilItsLastHolderReleasesIt() {
        Memory memory = world().memory("content", 4_096);
        Slice slice = taken(memory, 4_096);
        assertThat(slice.retain()).isSameAs(slice);
        slice.release();
        assertThat(memory.usedBytes()).isEqualTo(4_096);
        slice.release();
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void aSliceThatIsGoneCanBeNeitherReleasedNorRetainedNorRead() {
        Slice slice = taken(world().memory("content", 64), 64);
        slice.release();
        assertThatThrownBy(slice::release).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(slice::retain).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> slice.view(0, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> slice.get(0, ByteBuffer.allocate(1))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aViewIsTheMemoryItselfLittleEndianAndBounded() {
        Slice slice = taken(world().memory("content", 1_000), 100);
        ByteBuffer view = slice.view(10, 20);
        assertThat(view.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(view.position()).isZero();
        assertThat(view.limit()).isEqualTo(20);
        assertThat(view.isDirect()).isTrue();
        view.putInt(0, 0x01020304);
        ByteBuffer copy = ByteBuffer.allocate(4);
        slice.get(10, copy);
        assertThat(copy.array()).containsExactly(4, 3, 2, 1);
        assertThatThrownBy(() -> slice.view(90, 11)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> slice.view(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> slice.get(97, ByteBuffer.allocate(4))).isInstanceOf(IndexOutOfBoundsException.class);
        slice.release();
    }

    @Test
    void slicesDoNotOverlap() {
        Memory memory = world().memory("content", 1 << 20);
        List<Slice> slices = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Slice slice = taken(memory, 1 + i * 17 % 3_000);
            ByteBuffer view = slice.view(0, slice.length());
            while (view.hasRemaining()) {
                view.put((byte) i);
            }
            slices.add(slice);
        }
        for (int i = 0; i < slices.size(); i++) {
            ByteBuffer view = slices.get(i).view(0, slices.get(i).length());
            while (view.hasRemaining()) {
                assertThat(view.get()).isEqualTo((byte) i);
            }
            slices.get(i).release();
        }
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void budgetsAreCountedApart() {
        Memory one = world().memory("one", 100);
        Memory two = world().memory("two", 100);
        Slice slice = taken(one, 100);
        assertThat(two.usedBytes()).isZero();
        taken(two, 100).release();
        slice.release();
    }

    @Test
    void aSizeBelowOneIsRefused() {
        Memory memory = world().memory("content", 100);
        assertThatThrownBy(() -> memory.take(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
