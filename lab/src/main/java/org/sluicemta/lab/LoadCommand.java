package org.sluicemta.lab;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.Loop;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `sluice load`: hands messages over by SMTP and measures until the 250.
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Hands messages over by SMTP and prints rate and latency until the 250. A message whose session broke before"
                    + " its last reply is in doubt and is handed over again under the same name.",
            ""
        },
        footer = {
            "",
            "With --rate the moments at which messages are due are fixed (open loop): latency counts from the due moment,"
                    + " so that a server that stalls cannot hide it, and the share of late starts is printed.",
            "Exit status 0: all were accepted; 1: some were refused or not answered; 2: usage.",
            "",
            "Example: sluice load --port 2525 --messages 50000 --size 10240 --domain example.com \\",
            "             --header 'X-Virtual-MTA: news' --header 'X-Job: test-1'"
        })
final class LoadCommand implements Callable<Integer> {
    private static final long MEMORY_BYTES = 512L << 20;
    private static final int NOBODY_SECONDS = 10;

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            paramLabel = "HOST",
            description = "The server (${DEFAULT-VALUE}).")
    String host = "127.0.0.1";

    @Option(names = "--port", defaultValue = "25", paramLabel = "PORT", description = "Its port (${DEFAULT-VALUE}).")
    int port = 25;

    @Option(
            names = "--sessions",
            defaultValue = "20",
            paramLabel = "N",
            description = "Connections (${DEFAULT-VALUE}).")
    int sessions = 20;

    @Option(
            names = "--messages",
            defaultValue = "10000",
            paramLabel = "N",
            description = "Messages in all (${DEFAULT-VALUE}).")
    long messages = 10_000;

    @Option(
            names = "--size",
            defaultValue = "10240",
            paramLabel = "BYTES",
            description = "Bytes of each (${DEFAULT-VALUE}).")
    int size = 10_240;

    @Option(
            names = "--rate",
            defaultValue = "0",
            paramLabel = "PER-SECOND",
            description =
                    "Messages a second, due on a fixed schedule whatever the server does; 0 for as fast as they are"
                            + " taken (${DEFAULT-VALUE}).")
    double rate;

    @Option(
            names = "--from",
            defaultValue = "news@load.example",
            paramLabel = "ADDRESS",
            description = "Reverse-path (${DEFAULT-VALUE}).")
    String from = "news@load.example";

    @Option(
            names = "--domain",
            defaultValue = "load.example",
            paramLabel = "DOMAIN",
            description = "Of the recipients, which are user0, user1, … (${DEFAULT-VALUE}).")
    String domain = "load.example";

    @Option(
            names = "--header",
            paramLabel = "FIELD",
            description = "A header field for each message, e.g. 'X-Virtual-MTA: m1'; repeatable.")
    List<String> headers = List.of();

    @Option(
            names = "--timeout",
            defaultValue = "600",
            paramLabel = "SECONDS",
            description = "Ends after so long at most (${DEFAULT-VALUE}).")
    int timeoutSeconds = 600;

    private final Histogram latency = new ConcurrentHistogram(3_600_000_000L, 3);
    private final AtomicReference<@Nullable Load> load = new AtomicReference<>();
    private final AtomicBoolean isReported = new AtomicBoolean();
    private volatile long accepted;
    private volatile long refused;
    private volatile long inDoubt;
    private long startNanos;

    @Override
    public Integer call() throws InterruptedException {
        String wrong = wrong();
        if (!wrong.isEmpty()) {
            System.err.println("load: " + wrong);
            return 2;
        }
        var target = new InetSocketAddress(host, port);
        if (target.isUnresolved()) {
            System.err.println("load: the name " + host + " has no address; write an address, or a name that has one");
            return 2;
        }
        var done = new CountDownLatch(1);
        var maker = new MessageMaker("load-" + Long.toString(System.currentTimeMillis(), 36));
        var fields = new StringBuilder();
        headers.forEach(h -> fields.append(h).append("\r\n"));
        var plan = new LoadPlan(target, sessions, messages, rate, n -> {
            String to = "user" + n + "@" + domain;
            return new LoadMessage(
                    n, maker.name(n), from, List.of(to), maker.message(n, from, to, fields.toString(), size));
        });
        Runtime.getRuntime().addShutdownHook(new Thread(this::report, "load-report"));
        try (RealWorld world = RealWorld.start(new RealWorldPlan(1, 1, 100, 1, true))) {
            Loop loop = world.loops().getFirst();
            startNanos = System.nanoTime();
            loop.post(() -> {
                var made = new Load(
                        loop, world.network(), world.memory("load", MEMORY_BYTES), plan, this::heard, done::countDown);
                load.set(made);
                made.start();
            });
            boolean isDone = await(done);
            report();
            return isDone && refused == 0 ? 0 : 1;
        }
    }

    private String wrong() {
        if (sessions < 1 || sessions > 10_000) {
            return "--sessions is " + sessions + "; write 1 to 10000";
        }
        if (messages < 1) {
            return "--messages is " + messages + "; write 1 or more";
        }
        if (size < 500 || size > 100 << 20) {
            return "--size is " + size + "; write 500 to 104857600";
        }
        if (rate < 0 || port < 1 || port > 65_535 || timeoutSeconds < 1) {
            return "--rate is 0 or more, --port 1 to 65535, --timeout 1 or more";
        }
        for (String field : headers) {
            if (!field.matches("[!-9;-~]+:[ -~]*")) {
                return "--header '" + field + "' is no header field; write e.g. 'X-Job: test-1'";
            }
        }
        return "";
    }

    /// Waits with a line every 5 s; gives up early when nobody ever answered.
    private boolean await(CountDownLatch done) throws InterruptedException {
        long end = startNanos + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        while (System.nanoTime() - end < 0) {
            if (done.await(5, TimeUnit.SECONDS)) {
                return true;
            }
            long seconds = (System.nanoTime() - startNanos) / 1_000_000_000L;
            Load now = load.get();
            String trouble = now == null ? "" : now.trouble();
            System.err.printf(
                    Locale.ROOT,
                    "load: %d s, %,d of %,d accepted%s%n",
                    seconds,
                    accepted,
                    messages,
                    trouble.isEmpty() ? "" : "; last trouble: " + trouble);
            if (accepted + refused == 0 && seconds >= NOBODY_SECONDS && now != null && now.open() == 0) {
                System.err.println("load: nobody takes mail at " + host + ":" + port + ": " + trouble);
                return false;
            }
        }
        System.err.println("load: not done after " + timeoutSeconds + " s; --timeout allows more");
        return false;
    }

    /// On the loop: the only writer of the counts.
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    private void heard(Load.Handed handed) {
        accepted += handed.recipients().size();
        refused += handed.refused();
        inDoubt += handed.isInDoubt() ? 1 : 0;
        if (!handed.isInDoubt()) {
            latency.recordValue(Math.min(handed.sinceNanos() / 1000, latency.getHighestTrackableValue()));
        }
    }

    /// The totals, once: at the end, or when Ctrl-C comes before.
    private void report() {
        Load made = load.get();
        if (made == null || !isReported.compareAndSet(false, true)) {
            return;
        }
        double took = (System.nanoTime() - startNanos) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "accepted %,d, refused %,d, in doubt %,d in %.1f s: %,.0f/s; until the 250: p50 %.1f ms, p99 %.1f ms,"
                        + " max %.1f ms%n",
                accepted,
                refused,
                inDoubt,
                took,
                accepted / took,
                latency.getValueAtPercentile(50) / 1e3,
                latency.getValueAtPercentile(99) / 1e3,
                latency.getMaxValue() / 1e3);
        if (rate > 0) {
            System.out.printf(
                    Locale.ROOT,
                    "late starts: %,d of %,d (%.2f %%): begun more than 5 ms after they were due%n",
                    made.lateStarts(),
                    made.started(),
                    100.0 * made.lateStarts() / Math.max(1, made.started()));
        }
        if (made.sessionsLost() > 0) {
            System.out.printf(Locale.ROOT, "sessions lost: %,d; the last: %s%n", made.sessionsLost(), made.trouble());
        }
        System.out.flush();
    }
}
