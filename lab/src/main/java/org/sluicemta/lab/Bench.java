package org.sluicemta.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Loop;

/// The benchmark's run: two servers, one after the other, each a process of its own on loopback.
///
/// **Relay.** Sessions hand messages over as fast as the server takes them, a receiver takes them all. After a warm-up
/// the readings are taken (server's processor time, bytes to the disk, its own counters), then the load goes on for the
/// measured time, then ends, and when the last message has arrived the readings are taken again. So what is counted
/// holds whole lives of messages, and as much backlog at its end as there was not.
///
/// **Waiting.** Mail for domains whose host does not answer, one recipient a message. When so much waits that every
/// cache is full, a full collection is asked for and the resident memory read; then more mail is handed over, and both
/// are done again. The difference, divided by the recipients between, is what one more costs; what the server costs
/// without mail cancels out. This server's JVM is told to keep no more heap than it needs, since otherwise its
/// resident memory would show the size that it was allowed, not what mail takes.
///
/// Blocks. [#close] may be called by any thread, once or more.
final class Bench implements AutoCloseable {
    /// The server makes its metrics once a second at most.
    private static final Duration METRICS_AGE = Duration.ofMillis(1_100);

    /// Of recipients of relayed mail, each with a queue of its own.
    private static final int DOMAINS = 10;

    /// Of waiting recipients.
    private static final int DEAD_DOMAINS = 100;
    private static final String FROM = "news@bench.example";
    private static final long LOAD_BYTES = 256L << 20;
    private static final int WAITING_SIZE = 2_048;
    /// The heap shrinks to what is needed at each full collection.
    private static final List<String> TIGHT_HEAP =
            List.of("-Xms16m", "-XX:MinHeapFreeRatio=5", "-XX:MaxHeapFreeRatio=10");

    /// Readings of resident memory, a moment apart, until two agree: memory goes back to the system a little later.
    private static final int MOST_LOOKS = 20;

    private static final long LOOK_MS = 250;
    private static final double AGREEMENT = 0.002;

    /// @param folder new, removed at the end
    /// @param settled recipients that wait before the first reading of memory
    /// @param waiting recipients that come between the two; 0 leaves that part out
    /// @param flags for the relaying server's JVM
    record Plan(
            Path folder,
            int sizeBytes,
            int sessions,
            int warmUpSeconds,
            int seconds,
            int settled,
            int waiting,
            List<String> flags) {
        Plan(Path folder, int sizeBytes, int sessions, int warmUpSeconds, int seconds, int settled, int waiting) {
            this(folder, sizeBytes, sessions, warmUpSeconds, seconds, settled, waiting, List.of());
        }
    }

    /// What was found.
    ///
    /// @param faults why the figures mean nothing; empty for a good run
    /// @param connections that the server opened to relay
    /// @param othersShare of the machine's processor time while the relay was measured: 0 to 1
    record Found(
            Map<BenchFigure, Double> figures,
            List<String> faults,
            long accepted,
            long relayed,
            long connections,
            double seconds,
            double othersShare,
            List<String> notes) {}

    private final Plan plan;
    private final Consumer<String> progress;
    private final String run = DemoStage.runNamed("bench");
    private final Map<BenchFigure, Double> figures = new EnumMap<>(BenchFigure.class);
    private final java.util.ArrayList<String> faults = new java.util.ArrayList<>();
    private final java.util.ArrayList<String> notes = new java.util.ArrayList<>();
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private volatile @Nullable DemoStage stage;

    private long accepted;
    private long relayed;
    private long connections;
    private double seconds;
    private double othersShare;

