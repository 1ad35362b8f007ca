package org.sluicemta.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.sluicemta.world.Loop;
import org.sluicemta.world.TlsPlan;

/// The run of the demonstration. Receivers and name server live on one loop of this process, the feeder on another;
/// the server is a process of its own. What loops hear reaches the book through queues; the book belongs to the main
/// thread.
///
/// Blocks. [#close] may be called by any thread, once or more.
final class Demo implements AutoCloseable {
    private static final long LOOK_MS = 150;
    /// Long enough that a receiver which stops for a moment, and then takes what came meanwhile, does not blur a
    /// rate.
    private static final Duration RATE_WINDOW = Duration.ofSeconds(5);
    private static final long ASK_NANOS = 700_000_000L;
    /// Rows are readable within a second of the event; on a busy machine this is ample.
    private static final long ACCOUNTING_NANOS = 5_000_000_000L;

    /// @param isTemporary whether the folder goes at the end
    record Plan(
            Path folder,
            boolean isTemporary,
            long messages,
            int sessions,
            int waitSeconds,
            boolean isKept,
            boolean crashes) {}

    private record Handing(Load.Handed handed, long nanos) {}

    private final Plan plan;
    private final DemoScreen screen;
    private final String run;
    private final DemoBook book;
    private final DemoStage stage;
    private final ConcurrentLinkedQueue<Receipt> receipts = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Handing> handings = new ConcurrentLinkedQueue<>();
    private final Map<DemoScene.Place, Receiver> receivers = new EnumMap<>(DemoScene.Place.class);
    private final Map<DemoScene.Place, Integer> ports = new EnumMap<>(DemoScene.Place.class);

    private Map<DemoScene.Place, DemoScreen.Queues> queues = Map.of();
    private long handedOver;
    private long askedNanos;
    private boolean hasCrashed;

    Demo(Plan plan, DemoScreen screen) throws IOException {
        this.plan = plan;
        this.screen = screen;
        this.run = DemoStage.runNamed("demo");
        this.book = new DemoBook(run);
        this.stage = new DemoStage(plan.folder(), plan.isTemporary(), run, screen);
    }

    /// @return whether the audit holds
    boolean run() throws InterruptedException, IOException {
        screen.line("");
        screen.line(screen.bold("  Sluice demo") + ": one server, five receivers of different tempers, "
                + String.format(Locale.ROOT, "%,d", plan.messages()) + " messages of 1 to 60 KB.");
        screen.line(screen.dim(
                "  Three jobs leave through two virtual MTAs in a pool and one alone, each from its own address ("
                        + String.join(", ", DemoScene.sources()) + ")."));
        raiseTheSet();
        stage.server().start();
        screen.line(screen.dim("  The server is process " + stage.server().pid() + ", SMTP on 127.0.0.1:"
                + stage.smtpPort() + "; everything is in " + plan.folder()));
        long start = System.nanoTime();
        play(start);
        boolean isQuiet = settle();
        List<DemoBook.Check> checks = book.audit(hasCrashed);
        boolean holds = report(checks, isQuiet, (System.nanoTime() - start) / 1e9);
        if (plan.isKept()) {
            keep();
        }
        return holds;
    }

    // --- the set

    private void raiseTheSet() throws IOException {
        var tls = new TlsPlan.Server(
                stage.world().network().selfSigned("mx." + DemoScene.Place.ROOMY.domain()),
                List.of("TLSv1.3", "TLSv1.2"),
                Duration.ofSeconds(30).toNanos());
        for (DemoScene.Place place : DemoScene.Place.values()) {
            if (place.hasServer()) {
                var receiver = new Receiver(DemoScene.model(place, tls), stage.receivingLoop(), receipts::add);
                receivers.put(place, receiver);
                ports.put(place, stage.listen(receiver, place.address()));
            }
        }
        Files.writeString(
                stage.config(),
                DemoScene.configuration(
                        stage.smtpPort(),
                        stage.resolve(DemoScene.zones()),
                        place -> java.util.Objects.requireNonNull(ports.get(place)),
                        stage.accountingFile()));
    }

    // --- the play

