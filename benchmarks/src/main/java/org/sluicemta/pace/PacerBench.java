package org.sluicemta.pace;

import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.sluicemta.benchmarks.HandLoop;

/// Permits and connections asked, granted and given back, on the pacer's own loop. State: a pacer with the limits of
/// one virtual MTA and of the server; workload: one ask after another, never held up.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PacerBench {
    private static final long MILLISECOND = 1_000_000L;

    private final HandLoop loop = new HandLoop();
    private final Pacer pacer = new Pacer(loop, ZoneOffset.UTC);
    private Answer answer = new Answer.Held(rate(LimitKey.Scope.SERVER, "none"), 0);
    private final Desk desk = pacer.desk(loop, (ask, told) -> answer = told);
    private final List<Limit> rates =
            List.of(rate(LimitKey.Scope.VIRTUAL_MTA, "news1"), rate(LimitKey.Scope.ROLLUP, "receiver.rollup"));
    private final List<Limit> connections =
            List.of(connections(LimitKey.Scope.VIRTUAL_MTA, "news1"), connections(LimitKey.Scope.SERVER, ""));
    private final Object context = new Object();

    private static Limit rate(LimitKey.Scope scope, String name) {
        return new Limit.OfRate(
                new LimitKey(scope, name, LimitKey.Kind.MESSAGE_RATE),
                new Rate(1_000_000, 1_000, false),
                "max-smtp-msg-rate",
                "config:1");
    }

    private static Limit connections(LimitKey.Scope scope, String name) {
        return new Limit.OfConnections(
                new LimitKey(scope, name, LimitKey.Kind.CONNECTIONS), 1_000, "max-smtp-out", "config:2");
    }

    @Benchmark
    public Answer permitAskedGrantedUsed() {
        desk.ask(Ask.forPermits(rates, 1, 0, null, context));
        loop.run(MILLISECOND);
        return granted();
    }

    @Benchmark
    public Answer permitAskedGrantedReturned() {
        desk.ask(Ask.forPermits(rates, 1, 0, null, context));
        desk.unused(granted(), 1);
        loop.run(MILLISECOND);
        return answer;
    }

    @Benchmark
    public Answer connectionAskedOpenedClosed() {
        desk.ask(Ask.toOpen(connections, 1, context));
        if (!(answer instanceof Answer.Opened opened)) {
            throw new IllegalStateException("not opened: " + answer);
        }
        desk.closed(opened);
        loop.run(MILLISECOND);
        return answer;
    }

    private Answer.Granted granted() {
        if (!(answer instanceof Answer.Granted granted)) {
            throw new IllegalStateException("not granted: " + answer);
        }
        return granted;
    }
}
