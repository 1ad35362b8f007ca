package org.sluicemta.app;

import org.sluicemta.config.Configuration;
import org.sluicemta.config.Directives;
import org.sluicemta.queue.QueueBudget;

/// How much memory the server may take, by what it is for. What is not configured follows the memory that this machine,
/// or the limit around this process, has.
///
/// @param heapBytes most of the Java heap, as the JVM was told
/// @param contentBytes budget for messages on their way in and at hand, outside the heap
/// @param queueBytes budget for waiting recipients, outside the heap
/// @param journalBytes budget for reading messages and events back from the spool, outside the heap; not configured
public record MemoryBudgets(long heapBytes, long contentBytes, long queueBytes, long journalBytes) {
    private static final long MIB = 1L << 20;
    private static final long MOST_CONTENT = 256 * MIB;
    private static final long MOST_QUEUES = 1536 * MIB;
    private static final long MOST_READING = 256 * MIB;
    private static final long LEAST_READING = 16 * MIB;
    private static final long EVENTS = 16 * MIB;

    /// Of the memory there is: with 512 MB, 64 for content, 85 for queues and 48 for the journal, beside a heap of 179
    /// and the JVM's own 100.
    private static final int CONTENT_PART = 8;

    private static final int QUEUE_PART = 6;
    private static final int READING_PART = 16;

    /// Of the heap, for everything but queues.
    private static final int HEAP_PART = 5;

    private static final long LEAST_QUEUES_KEPT = 10_000;

    /// The least that sockets should have of all that is outside the heap.
    private static final int SOCKETS_PART = 8;

    /// The tables grow in steps of 1 MB, two of them in each loop, and new mail is refused before the last ones.
    private static final long LEAST_QUEUES = 8 * MIB;

    private static final long QUEUES_A_LOOP = 4 * MIB;

    /// @param machineBytes memory of this machine, or the limit around this process
    /// @param heapBytes most of the Java heap
    /// @param loops that share the tables
    static MemoryBudgets of(Configuration configuration, long machineBytes, long heapBytes, int loops) {
        return new MemoryBudgets(
                heapBytes,
                budget(
                        configuration.global(Directives.CONTENT_MEMORY).value(),
                        Math.min(MOST_CONTENT, machineBytes / CONTENT_PART),
                        16 * MIB),
                budget(
                        configuration.global(Directives.QUEUE_MEMORY).value(),
                        Math.min(MOST_QUEUES, machineBytes / QUEUE_PART),
                        LEAST_QUEUES + loops * QUEUES_A_LOOP),
                EVENTS + budget(0, Math.min(MOST_READING, machineBytes / READING_PART), LEAST_READING));
    }

    /// The part of the journal's that content takes on its way back to be sent.
    long readingBytes() {
        return Math.max(LEAST_READING, journalBytes - EVENTS);
    }

    /// How many queues the heap holds beside what everything else takes of it.
    long mostQueues() {
        return Math.max(LEAST_QUEUES_KEPT, (heapBytes - heapBytes / HEAP_PART) / QueueBudget.QUEUE_BYTES);
    }

    private static long budget(long configured, long otherwise, long least) {
        return Math.max(least, configured > 0 ? configured : otherwise);
    }

    /// For the line that says that the server is ready.
    ///
    /// @param outsideBytes the most that all budgets and sockets may take outside the heap
    String told(long outsideBytes) {
        return "memory: heap " + mib(heapBytes) + ", content-memory " + mib(contentBytes) + ", queue-memory "
                + mib(queueBytes) + ", journal " + mib(journalBytes) + ", all outside the heap " + mib(outsideBytes);
    }

    /// What is wrong with budgets that leave nothing for sockets; empty where nothing is.
    String excess(long outsideBytes) {
        long budgets = contentBytes + queueBytes + journalBytes;
        return budgets <= outsideBytes - outsideBytes / SOCKETS_PART
                ? ""
                : "content-memory, queue-memory and the journal's " + mib(journalBytes) + " promise " + mib(budgets)
                        + " of the " + mib(outsideBytes) + " that there are outside the heap, and sockets need a part;"
                        + " mail is refused where they run out, so give less to them or to the heap";
    }

    private static String mib(long bytes) {
        return bytes / MIB + "M";
    }
}
