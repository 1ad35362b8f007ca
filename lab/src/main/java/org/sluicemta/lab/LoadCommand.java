package org.sluicemta.lab;

import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `sluice load`: hands messages over by SMTP and measures until the 250.
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description = "Hands messages over by SMTP and prints rate and latency until the 250.")
final class LoadCommand implements Callable<Integer> {
    @Option(names = "--host", defaultValue = "127.0.0.1", description = "The server (${DEFAULT-VALUE}).")
    String host = "127.0.0.1";

    @Option(names = "--port", defaultValue = "25", description = "Its port (${DEFAULT-VALUE}).")
    int port = 25;

    @Option(names = "--sessions", defaultValue = "20", description = "Connections (${DEFAULT-VALUE}).")
    int sessions = 20;

    @Option(names = "--messages", defaultValue = "10000", description = "Messages in all (${DEFAULT-VALUE}).")
    long messages = 10_000;

    @Option(names = "--size", defaultValue = "10240", description = "Bytes of each (${DEFAULT-VALUE}).")
    int size = 10_240;

    @Option(
            names = "--rate",
            defaultValue = "0",
            description = "Messages a second, due on a fixed schedule (open loop); 0 as fast as they are taken.")
    double rate;

    @Option(names = "--from", defaultValue = "news@load.example", description = "Reverse-path (${DEFAULT-VALUE}).")
    String from = "news@load.example";

    @Option(names = "--domain", defaultValue = "load.example", description = "Of the recipients (${DEFAULT-VALUE}).")
    String domain = "load.example";

    @Option(names = "--header", description = "A field for each message, e.g. 'X-Virtual-MTA: m1'; repeatable.")
    List<String> headers = List.of();

    @Option(names = "--timeout", defaultValue = "600", description = "Seconds at most (${DEFAULT-VALUE}).")
    int timeoutSeconds = 600;

    @Override
    public Integer call() throws InterruptedException {
        var out = new PrintWriter(System.out, true);
        if (sessions < 1 || messages < 1 || size < 300) {
            out.println("load: --sessions and --messages are 1 or more, --size 300 or more");
            return 2;
        }
        var latency = new Histogram(3);
        var done = new CountDownLatch(1);
        var maker = new MessageMaker("load-" + ProcessHandle.current().pid());
        var fields = new StringBuilder();
        headers.forEach(h -> fields.append(h).append("\r\n"));
        long[] counts = new long[3];
        try (RealWorld world = RealWorld.start(new RealWorldPlan(1, 1, 100, 1, true))) {
            Loop loop = world.loops().getFirst();
            Memory memory = world.memory("load", 512L << 20);
            var plan = new LoadPlan(new InetSocketAddress(host, port), sessions, messages, rate, n -> {
                String to = "user" + n + "@" + domain;
                return new LoadMessage(
                        n, maker.name(n), from, List.of(to), maker.message(n, from, to, fields.toString(), size));
            });
            long start = System.nanoTime();
            loop.post(() -> new Load(
                            loop,
                            world.network(),
                            memory,
                            plan,
                            handed -> {
                                counts[0] += handed.recipients().size();
                                counts[1] += handed.refused();
                                counts[2] += handed.isInDoubt() ? 1 : 0;
                                if (!handed.isInDoubt()) {
                                    latency.recordValue(handed.sinceNanos() / 1000);
                                }
                            },
                            done::countDown)
                    .start());
            boolean isDone = done.await(timeoutSeconds, TimeUnit.SECONDS);
            double took = (System.nanoTime() - start) / 1e9;
            out.printf(
                    java.util.Locale.ROOT,
                    "accepted %d, refused %d, in doubt %d in %.1f s: %.0f/s; until the 250: p50 %.1f ms, p99 %.1f ms, max %.1f ms%n",
                    counts[0],
                    counts[1],
                    counts[2],
                    took,
                    counts[0] / took,
                    latency.getValueAtPercentile(50) / 1e3,
                    latency.getValueAtPercentile(99) / 1e3,
                    latency.getMaxValue() / 1e3);
            return isDone && counts[1] == 0 ? 0 : 1;
        }
    }
}
