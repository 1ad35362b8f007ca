package org.sluicemta.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sluicemta.world.Loop;

/// The run of the play about backoff. What the watcher is told of the server was asked from it by an operator's
/// commands; what is told of the receivers they say themselves.
///
/// Blocks. [#close] may be called by any thread, once or more.
final class BackoffPlay implements AutoCloseable {
    private static final long LOOK_MS = 100;
    private static final long PLAIN_NANOS = 2_000_000_000L;
    private static final int SESSIONS = 4;
    private static final long FIRST_LOOK_NANOS = Duration.ofSeconds(3).toNanos();
    private static final long EXPLAIN_AFTER_NANOS = Duration.ofSeconds(3).toNanos();
    private static final int BARS = 24;
    /// The line that a reason ends with, e.g. `matches /tmp/x/config:24`.
    private static final Pattern PLACE_IN_FILE = Pattern.compile("matches (\\S+):(\\d+)");

    private static final BackoffScene.Place MOODY = BackoffScene.Place.MOODY;

    private record Handing(Load.Handed handed, long nanos) {}

    private final Demo.Plan plan;
    private final DemoScreen screen;
    private final String run;
    private final DemoStage stage;
    private final BackoffBook book = new BackoffBook();
    private final ConcurrentLinkedQueue<Receipt> receipts = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Refusal> refusals = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Handing> handings = new ConcurrentLinkedQueue<>();
    private final Map<BackoffScene.Place, Receiver> receivers = new EnumMap<>(BackoffScene.Place.class);
    private final Map<BackoffScene.Place, List<Long>> rates = new EnumMap<>(BackoffScene.Place.class);

    private BackoffScene.Act act = BackoffScene.Act.GOOD;
    private long startNanos;
    private long nanosOfLoopAhead;
    private long lastPlainNanos;
    private long lastBarNanos;
    private long backoffSeenNanos;
    private boolean hasShownTop;
    private boolean hasShownEntry;
    private boolean hasShownExplanation;
    private boolean hasShownFailure;
    private boolean hasShownTrickle;
    private boolean hasShownExit;

    BackoffPlay(Demo.Plan plan, DemoScreen screen) throws IOException {
        this.plan = plan;
        this.screen = screen;
        this.run = DemoStage.runNamed("backoff");
        this.stage = new DemoStage(plan.folder(), plan.isTemporary(), run, screen);
        for (BackoffScene.Place place : BackoffScene.Place.values()) {
            rates.put(place, new ArrayList<>());
        }
    }

    /// @return whether every check holds
    boolean run() throws InterruptedException, IOException {
        screen.line("");
        screen.line(screen.bold("  Sluice demo, scene backoff") + ": one server, two receivers, "
                + count(plan.messages()) + " messages in " + BackoffScene.FEEDING.toSeconds() + " s.");
        screen.line(screen.dim("  " + BackoffScene.Place.STEADY.domain() + " takes everything; " + MOODY.domain()
                + " loses its temper for a while."));
        raiseTheSet();
        stage.server().start();
        screen.line(
                screen.dim("  The server is process " + stage.server().pid() + "; everything is in " + plan.folder()));
        screen.line("");
        boolean isOver = play();
        settle();
        boolean holds = report(isOver);
        if (plan.isKept()) {
            keep();
        }
        return holds;
    }

    private void raiseTheSet() throws IOException, InterruptedException {
        var ports = new EnumMap<BackoffScene.Place, Integer>(BackoffScene.Place.class);
        for (BackoffScene.Place place : BackoffScene.Place.values()) {
            var model = ReceiverModel.accepting(place.domain(), "mx." + place.domain())
                    .slow(BackoffScene.TAKING);
            var receiver = new Receiver(model, stage.receivingLoop(), receipts::add, refusals::add);
            receivers.put(place, receiver);
            ports.put(place, stage.listen(receiver, place.address()));
        }
        Files.writeString(
                stage.config(),
                BackoffScene.configuration(
                        stage.smtpPort(),
                        stage.resolve(BackoffScene.zones()),
                        place -> Objects.requireNonNull(ports.get(place)),
                        stage.accountingFile()));
        // Loops count from another zero than this thread.
        var isRead = new CountDownLatch(1);
        stage.receivingLoop().post(() -> {
            nanosOfLoopAhead = stage.receivingLoop().nanos() - System.nanoTime();
            isRead.countDown();
        });
        isRead.await();
    }

