package org.sluicemta.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs all micro benchmarks, or those whose name holds a word, briefly, and prints a table: time and heap for each
/// operation. On a machine that does something else too the fastest iteration is nearest to the truth.
///
/// Options of JMH behind the word override the brief settings: `-wi 10 -i 20 -f 5` for figures to rely on.
public final class Jmh {
    private static final String OURS = "org\\.sluicemta\\.";
    private static final String USAGE =
            "usage: ./sluice jmh [NAME...] [OPTIONS OF JMH], e.g. ./sluice jmh Queue -i 20 -f 3; about 10 s a benchmark";
    private static final String HEAP = "gc.alloc.rate.norm";

    private Jmh() {}

    public static void main(String[] args) throws RunnerException {
        if (List.of(args).contains("--help") || List.of(args).contains("-h")) {
            System.out.println(USAGE);
            return;
        }
        CommandLineOptions given;
        try {
            given = new CommandLineOptions(args);
        } catch (CommandLineOptionException wrong) {
            System.err.println("jmh: " + wrong.getMessage() + "\n" + USAGE);
            System.exit(2);
            return;
        }
        List<String> names = given.getIncludes();
        var plan = new OptionsBuilder()
                .parent(given)
                .addProfiler(GCProfiler.class)
                .forks(given.getForkCount().orElse(1))
                .warmupIterations(given.getWarmupIterations().orElse(3))
                .warmupTime(given.getWarmupTime().orElse(TimeValue.seconds(1)))
                .measurementIterations(given.getMeasurementIterations().orElse(5))
                .measurementTime(given.getMeasurementTime().orElse(TimeValue.seconds(1)))
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .jvmArgs(
                        "-XX:+UseG1GC",
                        "-XX:+UseCompactObjectHeaders",
                        "-Xmx768m",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED");
        if (names.isEmpty()) {
            plan.include(OURS);
        }
        Options options = plan.build();
        Collection<RunResult> results = new Runner(options).run();
        if (results.isEmpty()) {
            System.err.println("jmh: no benchmark has a name with " + String.join(" or ", names));
            System.exit(1);
        }
        print(results);
    }

    private static void print(Collection<RunResult> results) {
        System.out.printf(
                Locale.ROOT,
                "%d processors, JDK %s, %s%n%n",
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                System.getProperty("os.version"));
        System.out.println("| benchmark | time/op, fastest | time/op, mean | ± | bytes/op |\n|---|--:|--:|--:|--:|");
        List<RunResult> sorted = new ArrayList<>(results);
        sorted.sort(Comparator.comparing(each -> each.getParams().getBenchmark()));
        for (RunResult each : sorted) {
            Result<?> time = each.getPrimaryResult();
            Result<?> heap = each.getSecondaryResults().get(HEAP);
            String spread = Double.isNaN(time.getScoreError())
                    ? ""
                    : String.format(Locale.ROOT, "%.0f %%", 100 * time.getScoreError() / time.getScore());
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s |%n",
                    name(each),
                    time(time.getStatistics().getMin()),
                    time(time.getScore()),
                    spread,
                    heap == null ? "" : String.format(Locale.ROOT, "%,.0f", heap.getScore()));
        }
    }

    /// The room, the class and the method.
    private static String name(RunResult result) {
        String full = result.getParams().getBenchmark().substring("org.sluicemta.".length());
        var parameters = new StringBuilder();
        for (String key : result.getParams().getParamsKeys()) {
            parameters
                    .append(' ')
                    .append(key)
                    .append('=')
                    .append(result.getParams().getParam(key));
        }
        return "`" + full + "`" + parameters;
    }

    /// @param nanos what every benchmark here counts in
    private static String time(double nanos) {
        return nanos < 1_000
                ? String.format(Locale.ROOT, "%.0f ns", nanos)
                : nanos < 1_000_000
                        ? String.format(Locale.ROOT, "%.2f µs", nanos / 1e3)
                        : String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
    }
}
