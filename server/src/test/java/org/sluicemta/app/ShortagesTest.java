package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.settings.Origin;
import org.sluicemta.settings.Setting;
import org.sluicemta.world.MemoryUse;

class ShortagesTest {
    private static final long MIB = 1L << 20;

    private final MemoryUse all = new MemoryUse(200 * MIB, 232 * MIB);

    private static Setting<Long> unset(String directive) {
        return Setting.builtIn(directive, 0L);
    }

    private static Setting<Long> atLine12(String directive, long value) {
        return unset(directive).overriddenBy(value, new Origin.Line("config", 12, 1, ""));
    }

    @Test
    void tablesThatAreFullAreToldWithTheLimitAndItsLine() {
        var room = new QueueRoom.Room(10, 1_000, 82 * MIB, 0, 85 * MIB);

        assertThat(Shortages.queueMemory(atLine12("queue-memory", 85 * MIB), room, all))
                .isEqualTo(
                        "the tables of waiting mail take 82M of queue-memory 85M (config:12), and the last 4M are kept"
                                + " for mail that was accepted; new mail is taken again when enough has left");
    }

    @Test
    void tablesThatCouldNotGrowNameWhatIsShort() {
        var room = new QueueRoom.Room(10, 1_000, 40 * MIB, 9 * MIB, 85 * MIB);

        assertThat(Shortages.queueMemory(unset("queue-memory"), room, all))
                .isEqualTo(
                        "the tables of waiting mail take 49M of queue-memory 85M (not set: a part of the memory here)"
                                + " and could not grow, with 200M of 232M outside the heap in use");
        assertThat(Shortages.queueMemory(
                        unset("queue-memory"), new QueueRoom.Room(10, 1_000, 40 * MIB, 0, 85 * MIB), all))
                .endsWith("queue-memory 85M (not set: a part of the memory here)");
    }

    @Test
    void tooManyQueuesNameTheHeap() {
        var room = new QueueRoom.Room(1_048_577, 1_048_576, 0, 0, 85 * MIB);

        assertThat(Shortages.queues(room, 768 * MIB))
                .startsWith("there are 1,048,577 queues, and a heap of 768M holds 1,048,576; ")
                .contains("show topqueues --connected=no --errors", "-Xmx");
    }

    @Test
    void contentMemoryIsToldBesideAllMemoryOutsideTheHeap() {
        assertThat(Shortages.contentMemory(unset("content-memory"), new MemoryUse(57 * MIB, 64 * MIB), all))
                .startsWith(
                        "messages on their way in and at hand take 57M of content-memory 64M (not set: a part of the"
                                + " memory here), with 200M of 232M outside the heap in use; ");
    }

    @Test
    void connectionsNameTheirLine() {
        assertThat(Shortages.connections(atLine12("total-max-smtp-in", 100)))
                .isEqualTo("as many clients are connected as total-max-smtp-in 100 (config:12) allows");
        assertThat(Shortages.connections(Setting.builtIn("total-max-smtp-in", 100L)))
                .endsWith("total-max-smtp-in 100 (built in) allows");
    }
}