    Bench(Plan plan, Consumer<String> progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /// @throws LabException when a server does not start, ends, or stands still
    Found run() throws InterruptedException, IOException {
        relay();
        if (plan.waiting() > 0) {
            hold();
        }
        return new Found(
                figures, List.copyOf(faults), accepted, relayed, connections, seconds, othersShare, List.copyOf(notes));
    }

    private DemoStage open(String name, List<String> flags) throws IOException {
        Path folder = Files.createDirectories(plan.folder().resolve(name));
        var made = new DemoStage(folder, true, run + "-" + name, new DemoScreen(System.err, false, false), flags);
        stage = made;
        if (isClosed.get()) {
            made.close();
            throw new LabException("ended");
        }
        return made;
    }

    // --- relay

    private void relay() throws InterruptedException, IOException {
        try (DemoStage on = open("relay", plan.flags())) {
            var received = new AtomicLong();
            var damaged = new AtomicLong();
            var receiver =
                    new Receiver(ReceiverModel.accepting("bench", "mx.bench.example"), on.receivingLoop(), receipt -> {
                        received.incrementAndGet();
                        damaged.addAndGet(receipt.isDamaged() ? 1 : 0);
                    });
            int web = FreePorts.find();
            Files.writeString(on.config(), configuration(on, web, on.listen(receiver, "127.0.0.1")));
            on.server().start();
            on.await("the management port", () -> ServerMetrics.isThere(web));
            var feed = new Feed(on, plan.sessions(), 0, Long.MAX_VALUE, plan.sizeBytes(), DOMAINS);
            feed.start();
            progress.accept("relay: warming up, " + plan.warmUpSeconds() + " s");
            on.pass(Duration.ofSeconds(plan.warmUpSeconds()));
            progress.accept("relay: measuring, " + plan.seconds() + " s");
            Moment from = Moment.of(on, web, feed, received.get(), receiver);
            feed.isMeasured = true;
            on.pass(Duration.ofSeconds(plan.seconds()));
            feed.isMeasured = false;
            Moment loaded = Moment.of(on, web, feed, received.get(), receiver);
            feed.stop();
            on.await("the last messages", () -> received.get() >= feed.accepted.get());
            long drained = System.nanoTime();
            // What the server tells is at most so old.
            on.pass(METRICS_AGE);
            Moment to = Moment.of(on, web, feed, received.get(), receiver);
            rate(from, loaded, drained, to, feed.latency);
            if (feed.refused.get() > 0 || feed.inDoubt.get() > 0) {
                faults.add(feed.refused.get() + " recipients were refused and " + feed.inDoubt.get()
                        + " messages were not answered: " + feed.trouble());
            }
            if (damaged.get() > 0 || received.get() > feed.accepted.get()) {
                faults.add(damaged.get() + " messages were damaged, " + (received.get() - feed.accepted.get())
                        + " came twice");
            }
        }
    }

    /// All readings of one instant.
    private record Moment(
            long nanos,
            double machineMicros,
            double serverMicros,
            double ownMicros,
            long writtenBytes,
            ServerMetrics metrics,
            long accepted,
            long received,
            long connections) {
        static Moment of(DemoStage stage, int web, Feed feed, long received, Receiver receiver) throws IOException {
            var server = new ProcessReadings(stage.server().pid());
            var own = new ProcessReadings(ProcessHandle.current().pid());
            return new Moment(
                    System.nanoTime(),
                    ProcessReadings.machineMicros(),
                    server.processorMicros(),
                    own.processorMicros(),
                    server.writtenBytes(),
                    ServerMetrics.ask(web),
                    feed.accepted.get(),
                    received,
                    receiver.counts().connections);
        }
    }

    private void rate(Moment from, Moment loaded, long drained, Moment to, Histogram latency) {
        accepted = to.accepted() - from.accepted();
        relayed = to.received() - from.received();
        connections = to.connections() - from.connections();
        seconds = (to.nanos() - from.nanos()) / 1e9;
        double drainedSeconds = (drained - from.nanos()) / 1e9;
        if (relayed == 0 || accepted == 0) {
            throw new LabException("nothing was relayed in " + plan.seconds() + " s; is the machine very busy?");
        }
        double server = to.serverMicros() - from.serverMicros();
        double own = to.ownMicros() - from.ownMicros();
        double machine = seconds * 1e6 * Runtime.getRuntime().availableProcessors();
        othersShare = Math.clamp((to.machineMicros() - from.machineMicros() - server - own) / machine, 0, 1);
        figures.put(
                BenchFigure.ACCEPTED, (loaded.accepted() - from.accepted()) / ((loaded.nanos() - from.nanos()) / 1e9));
        figures.put(BenchFigure.RELAYED, relayed / drainedSeconds);
        figures.put(BenchFigure.LATENCY_50, latency.getValueAtPercentile(50) / 1e3);
        figures.put(BenchFigure.LATENCY_99, latency.getValueAtPercentile(99) / 1e3);
        // Some that are relayed here were accepted before; each is a half of what a message costs.
        double messages = (accepted + relayed) / 2.0;
        figures.put(BenchFigure.PROCESSOR, server / messages);
        figures.put(
                BenchFigure.SYNCS,
                ServerMetrics.grown(from.metrics(), to.metrics(), "sluice_journal_syncs_total") / messages);
        figures.put(
                BenchFigure.JOURNAL_BYTES,
                ServerMetrics.grown(from.metrics(), to.metrics(), "sluice_journal_bytes_total") / messages);
        figures.put(BenchFigure.DISK_BYTES, (to.writtenBytes() - from.writtenBytes()) / messages);
        String heap = "sluice_jvm_allocated_bytes_total";
        figures.put(
                BenchFigure.HEAP_BYTES,
                (to.metrics().value(heap) - from.metrics().value(heap)) / messages);
    }

    // --- waiting

    private void hold() throws InterruptedException, IOException {
        try (DemoStage on = open("waiting", TIGHT_HEAP)) {
            int web = FreePorts.find();
            int nobody = FreePorts.find();
            Files.writeString(on.config(), configuration(on, web, nobody));
            on.server().start();
            on.await("the management port", () -> ServerMetrics.isThere(web));
            progress.accept(String.format(Locale.ROOT, "waiting: %,d recipients, to fill caches", plan.settled()));
            submit(on, 0, plan.settled());
            long memoryBefore = settledMemory(on);
            ServerMetrics before = ServerMetrics.ask(web);
            tell(memoryBefore, before);
            progress.accept(String.format(Locale.ROOT, "waiting: %,d recipients more", plan.waiting()));
            submit(on, plan.settled(), plan.waiting());
            long memory = settledMemory(on);
            ServerMetrics after = ServerMetrics.ask(web);
            tell(memory, after);
            double came = after.value("sluice_queue_recipients") - before.value("sluice_queue_recipients");
            if (came != plan.waiting()) {
                faults.add(String.format(
                        Locale.ROOT, "%,d recipients were handed over and %,.0f wait", plan.waiting(), came));
            }
            if (memory >= 0 && memoryBefore >= 0) {
                figures.put(BenchFigure.MEMORY, Math.max(0, (memory - memoryBefore) / (double) plan.waiting()));
            }
            figures.put(
                    BenchFigure.TABLES,
                    (after.value("sluice_queue_table_bytes") - before.value("sluice_queue_table_bytes"))
                            / plan.waiting());
        }
    }

    private void tell(long memory, ServerMetrics metrics) {
        progress.accept(String.format(
                Locale.ROOT,
                "waiting: %,.0f recipients wait; resident %,.1f MB, of it heap %,.1f MB, messages at hand %,.1f MB",
                metrics.value("sluice_queue_recipients"),
                memory / 1e6,
                metrics.value("sluice_jvm_heap_bytes") / 1e6,
                metrics.value("sluice_content_bytes") / 1e6));
    }

    private void submit(DemoStage on, long first, int count) throws InterruptedException {
        var feed = new Feed(on, plan.sessions(), first, count, WAITING_SIZE, DEAD_DOMAINS);
        feed.start();
        on.await("mail that waits to be accepted", () -> feed.done.getCount() == 0);
        if (feed.refused.get() > 0) {
            faults.add(feed.refused.get() + " recipients were refused: " + feed.trouble());
        }
    }

    /// After a full collection, when two looks agree; negative when no collection could be asked for.
    private long settledMemory(DemoStage on) throws IOException, InterruptedException {
        var server = new ProcessReadings(on.server().pid());
        if (!server.collect()) {
            if (notes.isEmpty()) {
                notes.add("resident memory was not measured: this JVM's folder has no working jcmd");
            }
            return -1;
        }
        long memory = server.residentBytes();
        for (int i = 0; i < MOST_LOOKS; i++) {
            on.pass(Duration.ofMillis(LOOK_MS));
            long now = server.residentBytes();
            if (Math.abs(now - memory) < AGREEMENT * memory) {
                return now;
            }
            memory = now;
        }
        return memory;
    }

    /// @param host the port of 127.0.0.1 where all mail goes
    private static String configuration(DemoStage on, int web, int host) {
        return """
                # Written by "sluice bench".
                host-name      mail.bench.example
                postmaster     postmaster@bench.example
                smtp-listener  127.0.0.1:%d
                <source 127.0.0.1>
                    always-allow-relaying yes
                </source>
                <domain *>
                    smtp-hosts   [127.0.0.1]:%d
                    max-smtp-out 20
                    # Without it a session ends whenever its queue is empty for a moment, and chance decides how often.
                    connection-idle-timeout 5s
                    retry-after  1h
                </domain>
                <acct-file %s>
                    records d,b
                </acct-file>
                http-mgmt-address 127.0.0.1
                http-mgmt-port    %d
                http-redirect-to-https no
                http-access 127.0.0.1 monitor
                """.formatted(on.smtpPort(), host, on.accountingFile(), web);
    }

    /// Hands messages over and counts.
    private final class Feed {
        final AtomicLong accepted = new AtomicLong();
        final AtomicLong refused = new AtomicLong();
        final AtomicLong inDoubt = new AtomicLong();
        final Histogram latency = new ConcurrentHistogram(3_600_000_000L, 3);
        final CountDownLatch done = new CountDownLatch(1);
        private final DemoStage on;
        private final LoadPlan load;
        private final AtomicInteger open = new AtomicInteger(-1);
        private @Nullable Load generator;
        private volatile String trouble = "";

        /// Whether latency counts.
        volatile boolean isMeasured;

        Feed(DemoStage on, int sessions, long first, long messages, int sizeBytes, int domains) {
            this.on = on;
            var maker = new MessageMaker(run);
            LongFunction<LoadMessage> message = n -> {
                long number = first + n;
                String to = "user" + number + "@d" + number % domains + ".bench.example";
                return new LoadMessage(
                        number, maker.name(number), FROM, List.of(to), maker.message(number, FROM, to, "", sizeBytes));
            };
            this.load = new LoadPlan(new InetSocketAddress("127.0.0.1", on.smtpPort()), sessions, messages, 0, message);
        }

        void start() {
            Loop loop = on.feedingLoop();
            loop.post(() -> {
                var made = new Load(
                        loop,
                        on.world().network(),
                        on.world().memory("load", LOAD_BYTES),
                        load,
                        this::heard,
                        done::countDown);
                generator = made;
                made.start();
            });
        }

        /// On the loop.
        private void heard(Load.Handed handed) {
            accepted.addAndGet(handed.recipients().size());
            refused.addAndGet(handed.refused());
            if (handed.isInDoubt()) {
                inDoubt.incrementAndGet();
            } else if (isMeasured) {
                latency.recordValue(Math.min(handed.sinceNanos() / 1000, latency.getHighestTrackableValue()));
            }
        }

        /// Ends the load and waits until every message that was begun has its answer.
        void stop() throws InterruptedException {
            on.feedingLoop().post(() -> {
                if (generator != null) {
                    generator.stop();
                }
            });
            on.await("the last answers", () -> {
                on.feedingLoop().post(() -> open.set(generator == null ? 0 : generator.open()));
                return open.get() == 0;
            });
        }

        String trouble() {
            on.feedingLoop().post(() -> trouble = generator == null ? "" : generator.trouble());
            return trouble;
        }
    }

    @Override
    public void close() {
        isClosed.set(true);
        DemoStage open = stage;
        if (open != null) {
            open.close();
        }
        try {
            Files.deleteIfExists(plan.folder());
        } catch (IOException left) {
            progress.accept("the folder " + plan.folder() + " could not be removed: " + left.getMessage());
        }
    }
}
