package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.spool.RecipientEvent;

/// The order inside a queue: SEMANTICS, "Order inside a queue".
class OrderTest {
    private final Bench bench = new Bench(1);

    OrderTest() {
        bench.policies.maxSmtpOut = 1;
        bench.adopt();
        bench.room.pause(QueuePattern.of("a.com/m1"), true, "test", bench.loops.getFirst(), n -> {});
        bench.stage.settle();
    }

    private void submit(String address, String job, int priority) {
        bench.submit(to("a.com/m1", address, job, priority));
        bench.stage.advanceMillis(1);
    }

    private List<String> order(RecipientEvent.What what) {
        bench.room.pause(QueuePattern.ALL, false, "test", bench.loops.getFirst(), n -> {});
        bench.stage.advanceMillis(2_000);
        return bench.events(what).stream().map(RecipientEvent::forwardPath).toList();
    }

    @Test
    void aHigherPriorityGoesStrictlyFirst() {
        submit("low", "", 10);
        submit("usual", "", 50);
        submit("high", "", 90);
        submit("usual2", "", 50);
        assertThat(order(RecipientEvent.What.DELIVERED)).containsExactly("high", "usual", "usual2", "low");
    }

    @Test
    void jobsTakeTurnsWithinAPriority() {
        for (int i = 0; i < 4; i++) {
            submit("big" + i, "big", 50);
        }
        submit("small0", "small", 50);
        submit("small1", "small", 50);
        assertThat(order(RecipientEvent.What.DELIVERED))
                .containsExactly("big0", "small0", "big1", "small1", "big2", "big3");
    }

    @Test
    void aJobThatTakesManyRecipientsAtOnceMissesAsManyTurns() {
        bench.submit(
                to("a.com/m1", "m1", "many", 50), to("a.com/m1", "m2", "many", 50), to("a.com/m1", "m3", "many", 50));
        submit("m4", "many", 50);
        for (int i = 0; i < 4; i++) {
            submit("o" + i, "other", 50);
        }
        assertThat(order(RecipientEvent.What.DELIVERED))
                .containsExactly("m1", "m2", "m3", "o0", "o1", "o2", "m4", "o3");
    }

    @Test
    void aRetriedRecipientComesBackByItsAge() {
        bench.answers = (message, recipient) ->
                recipient.forwardPath().equals("old") && bench.attempted.size() <= 1 ? Bench.DEFERRED : Bench.DELIVERED;
        submit("old", "", 50);
        order(RecipientEvent.What.DEFERRED);
        bench.room.pause(QueuePattern.of("a.com/m1"), true, "test", bench.loops.getFirst(), n -> {});
        bench.stage.settle();
        submit("young1", "", 50);
        submit("young2", "", 50);
        bench.stage.advanceMillis(600_000);
        assertThat(order(RecipientEvent.What.DELIVERED)).containsExactly("old", "young1", "young2");
    }
}