    private void play(long start) throws InterruptedException, IOException {
        Loop loop = stage.feedingLoop();
        var scene = new DemoScene(run);
        var done = new CountDownLatch(1);
        var load = new LoadPlan(
                new InetSocketAddress("127.0.0.1", stage.smtpPort()),
                plan.sessions(),
                plan.messages(),
                0,
                scene::message);
        loop.post(() -> new Load(
                        loop,
                        stage.world().network(),
                        stage.world().memory("load", 256L << 20),
                        load,
                        handed -> handings.add(new Handing(handed, loop.nanos())),
                        done::countDown)
                .start());
        long end = start + Duration.ofSeconds(plan.waitSeconds()).toNanos();
        long before = start;
        long acceptedBefore = 0;
        long settledBefore = 0;
        double acceptedRate = 0;
        double settledRate = 0;
        boolean isOver = false;
        while (!isOver) {
            Thread.sleep(LOOK_MS);
            look();
            crashInTheMiddle();
            long now = System.nanoTime();
            double seconds = (now - before) / 1e9;
            if (seconds >= 0.7) {
                acceptedRate = (book.accepted() - acceptedBefore) / seconds;
                settledRate = (book.settled() - settledBefore) / seconds;
                before = now;
                acceptedBefore = book.accepted();
                settledBefore = book.settled();
            }
            boolean isHanded = done.getCount() == 0 && handings.isEmpty();
            boolean isSettled = isHanded && book.settled() >= book.accepted();
            isOver = isSettled || now - end >= 0;
            screen.draw(
                    new DemoScreen.Moment(
                            (now - start) / 1e9,
                            plan.messages(),
                            handedOver,
                            book.accepted(),
                            book.settled(),
                            acceptedRate,
                            settledRate,
                            goesOn(isHanded, isSettled),
                            queues),
                    book);
        }
        screen.settle();
    }

    private String goesOn(boolean isHanded, boolean isSettled) {
        if (isSettled) {
            return "every recipient has its final row";
        }
        if (hasCrashed && !isHanded) {
            return "the server was killed once and has recovered its spool";
        }
        return isHanded
                ? "all are accepted; the server now works within what each receiver takes"
                : "handing over by SMTP on " + plan.sessions() + " connections";
    }

    private void crashInTheMiddle() throws InterruptedException {
        if (plan.crashes() && !hasCrashed && handedOver >= plan.messages() / 2) {
            hasCrashed = true;
            stage.server().kill();
            long killed = System.nanoTime();
            stage.server().start();
            screen.line(String.format(
                    Locale.ROOT,
                    "  killed the server without warning; it answered again after %.1f s as process %d",
                    (System.nanoTime() - killed) / 1e9,
                    stage.server().pid()));
        }
        stage.requireServer();
    }

    /// Reads what came since the last look.
    private void look() throws IOException {
        for (Handing h = handings.poll(); h != null; h = handings.poll()) {
            book.handed(h.handed(), h.nanos());
            handedOver += h.handed().isInDoubt() ? 0 : 1;
        }
        for (Receipt r = receipts.poll(); r != null; r = receipts.poll()) {
            book.received(r);
        }
        int unused = stage.accounting().poll(book::row);
        if (System.nanoTime() - askedNanos > ASK_NANOS) {
            askedNanos = System.nanoTime();
            queues = askQueues();
        }
    }

    private Map<DemoScene.Place, DemoScreen.Queues> askQueues() throws IOException {
        var connections = new HashMap<DemoScene.Place, Integer>();
        var reasons = new HashMap<DemoScene.Place, String>();
        for (Map<String, String> row : stage.server()
                .control()
                .ask("--dom", "show", "queues", "--errors=yes", "--maxitems=1000")
                .done()
                .rows("queue")) {
            String name = row.getOrDefault("name", "");
            DemoScene.Place.of(name.split("/", 2)[0]).ifPresent(place -> {
                connections.merge(place, Integer.parseInt(row.getOrDefault("conn", "0")), Integer::sum);
                String reason = reason(row);
                if (!reason.isEmpty()) {
                    reasons.putIfAbsent(place, reason);
                }
            });
        }
        var all = new EnumMap<DemoScene.Place, DemoScreen.Queues>(DemoScene.Place.class);
        for (DemoScene.Place place : DemoScene.Place.values()) {
            all.put(place, new DemoScreen.Queues(connections.getOrDefault(place, 0), reasons.getOrDefault(place, "")));
        }
        return all;
    }

