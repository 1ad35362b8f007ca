package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.spool.CommandEvent;

/// An order in which one recipient stands, and one in which it is no longer alone.
class ReadyOrderTest {
    private final Bench.BenchMemory memory = new Bench.BenchMemory();
    private final Recipients recipients = new Recipients(memory);
    private final Messages messages = new Messages(memory);
    private final Jobs jobs = new Jobs();
    private final ReadyOrder order = new ReadyOrder(new ReadyOrder.Tables(recipients, messages, jobs));
    private int sequence;

    private int message() {
        return messages.add(new MessageId(1, ++sequence), sequence, sequence, 100);
    }

    private int recipient(int message, String job, int priority) {
        return recipients.add(message, 0, 0, 0, priority, jobs.enter(job));
    }

    private int added(String job, int priority) {
        int slot = recipient(message(), job, priority);
        order.add(slot);
        return slot;
    }

    private void pause(String job, boolean isPaused) {
        jobs.pause(new CommandEvent.JobPaused(job, 1, isPaused, "test"));
    }

    private List<Integer> taken(int most) {
        int[] into = new int[16];
        int count = order.take(most, into);
        return Arrays.stream(into, 0, count).boxed().toList();
    }

    private List<Integer> all() {
        List<Integer> all = new ArrayList<>();
        for (List<Integer> next = taken(1); !next.isEmpty(); next = taken(1)) {
            all.addAll(next);
        }
        return all;
    }

    @Test
    void oneAloneIsTakenAndAnotherFollows() {
        assertThat(order.isEmpty()).isTrue();
        assertThat(taken(5)).isEmpty();
        for (int i = 0; i < 3; i++) {
            int slot = added("", 50);
            assertThat(order.size()).isEqualTo(1);
            assertThat(order.anyone()).isEqualTo(slot);
            int[] ahead = new int[4];
            assertThat(order.ahead(ahead)).isEqualTo(1);
            assertThat(ahead[0]).isEqualTo(recipients.message(slot));
            assertThat(taken(5)).containsExactly(slot);
            assertThat(order.isEmpty()).isTrue();
            assertThat(order.ahead(ahead)).isZero();
        }
    }

    @Test
    void aSecondOfHigherPriorityGoesBeforeItAndOneOfLowerAfterIt() {
        int usual = added("", 50);
        int high = added("", 90);
        int low = added("", 10);
        assertThat(all()).containsExactly(high, usual, low);

        low = added("", 10);
        usual = added("", 50);
        assertThat(all()).containsExactly(usual, low);
    }

    @Test
    void anElderOneThatComesBackGoesBeforeIt() {
        int elder = recipient(message(), "", 50);
        int younger = added("", 50);
        order.add(elder);
        assertThat(all()).containsExactly(elder, younger);
    }

    @Test
    void othersOfItsMessageGoWithIt() {
        int message = message();
        int first = recipient(message, "", 50);
        int second = recipient(message, "", 50);
        order.add(first);
        order.add(second);
        int third = added("", 50);
        assertThat(taken(5)).containsExactly(first, second);
        assertThat(taken(5)).containsExactly(third);
    }

    @Test
    void itIsRemovedAndNobodyElseIs() {
        int alone = added("", 50);
        int stranger = recipient(message(), "", 50);
        assertThatThrownBy(() -> order.remove(stranger)).isInstanceOf(QueueException.class);
        order.remove(alone);
        assertThat(order.isEmpty()).isTrue();
        assertThat(order.anyone()).isEqualTo(Recipients.NONE);

        int left = added("", 50);
        int gone = added("", 50);
        order.remove(gone);
        assertThat(all()).containsExactly(left);
    }

    @Test
    void ofAPausedJobItIsHeldUntilThatMayGoOn() {
        int alone = added("news", 50);
        int job = jobs.number("news");
        pause("news", true);
        assertThat(order.hadNone()).as("nobody has asked since").isFalse();
        assertThat(order.jobChanged(job)).isTrue();
        assertThat(order.jobChanged(jobs.enter("other"))).isFalse();
        assertThat(order.hadNone()).isTrue();
        assertThat(order.size()).isZero();
        assertThat(order.held()).isEqualTo(1);
        assertThat(order.isEmpty()).isFalse();
        assertThat(order.anyone()).isEqualTo(alone);
        assertThat(taken(5)).isEmpty();
        assertThat(order.ahead(new int[4])).isZero();

        int free = added("", 10);
        int held = added("news", 90);
        order.rest();
        assertThat(order.held()).isEqualTo(2);
        assertThat(all()).containsExactly(free);

        pause("news", false);
        assertThat(all()).containsExactly(held, alone);
    }

    @Test
    void oneThatComesOfAPausedJobIsHeldAtOnce() {
        jobs.enter("news");
        pause("news", true);
        int alone = added("news", 50);
        assertThat(order.hadNone()).isTrue();
        assertThat(taken(1)).isEmpty();
        order.remove(alone);
        assertThat(order.isEmpty()).isTrue();
    }

    @Test
    void theLastOfManyIsAsGoodAsOneThatWasAlwaysAlone() {
        int first = added("a", 50);
        int second = added("b", 50);
        order.remove(first);
        order.rest();
        assertThat(order.size()).isEqualTo(1);
        int third = added("a", 50);
        int fourth = added("b", 50);
        assertThat(all()).containsExactly(second, third, fourth);
    }

    @Test
    void aJobMissesTheTurnsItOwesThoughItWasAloneForAMoment() {
        int message = message();
        for (int i = 0; i < 3; i++) {
            order.add(recipient(message, "many", 50));
        }
        int last = added("many", 50);
        int other = added("other", 50);
        assertThat(taken(3)).hasSize(3);
        order.remove(other);
        order.rest();
        List<Integer> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            others.add(added("other", 50));
        }
        assertThat(all()).containsExactly(others.get(0), others.get(1), last, others.get(2));
    }
}
