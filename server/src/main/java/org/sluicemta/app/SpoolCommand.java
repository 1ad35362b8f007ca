package org.sluicemta.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sluicemta.journal.Damage;
import org.sluicemta.journal.JournalVerifier;
import org.sluicemta.journal.StreamKind;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.spool.SpoolAudit;
import org.sluicemta.spool.SpoolExport;
import org.sluicemta.spool.SpoolReport;
import org.sluicemta.spool.SpoolSettings;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.World;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sluice spool verify`, `sluice spool count` and `sluice spool export`: a spool without its server.
@Command(
        name = "spool",
        mixinStandardHelpOptions = true,
        description = "Looks into a spool folder without a server.",
        subcommands = {SpoolCommand.Verify.class, SpoolCommand.Count.class, SpoolCommand.Export.class})
final class SpoolCommand {
    /// Reading takes whole batches.
    private static final long VERIFY_BYTES = 128L << 20;

    private SpoolCommand() {}

    /// Reads everything, changes nothing.
    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Reads every record of a spool folder with its checksums and changes nothing.",
                "Exit status 0 when all that was acknowledged is there, else 1."
            })
    static final class Verify implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli before call()
        private CommandSpec spec;

        @Parameters(paramLabel = "DIR", description = "The spool folder.")
        @SuppressWarnings("NullAway.Init")
        private Path folder;

        @Override
        public Integer call() throws InterruptedException {
            PrintWriter out = spec.commandLine().getOut();
            PrintWriter err = spec.commandLine().getErr();
            String unfit = unfit(folder);
            if (unfit != null) {
                return refuse(err, unfit);
            }
            var audit = new SpoolAudit();
            var replay = audit.folder(folder.toString(), folder.toString());
            JournalVerifier.Visitor visitor = (stream, position, head, body) -> {
                switch (stream) {
                    case CONTENT -> replay.content(position, head);
                    case EVENTS -> replay.event(position, head);
                }
            };
            return inWorld(
                    err,
                    (world, answer) -> JournalVerifier.verify(
                            world.disk(),
                            world.lane("verify"),
                            world.memory("verify", VERIFY_BYTES),
                            folder.toAbsolutePath(),
                            visitor,
                            answer),
                    (JournalVerifier.Report report) -> print(out, report, audit.report()));
        }

        private static int print(PrintWriter out, JournalVerifier.Report report, SpoolReport found) {
            long bytes = 0;
            for (JournalVerifier.SegmentReport segment : report.segments()) {
                bytes += segment.sizeBytes();
                out.printf(
                        "%-28s %-8s %-10s %12d of %12d bytes %9d records%n",
                        segment.file().getFileName(),
                        segment.stream().name().toLowerCase(java.util.Locale.ROOT),
                        segment.state().name().toLowerCase(java.util.Locale.ROOT),
                        segment.usedBytes(),
                        segment.sizeBytes(),
                        segment.records());
            }
            line(
                    out,
                    "records",
                    report.records(StreamKind.CONTENT) + " of content, " + report.records(StreamKind.EVENTS)
                            + " events");
            line(
                    out,
                    "messages",
                    found.acceptances() + " accepted, " + found.copies() + " copied, " + found.chunks()
                            + " chunks of large ones");
            line(
                    out,
                    "events",
                    found.recipientEvents() + " of recipients, " + found.queueEvents() + " of queues; "
                            + found.settledRecipients() + " recipients settled");
            if (report.checkpoints() == 0) {
                line(out, "waiting", found.liveMessages() + " messages with " + found.liveRecipients() + " recipients");
            }
            line(out, "checkpoints", Integer.toString(report.checkpoints()));
            line(
                    out,
                    "space",
                    bytes + " bytes in segments, " + report.spares() + " spare, " + report.quarantined()
                            + " quarantined");
            report.foreign().forEach(name -> line(out, "not ours", name));
            for (Damage damage : report.damages()) {
                line(out, damage.isLoss() ? "DAMAGE" : "note", damage.toString());
            }
            line(out, "verdict", report.isSound() ? "sound" : "damaged");
            out.flush();
            return report.isSound() ? 0 : 1;
        }

        private static void line(PrintWriter out, String name, String value) {
            out.printf("%-12s %s%n", name, value);
        }
    }

    /// Counts what waits.
    @Command(
            name = "count",
            mixinStandardHelpOptions = true,
            description = {
                "Counts the messages and recipients that wait in a spool. The spool's server must be stopped."
            })
    static final class Count implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli before call()
        private CommandSpec spec;

        @Parameters(paramLabel = "DIR", description = "The spool folder.")
        @SuppressWarnings("NullAway.Init")
        private Path folder;

        @Override
        public Integer call() throws InterruptedException {
            PrintWriter out = spec.commandLine().getOut();
            PrintWriter err = spec.commandLine().getErr();
            String unfit = unfit(folder);
            if (unfit != null) {
                return refuse(err, unfit);
            }
            return inWorld(
                    err,
                    (world, answer) -> SpoolExport.count(
                            world, world.lane("count"), SpoolSettings.in(folder.toAbsolutePath()), answer),
                    (SpoolExport.Count waiting) -> {
                        out.println(waiting.messages() + " message(s) with " + waiting.recipients()
                                + " recipient(s) wait in " + folder);
                        out.flush();
                        return 0;
                    });
        }
    }

    /// Writes what waits as files.
    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = {
                "Writes each message that waits in a spool to OUT: its content as ID.eml, its envelope as ID.envelope.",
                "The spool's server must be stopped."
            })
    static final class Export implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli before call()
        private CommandSpec spec;

        @Parameters(paramLabel = "DIR", description = "The spool folder.")
        @SuppressWarnings("NullAway.Init")
        private Path folder;

        @Parameters(paramLabel = "OUT", description = "A new or empty folder.")
        @SuppressWarnings("NullAway.Init")
        private Path target;

        @Override
        public Integer call() throws InterruptedException {
            PrintWriter out = spec.commandLine().getOut();
            PrintWriter err = spec.commandLine().getErr();
            String unfit = unfit(folder);
            if (unfit != null) {
                return refuse(err, unfit);
            }
            if (Files.exists(target) && (!Files.isDirectory(target) || !isEmpty(target))) {
                return refuse(err, target + " is there already; name a new or an empty folder");
            }
            return inWorld(
                    err,
                    (world, answer) -> SpoolExport.run(
                            world,
                            world.lane("export"),
                            SpoolSettings.in(folder.toAbsolutePath()),
                            target.toAbsolutePath(),
                            answer),
                    (SpoolExport.Exported exported) -> {
                        exported.failures().forEach(failure -> err.println("sluice: " + failure));
                        out.println(exported.messages() + " message(s) written to " + target);
                        err.flush();
                        out.flush();
                        return exported.failures().isEmpty() ? 0 : 1;
                    });
        }
    }

    private static int refuse(PrintWriter err, String why) {
        err.println("sluice: " + why);
        err.flush();
        return 1;
    }

    /// Why this folder is no spool, or null: a spool must not come into being by being looked at.
    private static @Nullable String unfit(Path folder) {
        if (!Files.isDirectory(folder)) {
            return folder + " is no folder; name the spool's folder";
        }
        return isEmpty(folder) ? folder + " is empty; there is no spool in it" : null;
    }

    private static boolean isEmpty(Path folder) {
        try (Stream<Path> names = Files.list(folder)) {
            return names.findAny().isEmpty();
        } catch (IOException e) {
            // What cannot be listed cannot be called empty; the reading says why.
            return false;
        }
    }

    private interface Asking<T> {
        void ask(World world, Answer<T> answer);
    }

    private interface Telling<T> {
        int tell(T value);
    }

    /// Asks in a world of its own and waits for the answer.
    private static <T> int inWorld(PrintWriter err, Asking<T> asking, Telling<T> telling) throws InterruptedException {
        var over = new CountDownLatch(1);
        var value = new AtomicReference<@Nullable T>();
        var failure = new AtomicReference<@Nullable IoFailure>();
        try (RealWorld world = RealWorld.start(new RealWorldPlan(1, 1, 100, 1, true))) {
            asking.ask(world, new Answer<>() {
                @Override
                public void ready(T found) {
                    value.set(found);
                    over.countDown();
                }

                @Override
                public void failed(IoFailure why) {
                    failure.set(why);
                    over.countDown();
                }
            });
            over.await();
        }
        T found = value.get();
        if (found == null) {
            IoFailure why = failure.get();
            return refuse(err, why == null ? "the spool gave no answer" : why.text());
        }
        return telling.tell(found);
    }
}
