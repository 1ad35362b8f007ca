package org.sluicemta.lab;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.sluicemta.simulation.Link;
import org.sluicemta.simulation.SimulatedHost;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;

/// A load generator and a receiver on two simulated hosts, and everything that either tells.
final class Stage {
    static final String FROM = "news@sender.example";
    static final Duration LIMIT = Duration.ofMinutes(10);
    private static final InetAddress HERE = InetAddress.ofLiteral("10.0.0.1");
    private static final InetAddress THERE = InetAddress.ofLiteral("10.0.0.2");

    final SimulatedUniverse universe;
    final Receiver receiver;
    final List<Receipt> receipts = new ArrayList<>();
    final List<Refusal> refusals = new ArrayList<>();
    final List<Load.Handed> handed = new ArrayList<>();
    final Load load;
    final Loop loop;
    boolean isDone;

    private final SimulatedHost near;
    private final SimulatedHost far;

    Stage(long seed, ReceiverModel model, int sessions, long messages, double perSecond) {
        this(seed, _ -> model, sessions, messages, perSecond, Stage::usual);
    }

    Stage(
            long seed,
            Function<Network, ReceiverModel> model,
            int sessions,
            long messages,
            double perSecond,
            LongFunction<LoadMessage> message) {
        universe = SimulatedUniverse.seeded(seed);
        near = universe.host("feeder", HERE);
        far = universe.host("sink", THERE);
        SimulatedWorld sinkWorld = far.boot();
        SimulatedWorld feederWorld = near.boot();
        Loop sinkLoop = sinkWorld.loops().getFirst();
        loop = feederWorld.loops().getFirst();
        receiver = new Receiver(model.apply(sinkWorld.network()), sinkLoop, receipts::add, refusals::add);
        var place = new InetSocketAddress(THERE, 25);
        Network.Listener unused = sinkWorld.network().listen(sinkLoop, new ListenPlan.Tcp(place, 100), receiver);
        load = new Load(
                loop,
                feederWorld.network(),
                feederWorld.memory("load", 64L << 20),
                new LoadPlan(place, sessions, messages, perSecond, message),
                handed::add,
                () -> isDone = true);
    }

    static LoadMessage usual(long n) {
        return to(n, "user" + n + "@example.com");
    }

    static LoadMessage to(long n, String... recipients) {
        var maker = new MessageMaker("test");
        return new LoadMessage(
                n, maker.name(n), FROM, List.of(recipients), maker.message(n, FROM, recipients[0], "", 2000));
    }

    Link wire() {
        return universe.wires().link(near, far);
    }

    Stage run() {
        loop.post(load::start);
        universe.runUntil(() -> isDone, LIMIT);
        return this;
    }

    void start() {
        loop.post(load::start);
    }

    List<String> acceptedRecipients() {
        return handed.stream().flatMap(h -> h.recipients().stream()).toList();
    }

    List<String> receivedRecipients() {
        return receipts.stream().map(Receipt::recipient).toList();
    }

    long refused() {
        return handed.stream().mapToLong(Load.Handed::refused).sum();
    }
}