    private static String reason(Map<String, String> row) {
        if (row.getOrDefault("rcp", "0").equals("0")) {
            return "";
        }
        String event = row.getOrDefault("event[0].text", "");
        String retry = row.getOrDefault("retryTime", "");
        if (!event.isEmpty()) {
            return event;
        }
        if (!retry.isEmpty()) {
            return "next attempt at " + retry;
        }
        return "";
    }

    // --- the end

    /// Makes everybody's word comparable: nothing moves any more, and the accounting has caught up.
    ///
    /// @return whether nothing waits
    private boolean settle() throws InterruptedException, IOException {
        boolean isQuiet = book.settled() >= book.accepted();
        if (!isQuiet) {
            ControlSocket.Reply unused = stage.server().control().ask("pause", "queue", "*/*");
            Thread.sleep(1500);
        }
        long end = System.nanoTime() + ACCOUNTING_NANOS;
        long still = 0;
        long settledBefore = -1;
        while (System.nanoTime() - end < 0 && still < 4) {
            Thread.sleep(LOOK_MS);
            look();
            still = book.settled() == settledBefore ? still + 1 : 0;
            settledBefore = book.settled();
        }
        for (Map<String, String> row : stage.server()
                .control()
                .ask("--dom", "list", "--maxitems=1000000")
                .done()
                .rows("msg")) {
            book.waiting(row.getOrDefault("envId", ""), row.getOrDefault("rcpt", ""));
        }
        if (!isQuiet && plan.isKept()) {
            ControlSocket.Reply unused = stage.server().control().ask("resume", "queue", "*/*");
        }
        return isQuiet;
    }

    private boolean report(List<DemoBook.Check> checks, boolean isQuiet, double seconds) {
        screen.results(book, queues);
        screen.line("");
        screen.line(screen.bold("  Seen working"));
        seen().forEach(text -> screen.line("  · " + text));
        screen.line("");
        screen.line(screen.bold("  Audit")
                + screen.dim(" (the feeder's 250s, the receivers' receipts, the accounting, the server's list)"));
        screen.checks(checks);
        if (book.inDoubt() > 0 || book.repeatedCopies() > 0) {
            screen.line(screen.dim("    " + book.inDoubt() + " messages lost their answer and were handed over again; "
                    + book.repeatedCopies() + " copies arrived twice"
                    + (hasCrashed ? " (a crash may repeat a delivery, never drop one)" : "")));
        }
        boolean isAll = book.refused() == 0 && handedOver >= plan.messages();
        if (!isAll) {
            screen.line("  " + screen.red("✗") + " only " + handedOver + " of " + plan.messages()
                    + " messages were handed over, " + book.refused() + " recipients were refused");
        }
        boolean isSettledEnough = isQuiet || book.accepted() - book.settled() <= book.accepted() / 100;
        if (!isSettledEnough) {
            screen.line("  " + screen.red("✗") + " more than 1 % still waits after " + plan.waitSeconds() + " s");
        }
        boolean holds = isAll && isSettledEnough && checks.stream().allMatch(DemoBook.Check::holds);
        screen.line("");
        screen.line("  "
                + (holds ? screen.green("The audit holds.") : screen.red("The audit does not hold."))
                + String.format(
                        Locale.ROOT,
                        " %,d recipients accepted, %,d settled, in %.0f s.",
                        book.accepted(),
                        book.settled(),
                        seconds));
        if (!holds || !plan.isTemporary()) {
            screen.line("  Everything is kept in " + plan.folder());
            stage.keepFolder();
        }
        screen.line("");
        return holds;
    }

