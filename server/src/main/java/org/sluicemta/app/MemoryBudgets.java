package org.sluicemta.app;

import org.sluicemta.config.Configuration;
import org.sluicemta.config.Directives;

/// How much memory the server may take, by what it is for. What is not configured follows the memory that this machine,
/// or the limit around this process, has.
///
/// @param heapBytes most of the Java heap, as the JVM was told
/// @param contentBytes budget for messages on their way in and at hand, outside the heap
/// @param queueBytes budget for waiting recipients, outside the heap
public record MemoryBudgets(long heapBytes, long contentBytes, long queueBytes) {
    private static final long MIB = 1L << 20;
    private static final long MOST_CONTENT = 256 * MIB;
    private static final long MOST_QUEUES = 1536 * MIB;

    /// Of the memory there is: with 512 MB, 64 for content and 96 for queues, beside a heap of 179 and the JVM's own
    // 100.
    private static final int CONTENT_PART = 8;

    private static final int QUEUE_PART = 5;

    /// @param machineBytes memory of this machine, or the limit around this process
    /// @param heapBytes most of the Java heap
    static MemoryBudgets of(Configuration configuration, long machineBytes, long heapBytes) {
        return new MemoryBudgets(
                heapBytes,
                budget(
                        configuration.global(Directives.CONTENT_MEMORY).value(),
                        Math.min(MOST_CONTENT, machineBytes / CONTENT_PART)),
                budget(
                        configuration.global(Directives.QUEUE_MEMORY).value(),
                        Math.min(MOST_QUEUES, machineBytes / QUEUE_PART)));
    }

    private static long budget(long configured, long otherwise) {
        return configured > 0 ? configured : Math.max(16 * MIB, otherwise);
    }

    /// For the line that says that the server is ready.
    String told() {
        return "memory: heap " + mib(heapBytes) + ", content-memory " + mib(contentBytes) + ", queue-memory "
                + mib(queueBytes);
    }

    private static String mib(long bytes) {
        return bytes / MIB + "M";
    }
}
