package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// Mail between loops.
abstract class MailboxContract extends WorldContract {
    private record Letter(int sender, int number) {}

    private Loop made(LoopContract.Kind kind) {
        return switch (kind) {
            case MAIL_LOOP -> loop();
            case LANE -> world().lane("lane-under-test");
        };
    }

    @ParameterizedTest
    @EnumSource
    void mailArrivesAsATurnOfItsLoopNeverWithinTheOffer(LoopContract.Kind kind) {
        Loop loop = made(kind);
        List<String> heard = new CopyOnWriteArrayList<>();
        loop.post(() -> {
            Mailbox<String> mailbox = loop.mailbox(8, item -> heard.add(item + " " + loop.isCurrent()));
            assertThat(mailbox.offer("letter")).isTrue();
            heard.add("sender's turn ends");
        });
        until(() -> heard.size() == 2);
        assertThat(heard).containsExactly("sender's turn ends", "letter true");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 64, 100})
    void aFullMailboxRefusesAndHasRoomAgainAfterTheDrain(int capacity) {
        Loop loop = loop();
        var drained = new AtomicInteger();
        Mailbox<Integer> mailbox = loop.mailbox(capacity, item -> drained.incrementAndGet());
        int taken = on(loop, () -> {
            int count = 0;
            while (count <= 2 * capacity && mailbox.offer(count)) {
                count++;
            }
            assertThat(mailbox.size()).isEqualTo(count);
            return count;
        });
        assertThat(taken).isEqualTo(capacity);
        until(() -> drained.get() == capacity);
        assertThat(on(loop, () -> mailbox.offer(1))).isTrue();
        until(() -> drained.get() == capacity + 1);
        assertThat(mailbox.size()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void theMailOfEachSenderArrivesCompleteAndInOrder(LoopContract.Kind kind) {
        Loop loop = made(kind);
        int each = 5_000;
        List<Letter> heard = new ArrayList<>(3 * each);
        var count = new AtomicInteger();
        Mailbox<Letter> mailbox = loop.mailbox(128, letter -> {
            heard.add(letter);
            count.incrementAndGet();
        });
        List<Loop> senders = List.of(loop(), otherLoop(), world().lane("sender"));
        for (int s = 0; s < senders.size(); s++) {
            new Sender(senders.get(s), mailbox, s, each).run();
        }
        until(() -> count.get() == 3 * each);
        for (int s = 0; s < senders.size(); s++) {
            int sender = s;
            assertThat(heard.stream()
                            .filter(letter -> letter.sender() == sender)
                            .map(Letter::number))
                    .hasSize(each)
                    .isSorted();
        }
    }

    @Test
    void aDrainMayOfferToItsOwnMailbox() {
        Loop loop = loop();
        List<Integer> heard = new CopyOnWriteArrayList<>();
        run(loop, () -> {
            List<Mailbox<Integer>> self = new ArrayList<>();
            self.add(loop.mailbox(4, item -> {
                heard.add(item);
                if (item < 10) {
                    assertThat(self.getFirst().offer(item + 1)).isTrue();
                }
            }));
            assertThat(self.getFirst().offer(0)).isTrue();
        });
        until(() -> heard.size() == 11);
        assertThat(heard).isSorted();
    }

    @Test
    void oneLetterThatThrowsDoesNotTakeTheOthersWithIt() {
        Loop loop = loop();
        List<Integer> heard = new CopyOnWriteArrayList<>();
        Mailbox<Integer> mailbox = loop.mailbox(8, item -> {
            if (item == 1) {
                throw new IllegalStateException("thrown by a test, to see the mailbox live on");
            }
            heard.add(item);
        });
        run(loop, () -> {
            for (int i = 0; i < 4; i++) {
                mailbox.offer(i);
            }
        });
        until(() -> heard.size() == 3);
        assertThat(heard).containsExactly(0, 2, 3);
    }

    @ParameterizedTest
    @EnumSource
    void heldMailWaitsUntilItsOwnerLooksAndIsThenHandedOverInThatTurn(LoopContract.Kind kind) {
        Loop loop = made(kind);
        List<String> heard = new CopyOnWriteArrayList<>();
        Mailbox<String> mailbox = loop.mailbox(8, heard::add);
        run(loop, mailbox::hold);
        assertThat(on(otherLoop(), () -> mailbox.offer("held"))).isTrue();
        // It had its turns, and heard nothing.
        run(loop, () -> {});
        run(loop, () -> {});
        assertThat(heard).isEmpty();
        assertThat(mailbox.size()).isEqualTo(1);

        run(loop, () -> {
            mailbox.look();
            heard.add("looked");
        });
        assertThat(heard).containsExactly("held", "looked");

        assertThat(on(otherLoop(), () -> mailbox.offer("next"))).isTrue();
        until(() -> heard.size() == 3);
        assertThat(heard).endsWith("next");
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsLostWhileItsOwnerHoldsAndLooksAgainAndAgain(LoopContract.Kind kind) {
        Loop loop = made(kind);
        int each = 5_000;
        var count = new AtomicInteger();
        List<Letter> heard = new ArrayList<>(2 * each);
        Mailbox<Letter> mailbox = loop.mailbox(128, letter -> {
            heard.add(letter);
            count.incrementAndGet();
        });
        List<Alarm> looking = new ArrayList<>();
        run(loop, () -> {
            mailbox.hold();
            looking.add(loop.alarm(() -> {
                mailbox.look();
                if (count.get() % 3 != 0) {
                    mailbox.hold();
                }
                looking.getFirst().set(loop.nanos() + MILLISECOND / 10);
            }));
            looking.getFirst().set(loop.nanos());
        });
        new Sender(otherLoop(), mailbox, 0, each).run();
        new Sender(world().lane("sender"), mailbox, 1, each).run();
        until(() -> count.get() == 2 * each);
        run(loop, () -> looking.getFirst().clear());
        for (int s = 0; s < 2; s++) {
            int sender = s;
            assertThat(heard.stream()
                            .filter(letter -> letter.sender() == sender)
                            .map(Letter::number))
                    .hasSize(each)
                    .isSorted();
        }
    }

    @Test
    void aMailboxWithoutRoomForOneIsRefused() {
        assertThatThrownBy(() -> loop().mailbox(0, item -> {})).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLoopThatIsFloodedStillRingsItsAlarms() {
        Loop loop = loop();
        var rings = new AtomicInteger();
        var mail = new AtomicInteger();
        run(loop, () -> {
            List<Mailbox<Integer>> self = new ArrayList<>();
            self.add(loop.mailbox(16, item -> {
                mail.incrementAndGet();
                if (rings.get() == 0) {
                    self.getFirst().offer(item);
                }
            }));
            loop.alarm(rings::incrementAndGet).set(loop.nanos() + 3 * MILLISECOND);
            self.getFirst().offer(1);
        });
        until(() -> rings.get() == 1);
        assertThat(mail.get()).isPositive();
    }

    /// Offers numbered letters in turns of its own loop; where the mailbox is full it tries again in a later turn.
    private record Sender(Loop from, Mailbox<Letter> to, int sender, int count, int[] next) {
        Sender(Loop from, Mailbox<Letter> to, int sender, int count) {
            this(from, to, sender, count, new int[1]);
        }

        void run() {
            from.post(this::turn);
        }

        private void turn() {
            while (next[0] < count && to.offer(new Letter(sender, next[0]))) {
                next[0]++;
            }
            if (next[0] < count) {
                from.post(this::turn);
            }
        }
    }
}
