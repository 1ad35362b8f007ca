package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeldBuffersTest {
    private static List<ByteBuffer> taken(int count, int atLeast) {
        var all = new ArrayList<ByteBuffer>();
        for (int i = 0; i < count; i++) {
            all.add(HeldBuffers.take(atLeast));
        }
        return all;
    }

    private static Set<ByteBuffer> identities(List<ByteBuffer> buffers) {
        Set<ByteBuffer> set = Collections.newSetFromMap(new IdentityHashMap<>());
        set.addAll(buffers);
        return set;
    }

    @Test
    void aBufferThatWasGivenBackComesEmptyToTheNext() {
        for (int atLeast : new int[] {1, 2_048, 2_049, 32_768}) {
            ByteBuffer first = HeldBuffers.take(atLeast);
            first.put((byte) 1);
            HeldBuffers.giveBack(first);
            ByteBuffer next = HeldBuffers.take(atLeast);
            assertThat(next).isSameAs(first);
            assertThat(next.position()).isZero();
            assertThat(next.remaining()).isGreaterThanOrEqualTo(atLeast);
        }
    }

    @Test
    void nobodyGetsWhatAnotherStillHolds() {
        List<ByteBuffer> all = taken(300, 100);
        all.addAll(taken(300, 10_000));
        assertThat(identities(all)).hasSize(600);
    }

    @Test
    void onlySoManyAreKept() {
        taken(1_000, 10_000).forEach(HeldBuffers::giveBack);
        List<ByteBuffer> given = taken(1_000, 10_000);
        given.forEach(HeldBuffers::giveBack);
        Set<ByteBuffer> before = identities(given);
        assertThat(taken(1_000, 10_000).stream().filter(before::contains)).hasSize(16);
    }

    @Test
    void whatIsLargerIsNotKept() {
        ByteBuffer huge = HeldBuffers.take(100_000);
        assertThat(huge.remaining()).isEqualTo(100_000);
        HeldBuffers.giveBack(huge);
        assertThat(HeldBuffers.take(100_000)).isNotSameAs(huge);
    }
}
