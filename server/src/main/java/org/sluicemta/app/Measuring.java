package org.sluicemta.app;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.sluicemta.control.Operations;
import org.sluicemta.dns.Resolver;
import org.sluicemta.queue.OutcomeCounts;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.queue.QueueTotals;
import org.sluicemta.receive.Reception;
import org.sluicemta.spool.JournalSpool;
import org.sluicemta.web.MeasuredServer;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.World;

/// One gathering of figures from their owners. Owner: `home`.
final class Measuring {
    private final World world;
    private final Loop home;
    private final List<Loop> loops;
    private final QueueRoom queues;
    private final Resolver resolver;
    private final JournalSpool spool;
    private final Memory content;
    private final Reception reception;
    private final List<Long> lags;
    private int missing;

    Measuring(
            World world,
            Loop home,
            QueueRoom queues,
            Resolver resolver,
            JournalSpool spool,
            Memory content,
            Reception reception) {
        this.home = home;
        this.world = world;
        this.loops = world.loops();
        this.queues = queues;
        this.resolver = resolver;
        this.spool = spool;
        this.content = content;
        this.reception = reception;
        this.lags = new ArrayList<>(Collections.nCopies(loops.size(), 0L));
        this.missing = loops.size();
    }

    /// In a turn of `home`.
    ///
    /// @param status of what the queues hold together: they are added up once
    void begin(Function<QueueTotals, Operations.ServerStatus> status, Consumer<MeasuredServer.Measured> answer) {
        // The clocks of loops are one clock, read once a turn.
        long asked = home.nanos();
        for (int i = 0; i < loops.size(); i++) {
            int number = i;
            Loop loop = loops.get(i);
            loop.post(() -> {
                long lag = Math.max(0, loop.nanos() - asked);
                home.post(() -> came(number, lag, status, answer));
            });
        }
    }

    private void came(
            int loop,
            long lag,
            Function<QueueTotals, Operations.ServerStatus> status,
            Consumer<MeasuredServer.Measured> answer) {
        lags.set(loop, lag);
        missing--;
        if (missing == 0) {
            queues.totals(
                    home,
                    totals -> queues.outcomes(
                            home, outcomes -> answer.accept(measured(status.apply(totals), totals, outcomes))));
        }
    }

    private Map<String, Long> putOff() {
        var byLimit = new LinkedHashMap<String, Long>();
        reception.putOff().forEach((shortage, times) -> byLimit.put(shortage.limit(), times));
        return byLimit;
    }

    private MeasuredServer.Measured measured(
            Operations.ServerStatus status, QueueTotals totals, Map<String, OutcomeCounts> outcomes) {
        return new MeasuredServer.Measured(
                status,
                totals,
                resolver.counters(),
                spool.facts(),
                outcomes,
                List.copyOf(lags),
                content.usedBytes(),
                content.limitBytes(),
                world.outsideHeap(),
                queues.room(),
                putOff());
    }
}