    private long loopNanos() {
        return System.nanoTime() + nanosOfLoopAhead;
    }

    // --- the play

    /// @return whether all was settled in time
    private boolean play() throws InterruptedException, IOException {
        var done = new CountDownLatch(1);
        feed(done);
        startNanos = System.nanoTime();
        long end = startNanos + Duration.ofSeconds(plan.waitSeconds()).toNanos();
        boolean isOver = false;
        while (!isOver && System.nanoTime() - end < 0) {
            Thread.sleep(LOOK_MS);
            stage.requireServer();
            turnTheAct();
            look();
            tell();
            draw();
            isOver = done.getCount() == 0
                    && handings.isEmpty()
                    && book.settled() >= book.accepted()
                    && !book.isInBackoff();
        }
        screen.settle();
        return isOver;
    }

    private void feed(CountDownLatch done) {
        Loop loop = stage.feedingLoop();
        var scene = new BackoffScene(run);
        var load = new LoadPlan(
                new InetSocketAddress("127.0.0.1", stage.smtpPort()),
                SESSIONS,
                plan.messages(),
                plan.messages() / (double) BackoffScene.FEEDING.toSeconds(),
                scene::message);
        loop.post(() -> new Load(
                        loop,
                        stage.world().network(),
                        stage.world().memory("load", 64L << 20),
                        load,
                        handed -> handings.add(new Handing(handed, loop.nanos())),
                        done::countDown)
                .start());
    }

    private void turnTheAct() {
        BackoffScene.Act next = act;
        for (BackoffScene.Act each : BackoffScene.Act.values()) {
            next = System.nanoTime() - startNanos >= each.begins().toNanos() ? each : next;
        }
        if (next == act) {
            return;
        }
        act = next;
        Receiver moody = Objects.requireNonNull(receivers.get(MOODY));
        moody.mood(act.mood());
        if (act == BackoffScene.Act.HANGS_UP) {
            moody.dismiss();
        }
        String reply = act.mood().text().replace("{source}", BackoffScene.SOURCE);
        story(screen.bold("receiver") + " " + MOODY.domain() + " " + act.says()
                + (reply.isEmpty() ? "" : ": " + screen.red(act.mood().code() + " " + reply)));
    }

    /// Reads what came since the last look.
    private void look() throws IOException {
        for (Handing h = handings.poll(); h != null; h = handings.poll()) {
            book.handed(h.handed(), h.nanos());
        }
        hear();
        boolean isMoody = false;
        boolean isSteady = false;
        for (Map<String, String> row : rows("queue", "show", "queues", "--mode=backoff")) {
            var place = BackoffScene.Place.of(row.getOrDefault("name", ""));
            isMoody |= place.filter(each -> each == MOODY).isPresent();
            isSteady |= place.filter(each -> each == BackoffScene.Place.STEADY).isPresent();
        }
        long nanos = loopNanos();
        // What the mode let through before it ended belongs to it; the receivers' word of it may still be under way.
        book.modes(isMoody, isSteady, nanos);
        hear();
        int unused = stage.accounting().poll(book::row);
    }

    private void hear() {
        for (Receipt r = receipts.poll(); r != null; r = receipts.poll()) {
            book.received(r);
        }
        for (Refusal r = refusals.poll(); r != null; r = refusals.poll()) {
            book.refused(r);
        }
    }

    private List<Map<String, String>> rows(String element, String... command) throws IOException {
        var words = new ArrayList<String>(List.of("--dom"));
        words.addAll(List.of(command));
        return stage.server().control().ask(words.toArray(String[]::new)).done().rows(element);
    }

    // --- the story

    private void story(String text) {
        screen.above(String.format(Locale.ROOT, "%5.1f s  %s", (System.nanoTime() - startNanos) / 1e9, text));
    }

