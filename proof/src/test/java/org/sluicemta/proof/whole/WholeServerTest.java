package org.sluicemta.proof.whole;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sluicemta.simulation.FaultPoints;

/// Seeds of the whole server. `-Dproof.seeds=10000` runs more; `-Dproof.seed=17` runs one and says what happened.
class WholeServerTest {
    private static final int SEEDS = Integer.getInteger("proof.seeds", 200);
    private static final long FIRST = Long.getLong("proof.first", 1);
    private static final int SEEDS_FOR_A_FLAW = 40;
    private static final int TWICE_EVERY = 20;
    private static final int LAST_EVENTS = 40;
    private static final int AT_ONCE = Math.min(Runtime.getRuntime().availableProcessors(), 8);

    @Test
    void nothingIsLostAndNoLimitIsBrokenInAnySeed() throws InterruptedException, ExecutionException {
        Long one = Long.getLong("proof.seed");
        List<Long> seeds = new ArrayList<>();
        if (one != null) {
            seeds.add(one);
        } else {
            for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
                seeds.add(seed);
            }
        }
        long began = System.nanoTime();
        List<WholeServer.Result> results = all(seeds, WholeServerTest::once);
        var points = new FaultPoints();
        var failures = new ArrayList<String>();
        long messages = 0;
        long copies = 0;
        long crashes = 0;
        long repeats = 0;
        long bounced = 0;
        long inDoubt = 0;
        long events = 0;
        for (WholeServer.Result result : results) {
            points.add(result.points());
            messages += result.sums().messages();
            copies += result.sums().copies();
            crashes += result.sums().crashes();
            repeats += result.sums().repeatedAfterCrash();
            bounced += result.sums().bounced();
            inDoubt += result.sums().inDoubt();
            events += result.events();
            if (!result.wrong().isEmpty()) {
                failures.add(told(result));
            }
        }
        List<String> missed = points.missed();
        System.out.printf(
                "whole server: %d seeds, %d messages, %d copies taken (%d again after a crash), %d bounced,"
                        + " %d submissions in doubt, %d crashes, %d events in %d s%n",
                results.size(),
                messages,
                copies,
                repeats,
                bounced,
                inDoubt,
                crashes,
                events,
                (System.nanoTime() - began) / 1_000_000_000L);
        System.out.printf(
                "coverage: %d of %d fault points%s%n",
                points.known() - missed.size(), points.known(), missed.isEmpty() ? "" : ", missed " + missed);
        if (Boolean.getBoolean("proof.points")) {
            System.out.println(points.report());
        }
        assertThat(failures.stream().limit(10)).isEmpty();
        if (results.size() >= 200) {
            assertThat(missed).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(value = Flaw.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedFlawDiesInTheSeeds(Flaw flaw) throws InterruptedException, ExecutionException {
        Long died = null;
        for (long first = 1; first <= SEEDS_FOR_A_FLAW && died == null; first += AT_ONCE) {
            List<Long> seeds = LongStream.range(first, Math.min(first + AT_ONCE, SEEDS_FOR_A_FLAW + 1L))
                    .boxed()
                    .toList();
            died = all(seeds, seed -> new WholeServer(seed, flaw).run()).stream()
                    .filter(result -> !result.wrong().isEmpty())
                    .map(WholeServer.Result::seed)
                    .findFirst()
                    .orElse(null);
        }
        assertThat(died)
                .as("the seed in which " + flaw + " dies, of " + SEEDS_FOR_A_FLAW)
                .isNotNull();
        System.out.println("planted flaw " + flaw + " died in seed " + died);
    }

    private static String told(WholeServer.Result result) {
        var last = new ArrayDeque<String>();
        var again = new WholeServer(result.seed());
        again.universe().traceTo(line -> {
            if (last.size() == LAST_EVENTS) {
                last.removeFirst();
            }
            last.addLast(line);
        });
        var unused = again.run();
        return "seed " + result.seed() + ", again with -Dtest=WholeServerTest -Dproof.seed=" + result.seed() + "\n  "
                + String.join("\n  ", result.wrong()) + "\nits last events:\n  " + String.join("\n  ", last);
    }

    private static List<WholeServer.Result> all(List<Long> seeds, LongFunction<WholeServer.Result> run)
            throws InterruptedException, ExecutionException {
        try (ExecutorService running = Executors.newFixedThreadPool(AT_ONCE)) {
            var futures = new ArrayList<Future<WholeServer.Result>>();
            for (long seed : seeds) {
                Callable<WholeServer.Result> task = () -> run.apply(seed);
                futures.add(running.submit(task));
            }
            var results = new ArrayList<WholeServer.Result>();
            for (Future<WholeServer.Result> each : futures) {
                results.add(each.get());
            }
            return results;
        }
    }

    private static WholeServer.Result once(long seed) {
        WholeServer.Result result = new WholeServer(seed).run();
        if (seed % TWICE_EVERY == 0) {
            WholeServer.Result again = new WholeServer(seed).run();
            if (again.traceHash() != result.traceHash()) {
                result.wrong()
                        .add("a second run went another way: " + result.events() + " events with hash "
                                + result.traceHash() + ", then " + again.events() + " with " + again.traceHash());
            }
        }
        return result;
    }
}
