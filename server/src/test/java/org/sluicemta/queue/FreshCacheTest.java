package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import org.junit.jupiter.api.Test;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.StoredMessage;

/// What is kept at hand of fresh messages.
class FreshCacheTest {
    private final Bench bench = new Bench(1);
    private final FreshCache cache = new FreshCache(1 << 20);

    private StoredMessage stored(long sizeBytes) {
        AcceptedMessage usual =
                bench.store("a@example.org", 0, to("a.com/m1", "1@a.com")).message();
        bench.spool.held--; // the content made along is not used
        var message = new AcceptedMessage(
                usual.id(),
                usual.queuedMillis(),
                usual.reversePath(),
                usual.sourceType(),
                usual.sourceMta(),
                usual.needsSmtpUtf8(),
                usual.returnType(),
                new ContentShape(sizeBytes, 100, false, 70, new long[0], false, new byte[0]),
                usual.headerFacts(),
                usual.recipients());
        return new StoredMessage(message, 1, bench.spool.content());
    }

    @Test
    void aWholeMessageIsKept() {
        cache.put(7, stored(1000));

        assertThat(cache.find(7)).isNotNull();
        assertThat(bench.spool.held).isEqualTo(1);
    }

    @Test
    void whatCameInChunksIsNotWholeAndIsReadBackWhenItIsDue() {
        cache.put(7, stored(300_000));

        assertThat(cache.find(7)).isNull();
        assertThat(bench.spool.held).isZero();
    }

    @Test
    void clearedItHoldsNothing() {
        cache.put(7, stored(1000));
        cache.put(8, stored(1000));

        cache.clear();

        assertThat(cache.find(7)).isNull();
        assertThat(cache.bytes()).isZero();
        assertThat(bench.spool.held).isZero();
    }
}
