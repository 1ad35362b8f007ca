package org.sluicemta.web;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.sluicemta.control.Operations;
import org.sluicemta.dns.ResolverCounters;
import org.sluicemta.queue.OutcomeCounts;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.queue.QueueTotals;
import org.sluicemta.spool.Spool;
import org.sluicemta.world.MemoryUse;

/// Figures of the running server. Implemented by `app`, which knows the owners.
public interface MeasuredServer {
    /// From any thread; never blocks.
    ///
    /// @param answer on a loop
    void measure(Consumer<Measured> answer);

    /// What is told to collectors of metrics: sums, so that a hundred thousand queues cost no more than ten.
    ///
    /// @param byVirtualMta since the start
    /// @param loopLagNanos how late each mail loop came to the question
    /// @param contentBytes of messages on their way in and at hand
    /// @param outsideHeap of all budgets and sockets
    /// @param room what waiting mail takes of what it may take
    /// @param putOff clients since the start that were asked to come again, by a word for what was short
    record Measured(
            Operations.ServerStatus status,
            QueueTotals queues,
            ResolverCounters dns,
            Spool.SpoolFacts spool,
            Map<String, OutcomeCounts> byVirtualMta,
            List<Long> loopLagNanos,
            long contentBytes,
            long contentLimitBytes,
            MemoryUse outsideHeap,
            QueueRoom.Room room,
            Map<String, Long> putOff) {}
}