    private void tell() throws IOException {
        long since = System.nanoTime() - startNanos;
        if (!hasShownTop && since > FIRST_LOOK_NANOS) {
            hasShownTop = true;
            story("both queues flow; what the server says of them:");
            String unused = show("show", "topqueues");
        }
        if (!hasShownEntry && book.isInBackoff()) {
            hasShownEntry = true;
            backoffSeenNanos = System.nanoTime();
            story(screen.bold("server") + "   " + MOODY.queue() + " enters backoff:");
            String said = show("show", "queues", "--mode-events", MOODY.queue());
            quote(said);
        }
        if (!hasShownExplanation && hasShownEntry && System.nanoTime() - backoffSeenNanos > EXPLAIN_AFTER_NANOS) {
            hasShownExplanation = true;
            story("why does it wait, and until when? The limit that binds is marked:");
            String unused = show("explain", "queue", MOODY.queue());
        }
        if (!hasShownFailure && act == BackoffScene.Act.HANGS_UP && isPast(act, 1_500)) {
            hasShownFailure = true;
            story("now not even a connection is taken, and the queue fails as a whole:");
            String unused = show("show", "queues", "--mode=backoff");
        }
        if (!hasShownTrickle && act == BackoffScene.Act.FORGIVES && takenInAct() > 0 && book.isInBackoff()) {
            hasShownTrickle = true;
            story(screen.bold("server") + "   delivers to " + MOODY.domain()
                    + " again, at the rate of backoff until its time is over");
        }
        if (!hasShownExit && hasShownEntry && !book.isInBackoff()) {
            hasShownExit = true;
            story(screen.bold("server") + "   " + MOODY.queue() + " is in normal mode again:");
            String unused = show("show", "queues", "--mode-events", MOODY.queue());
        }
    }

    private boolean isPast(BackoffScene.Act begun, long millis) {
        return System.nanoTime() - startNanos > begun.begins().toNanos() + millis * 1_000_000;
    }

    private long takenInAct() {
        return book.takenWithinASecond(MOODY, loopNanos());
    }

    /// Asks as an operator would and shows what came, without its empty lines.
    private String show(String... command) throws IOException {
        screen.above(screen.bold("         $ sluice " + String.join(" ", command)));
        String said = stage.server().control().ask(command).done().out();
        said.lines()
                .filter(line -> !line.isBlank())
                .forEach(line -> screen.above(
                        "         " + (line.contains("<- binds") ? screen.yellow(line) : screen.dim(line))));
        return said;
    }

    /// The rule that a reason names, as it stands in the configuration.
    private void quote(String said) throws IOException {
        Matcher place = PLACE_IN_FILE.matcher(said);
        if (!place.find()) {
            return;
        }
        List<String> lines = Files.readAllLines(Path.of(place.group(1)));
        int number = Integer.parseInt(place.group(2));
        if (number <= lines.size()) {
            screen.above("         that is line " + number + " of the configuration: "
                    + screen.yellow(lines.get(number - 1).strip()));
        }
    }

    // --- the picture

    private void draw() {
        long now = System.nanoTime();
        if (now - lastBarNanos > 1_000_000_000L) {
            lastBarNanos = now;
            for (BackoffScene.Place place : BackoffScene.Place.values()) {
                Objects.requireNonNull(rates.get(place)).add(book.takenWithinASecond(place, loopNanos()));
            }
        }
        if (screen.isTerminal()) {
            var lines = new ArrayList<String>();
            lines.add("");
            for (BackoffScene.Place place : BackoffScene.Place.values()) {
                lines.add("  " + bars(place) + "  " + status(place));
            }
            screen.block(lines);
        } else if (now - lastPlainNanos >= PLAIN_NANOS) {
            lastPlainNanos = now;
            story(status(BackoffScene.Place.STEADY) + "   |   " + status(MOODY));
        }
    }

    private String bars(BackoffScene.Place place) {
        List<Long> all = Objects.requireNonNull(rates.get(place));
        List<Long> last = all.subList(Math.max(0, all.size() - BARS), all.size());
        var text = new StringBuilder();
        for (long rate : last) {
            long eighths = rate == 0 ? 0 : Math.clamp(rate * 8 / BackoffScene.NORMAL_PER_SECOND, 1, 8);
            text.append(eighths == 0 ? ' ' : (char) ('▁' + eighths - 1));
        }
        return String.format(Locale.ROOT, "%-15s", place.domain()) + " " + screen.green(text.toString())
                + " ".repeat(BARS - last.size());
    }

