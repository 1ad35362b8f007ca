package org.sluicemta.lab;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `sluice bench`: what the server costs on this machine, and whether that is within a budget.
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Measures a server of its own on this machine's loopback, in about a minute: messages a second, and for each"
                    + " message processor time, bytes written, syncs, heap; for each waiting recipient memory. Every message"
                    + " is on disk before its 250. Compares the figures with a budget.",
            ""
        },
        footer = {
            "",
            "The load generator and the receiver run on the same machine and take their share of it; so does everything"
                    + " else that runs. Exit status 0: all limits hold; 1: a limit is exceeded, or the run failed; 2: usage."
        })
final class BenchCommand implements Callable<Integer> {
    /// Messages that fill every cache of a server several times, and show its JVM all that it will compile.
    private static final int FILLING = 100_000;

    @Option(
            names = "--seconds",
            defaultValue = "10",
            paramLabel = "N",
            description = "How long the relay is measured, after a warm-up as long (${DEFAULT-VALUE}).")
    int seconds = 10;

    @Option(
            names = "--sessions",
            defaultValue = "20",
            paramLabel = "N",
            description = "Connections that hand messages over (${DEFAULT-VALUE}).")
    int sessions = 20;

    @Option(
            names = "--size",
            defaultValue = "10240",
            paramLabel = "BYTES",
            description = "Bytes of a relayed message (${DEFAULT-VALUE}).")
    int size = 10_240;

    @Option(
            names = "--waiting",
            defaultValue = "300000",
            paramLabel = "N",
            description = "Recipients for whom memory is measured; 0 leaves it out" + " (${DEFAULT-VALUE}).")
    int waiting = 300_000;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Works in a new folder in there, which is removed at the end; without it in the one for temporary"
                            + " files, or in /var/tmp where that is memory. The disk below it is what is measured.")
    @Nullable
    Path data;

    @Option(
            names = "--budget",
            paramLabel = "FILE",
            description = "Compares with this budget; without it with the one that comes with the program.")
    @Nullable
    Path budget;

    @Option(
            names = "--write-budget",
            paramLabel = "FILE",
            description = "Writes a budget that this run holds, with margins, and compares with none.")
    @Nullable
    Path newBudget;

    @Option(names = "--json", description = "The result as JSON on standard output, what goes on on standard error.")
    boolean isJson;

    @Override
    public Integer call() throws InterruptedException {
        String wrong = wrong();
        if (!wrong.isEmpty()) {
            System.err.println("bench: " + wrong);
            return 2;
        }
        BenchBudget limits;
        try {
            limits = budget == null ? BenchBudget.shipped() : BenchBudget.read(budget);
        } catch (LabException e) {
            System.err.println("bench: " + e.getMessage());
            return 2;
        }
        try {
            return measure(limits);
        } catch (LabException e) {
            System.err.println("bench: " + e.getMessage());
        } catch (IOException e) {
            System.err.println("bench: " + e);
        }
        return 1;
    }

    private String wrong() {
        if (seconds < 1 || seconds > 3_600 || sessions < 1 || sessions > 1_000) {
            return "--seconds is 1 to 3600, --sessions 1 to 1000";
        }
        if (size < 500 || size > 10 << 20) {
            return "--size is " + size + "; write 500 to 10485760";
        }
        if (waiting != 0 && waiting < 1_000 || waiting > 10_000_000) {
            return "--waiting is " + waiting + "; write 1000 to 10000000, or 0";
        }
        if (budget != null && newBudget != null) {
            return "--budget compares and --write-budget does not; leave one of the two out";
        }
        if (!Files.isReadable(Path.of("/proc/self/smaps_rollup"))) {
            return "this needs Linux with /proc mounted";
        }
        return "";
    }

    private int measure(BenchBudget limits) throws IOException, InterruptedException {
        var out =
                new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
        Path folder = folder();
        var plan = new Bench.Plan(folder, size, sessions, seconds, seconds, Math.min(waiting, FILLING), waiting);
        var report = new BenchReport(plan, ProcessReadings.fileSystem(folder));
        if (!isJson) {
            out.println(report.heading());
        }
        PrintStream progress = isJson ? System.err : out;
        Bench.Found found;
        try (var bench = new Bench(plan, line -> progress.println("  " + line))) {
            Runtime.getRuntime().addShutdownHook(new Thread(bench::close, "bench-stop"));
            found = bench.run();
        }
        boolean isCompared = newBudget == null;
        BenchBudget compared = isCompared ? limits : new BenchBudget(java.util.Map.of());
        out.print(isJson ? report.json(found, compared) : report.text(found, compared));
        if (newBudget != null && found.faults().isEmpty()) {
            String made = report.machine() + "; " + LocalDate.now(ZoneOffset.UTC);
            Files.writeString(newBudget, BenchBudget.from(found.figures()).text(made));
            progress.println("  The budget " + newBudget + " is written.");
        }
        return found.faults().isEmpty() && compared.exceededBy(found.figures()).isEmpty() ? 0 : 1;
    }

    /// New and empty.
    private Path folder() throws IOException {
        Path given = data;
        if (given != null) {
            return Files.createTempDirectory(Files.createDirectories(given.toAbsolutePath()), "sluice-bench-")
                    .toAbsolutePath();
        }
        Path usual = Path.of(System.getProperty("java.io.tmpdir"));
        for (Path each : List.of(usual, Path.of("/var/tmp"))) {
            if (Files.isWritable(each) && !ProcessReadings.isInMemory(each)) {
                return Files.createTempDirectory(each, "sluice-bench-");
            }
        }
        System.err.println("bench: " + usual + " is memory: syncs cost nothing there; --data DIR chooses a disk");
        return Files.createTempDirectory(usual, "sluice-bench-");
    }
}
