package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import org.junit.jupiter.api.Test;
import org.sluicemta.spool.RecipientEvent;

/// The ordinary way of a message: in, out, settled, gone.
class DeliveryTest {
    @Test
    void aMessageGoesOutAndItsSpaceIsGivenBack() {
        var bench = new Bench(1);
        var stored = bench.submit(to("example.com/m1", "ann@example.com"));
        bench.stage.advanceMillis(100);
        assertThat(bench.spool.events).singleElement().satisfies(event -> {
            assertThat(event.what()).isEqualTo(RecipientEvent.What.DELIVERED);
            assertThat(event.attempt()).isEqualTo(1);
            assertThat(event.remoteMta()).isEqualTo("mx.example.net (192.0.2.1)");
            assertThat(event.sizeBytes()).isEqualTo(1000);
        });
        assertThat(bench.spool.released).containsExactly(stored.position());
        assertThat(bench.spool.held).isZero();
        assertThat(bench.spool.reads).isZero();
    }

    @Test
    void recipientsOfOneMessageShareATransactionUpToTheLimit() {
        var bench = new Bench(1);
        bench.policies.maxRcptPerTransaction = 2;
        bench.adopt();
        bench.submit(to("a.com/m1", "1@a.com"), to("a.com/m1", "2@a.com"), to("a.com/m1", "3@a.com"));
        bench.stage.advanceMillis(100);
        assertThat(bench.remotes.stream().mapToInt(r -> r.carried).sum()).isEqualTo(2);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(3);
        assertThat(bench.spool.released).hasSize(1);
        assertThat(bench.spool.held).isZero();
    }

    @Test
    void aMessageInTwoShardsIsReleasedByEach() {
        var bench = new Bench(2);
        int first = bench.room.shardOf(Bench.queue("a.com/m1"));
        String other = "b.com";
        for (int i = 0; bench.room.shardOf(Bench.queue(other + "/m1")) == first; i++) {
            other = "b" + i + ".com";
        }
        bench.submit(to("a.com/m1", "1@a.com"), to(other + "/m1", "2@" + other));
        bench.stage.advanceMillis(100);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(2);
        assertThat(bench.spool.released).hasSize(2);
        assertThat(bench.spool.held).isZero();
    }

    @Test
    void aBurstOfTwentyOnAnIdleQueueOpensSeveralConnections() {
        var bench = new Bench(1);
        bench.serviceNanos = 500_000_000L;
        for (int i = 0; i < 20; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(400);
        assertThat(bench.mostOpen).isBetween(5, 20);
        bench.stage.advanceMillis(5_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(20);
    }

    @Test
    void anIdleSessionIsGivenNewMailWithoutAskingAgain() {
        var bench = new Bench(1);
        bench.submit(to("a.com/m1", "1@a.com"));
        bench.stage.advanceMillis(100);
        bench.submit(to("a.com/m1", "2@a.com"));
        bench.stage.advanceMillis(100);
        assertThat(bench.openings).containsEntry(Bench.queue("a.com/m1"), 1);
        assertThat(bench.remotes.getFirst().carried).isEqualTo(2);
    }

    @Test
    void aSessionEndsAfterItsMessages() {
        var bench = new Bench(1);
        bench.policies.maxMsgPerConnection = 10;
        bench.policies.maxSmtpOut = 1;
        bench.adopt();
        for (int i = 0; i < 25; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(1_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(25);
        assertThat(bench.remotes).extracting(r -> r.carried).containsExactly(10, 10, 5);
    }

    @Test
    void aSessionThatAsksAheadAlwaysHasTheNextMessage() {
        var bench = new Bench(1);
        bench.asksAhead = true;
        bench.policies.maxSmtpOut = 1;
        bench.adopt();
        for (int i = 0; i < 50; i++) {
            bench.submit(to("a.com/m1", i + "@a.com"));
        }
        bench.stage.advanceMillis(2_000);
        assertThat(bench.events(RecipientEvent.What.DELIVERED)).hasSize(50);
        assertThat(bench.spool.held).isZero();
    }
}
