package org.sluicemta.app;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Directives;
import org.sluicemta.queue.Intake;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.receive.Reception;
import org.sluicemta.receive.Shortage;
import org.sluicemta.settings.Origin;
import org.sluicemta.settings.Setting;
import org.sluicemta.spool.Spool;
import org.sluicemta.world.Memory;
import org.sluicemta.world.MemoryUse;

/// Why new mail is put off, for the operator: the limit, where it is from, what stands against it, and what mends it.
///
/// @param start what the server was started with: a reload changes no budget
/// @param plan the present one
/// @param outsideHeap all memory outside the heap
record Shortages(
        ServerPlan start,
        Supplier<ServerPlan> plan,
        Spool spool,
        QueueRoom queues,
        Memory content,
        Supplier<MemoryUse> outsideHeap) {
    private static final long MIB = 1L << 20;

    /// Of the spool and the queues, what the next message would be refused for.
    Set<Shortage> present() {
        var present = EnumSet.noneOf(Shortage.class);
        if (spool.refusesNewMail() != null) {
            present.add(Shortage.SPOOL);
        }
        Intake.Full full = queues.full();
        if (full != null) {
            present.add(Reception.shortage(full));
        }
        return present;
    }

    String why(Shortage shortage) {
        Configuration started = start.snapshot().configuration();
        MemoryUse all = outsideHeap.get();
        return switch (shortage) {
            case SPOOL -> ofSpool();
            case QUEUE_MEMORY -> queueMemory(started.global(Directives.QUEUE_MEMORY), queues.room(), all);
            case QUEUES -> queues(queues.room(), start.memory().heapBytes());
            case CONTENT_MEMORY ->
                contentMemory(
                        started.global(Directives.CONTENT_MEMORY),
                        new MemoryUse(content.usedBytes(), content.limitBytes()),
                        all);
            case MEMORY -> memory(all);
            case CONNECTIONS ->
                connections(plan.get().snapshot().configuration().global(Directives.TOTAL_MAX_SMTP_IN));
        };
    }

    private String ofSpool() {
        Spool.Refusal refusal = spool.refusesNewMail();
        return refusal == null ? "a folder of the spool took nothing for a moment" : refusal.text();
    }

    static String queueMemory(Setting<Long> configured, QueueRoom.Room room, MemoryUse all) {
        long taken = room.tableBytes() + room.overdrawnBytes();
        String state =
                "the tables of waiting mail take " + mib(taken) + " of " + limit(configured, room.tableLimitBytes());
        if (taken + QueueRoom.RESERVED_TABLE_BYTES > room.tableLimitBytes()) {
            return state + ", and the last " + mib(QueueRoom.RESERVED_TABLE_BYTES)
                    + " are kept for mail that was accepted; new mail is taken again when enough has left";
        }
        return room.overdrawnBytes() > 0 ? state + " and could not grow, with " + whole(all) : state;
    }

    static String queues(QueueRoom.Room room, long heapBytes) {
        return String.format(
                Locale.ROOT,
                "there are %,d queues, and a heap of %s holds %,d; most of so many are dead domains (show topqueues"
                        + " --connected=no --errors); a queue is forgotten when its retry clock is over after its last"
                        + " mail, and a larger heap (-Xmx) holds more",
                room.queues(),
                mib(heapBytes),
                room.mostQueues());
    }

    static String contentMemory(Setting<Long> configured, MemoryUse content, MemoryUse all) {
        return "messages on their way in and at hand take " + mib(content.usedBytes()) + " of "
                + limit(configured, content.limitBytes()) + ", with " + whole(all)
                + "; large messages leave the last eighth to usual ones";
    }

    static String memory(MemoryUse all) {
        return whole(all)
                + ", and what is left is kept for the connections that there are; give this process more memory,"
                + " or its budgets less";
    }

    static String connections(Setting<Long> most) {
        return "as many clients are connected as total-max-smtp-in " + most.value() + " (" + most.origin() + ") allows";
    }

    private static String whole(MemoryUse all) {
        return mib(all.usedBytes()) + " of " + mib(all.limitBytes()) + " outside the heap in use";
    }

    private static String limit(Setting<Long> setting, long bytes) {
        String from = setting.origin() instanceof Origin.Line line && setting.value() > 0
                ? line.toString()
                : "not set: a part of the memory here";
        return setting.directive() + " " + mib(bytes) + " (" + from + ")";
    }

    private static String mib(long bytes) {
        return bytes / MIB + "M";
    }
}