    private List<String> seen() {
        var seen = new java.util.ArrayList<String>();
        DemoBook.Tally roomy = book.tally(DemoScene.Place.ROOMY);
        seen.add(count(roomy.secured()) + " of " + count(roomy.received()) + " copies to "
                + DemoScene.Place.ROOMY.domain() + " went through STARTTLS, as use-starttls asks by default");
        Receiver.Counts capped = counts(DemoScene.Place.CAPPED);
        seen.add(DemoScene.Place.CAPPED.domain() + " saw at most " + capped.mostFromOneSource
                + " connections from one address (max-smtp-out " + DemoScene.CAP + "), and "
                + (capped.refusedConnections == 0
                        ? "never had to say 421"
                        : "said 421 to " + count(capped.refusedConnections)
                                + " (a new connection may overtake a goodbye)"));
        DemoBook.Tally slow = book.tally(DemoScene.Place.SLOW);
        seen.add(String.format(
                Locale.ROOT,
                "%s got at most %.1f copies a second from one address over any %d s (max-msg-rate %d/s), and hung up"
                        + " %,d times; nothing was lost by it",
                DemoScene.Place.SLOW.domain(),
                slow.mostWithin(RATE_WINDOW.toNanos()) / (double) RATE_WINDOW.toSeconds(),
                RATE_WINDOW.toSeconds(),
                DemoScene.SLOW_PER_SECOND,
                counts(DemoScene.Place.SLOW).silentCloses));
        DemoBook.Tally grey = book.tally(DemoScene.Place.GREY);
        seen.add(DemoScene.Place.GREY.domain() + " put " + count(counts(DemoScene.Place.GREY).deferred)
                + " attempts off; " + count(grey.delivered()) + " of " + count(grey.accepted())
                + " were delivered on a later one (retry-recipients-after " + DemoScene.RETRY.toSeconds() + "s)");
        DemoBook.Tally picky = book.tally(DemoScene.Place.PICKY);
        seen.add(DemoScene.Place.PICKY.domain() + " put " + count(counts(DemoScene.Place.PICKY).deferred)
                + " recipients off and refused " + count(counts(DemoScene.Place.PICKY).rejected) + "; "
                + count(picky.bounced()) + " bounced, each with the receiver's words in its row");
        seen.add(DemoScene.Place.NULL_MX.domain() + " says by DNS that it takes no mail: "
                + count(book.tally(DemoScene.Place.NULL_MX).bounced()) + " bounced without a connection");
        var sources = new StringBuilder("copies by source address:");
        for (String source : DemoScene.sources()) {
            sources.append(' ')
                    .append(source)
                    .append(' ')
                    .append(count(book.bySource().getOrDefault(source, 0)));
        }
        seen.add(sources + " (the pool's two share evenly, domain by domain)");
        return seen;
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private Receiver.Counts counts(DemoScene.Place place) {
        return java.util.Objects.requireNonNull(receivers.get(place)).counts();
    }

    private void keep() throws InterruptedException {
        screen.line(screen.bold("  Everything goes on running; Ctrl-C ends it."));
        screen.line("");
        screen.line("    configuration  " + stage.config());
        screen.line("    spool          " + plan.folder().resolve("spool"));
        screen.line("    accounting     " + plan.folder().resolve("log") + "/acct-*.csv");
        screen.line("    server's log   " + stage.log());
        screen.line("    socket         " + stage.socket());
        screen.line("");
        screen.line("  In another terminal:");
        screen.line("    export SLUICE_SOCKET=" + stage.socket());
        screen.line("    ./sluice show status");
        screen.line("    ./sluice load --port " + stage.smtpPort() + " --messages 5000 --domain "
                + DemoScene.Place.CAPPED.domain() + " --header 'X-Virtual-MTA: news'");
        screen.line("    ./sluice show topqueues");
        screen.line("    ./sluice pause queue '" + DemoScene.Place.CAPPED.domain() + "/*'");
        screen.line("    ./sluice list --queue='" + DemoScene.Place.CAPPED.domain() + "/*' --maxitems=10");
        screen.line("    ./sluice resume queue '" + DemoScene.Place.CAPPED.domain() + "/*'");
        screen.line("    ./sluice reload                    (after a change of the configuration)");
        screen.line("");
        new CountDownLatch(1).await();
    }

    @Override
    public void close() {
        stage.close();
    }
}