    private String status(BackoffScene.Place place) {
        long now = loopNanos();
        boolean isMoody = place == MOODY;
        String text = String.format(
                Locale.ROOT,
                "%s %3d/s taken%s, %4d waiting",
                screen.isTerminal() ? "" : place.domain(),
                book.takenWithinASecond(place, now),
                isMoody ? String.format(Locale.ROOT, ", %2d/s refused", book.refusedWithinASecond(now)) : "",
                book.waiting(place));
        return text.strip() + (isMoody && book.isInBackoff() ? screen.yellow("  backoff") : "");
    }

    // --- the end

    /// Waits until the receivers and the accounting have told all.
    private void settle() throws InterruptedException, IOException {
        long end = System.nanoTime() + PLAIN_NANOS;
        while (System.nanoTime() - end < 0 && book.settled() < book.accepted()) {
            Thread.sleep(LOOK_MS);
            look();
        }
        look();
    }

    private boolean report(boolean isOver) {
        screen.line("");
        screen.line(screen.bold(String.format(
                Locale.ROOT,
                "  %-15s %-28s %7s %8s %8s %9s  %s",
                "receiver",
                "mode of " + MOODY.domain(),
                "seconds",
                "taken",
                "taken/s",
                "refusals",
                "longest in queue")));
        for (BackoffBook.Line line : book.table()) {
            screen.line(String.format(
                    Locale.ROOT,
                    "  %-15s %-28s %7.1f %,8d %8.1f %,9d  %s",
                    line.place().domain(),
                    line.phase().title(),
                    line.seconds(),
                    line.taken(),
                    line.takenPerSecond(),
                    line.refused(),
                    line.taken() == 0 ? "-" : DemoScreen.time(line.longestMillis())));
        }
        screen.line("");
        screen.line(screen.bold("  Checks")
                + screen.dim(" (the feeder's 250s, the receivers' books, the accounting, the server's screens)"));
        List<BackoffBook.Check> checks = book.checks();
        for (BackoffBook.Check check : checks) {
            screen.line("  " + (check.holds() ? screen.green("✓") : screen.red("✗")) + " " + check.claim() + " "
                    + screen.dim("(" + check.found() + ")"));
        }
        boolean holds = isOver && checks.stream().allMatch(BackoffBook.Check::holds);
        screen.line("");
        screen.line("  " + (holds ? screen.green("All checks hold.") : screen.red("Not all checks hold."))
                + (isOver ? "" : " Not everything was settled within " + plan.waitSeconds() + " s.")
                + String.format(
                        Locale.ROOT, " %,d recipients accepted, %,d settled.", book.accepted(), book.settled()));
        if (!holds || !plan.isTemporary()) {
            screen.line("  Everything is kept in " + plan.folder());
            stage.keepFolder();
        }
        screen.line("");
        return holds;
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private void keep() throws InterruptedException {
        screen.line(screen.bold("  Everything goes on running; Ctrl-C ends it."));
        screen.line("");
        screen.line("    configuration  " + stage.config());
        screen.line("    accounting     " + plan.folder().resolve("log") + "/acct-*.csv");
        screen.line("    server's log   " + stage.log());
        screen.line("");
        screen.line("  In another terminal:");
        screen.line("    export SLUICE_SOCKET=" + stage.socket());
        screen.line("    ./sluice set queue --mode=backoff " + MOODY.queue());
        screen.line("    ./sluice load --port " + stage.smtpPort() + " --messages 500 --domain " + MOODY.domain()
                + " --header 'X-Virtual-MTA: " + BackoffScene.VIRTUAL_MTA + "'");
        screen.line("    ./sluice explain queue " + MOODY.queue());
        screen.line("    ./sluice show queues --mode-events");
        screen.line("    ./sluice set queue --mode=normal " + MOODY.queue());
        screen.line("");
        new CountDownLatch(1).await();
    }

    @Override
    public void close() {
        stage.close();
    }
}
