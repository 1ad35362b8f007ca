package org.sluicemta.proof.whole;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.sluicemta.simulation.FaultPoints;
import org.sluicemta.simulation.Seed;

/// Somebody who pauses and resumes jobs and sets priorities at random, one command after the other, and remembers in
/// which times no mail of a job may have begun to leave.
///
/// Owner: the thread of the seed.
final class Operator {
    static final int JOBS = 4;

    /// A transaction that was begun before the pause may be seen by its receiver so much later: what is sent on a
    /// connection may wait behind content, for which `data-send-timeout` is 30 s.
    private static final long SETTLING_NANOS = 35_000_000_000L;

    /// Events are synced 10 ms after they happened, at worst, and a few writes of the disk take their time.
    private static final long DURABLE_NANOS = 60_000_000L;

    private static final String PAUSED = "whole: job paused";
    private static final String PAUSE_OUTLIVED = "whole: pause of a job outlived a crash";
    private static final String PRIORITY = "whole: priority of waiting mail set";

    /// A time in which a job was paused and known to be.
    private record Hold(String job, long fromNanos, long toNanos) {}

    private final Seed chance;
    private final FaultPoints points;
    private final BiConsumer<List<String>, Consumer<String>> asking;
    private final List<Hold> holds = new ArrayList<>();
    /// Since when jobs are paused.
    private final Map<String, Long> paused = new TreeMap<>();

    private boolean isBusy;

    /// @param asking gives a command, and tells its answer unless the server dies first
    Operator(long seed, FaultPoints points, BiConsumer<List<String>, Consumer<String>> asking) {
        this.chance = new Seed(seed * 53 + 0x6A09E667F3BCC909L);
        this.points = points;
        this.asking = asking;
        points.declare(PAUSED, PAUSE_OUTLIVED, PRIORITY);
    }

    /// @param later runs a task so many milliseconds later
    void comes(BiConsumer<Integer, Runnable> later, LongSupplier nanos, List<String> domains) {
        for (int i = chance.nextInt(6); i > 0; i--) {
            int number = chance.nextInt(5);
            String job = "job" + chance.nextInt(JOBS);
            String priority = Integer.toString(1 + chance.nextInt(100));
            String domain = domains.get(chance.nextInt(domains.size()));
            later.accept(chance.nextInt(8_000), () -> {
                if (isBusy) {
                    return;
                }
                isBusy = true;
                switch (number) {
                    case 0, 1 -> pause(job, nanos);
                    case 2 -> resume(job, nanos.getAsLong(), answer -> isBusy = false);
                    case 3 -> prioritize(List.of("set", "priority", "--jobId=" + job, priority));
                    default -> prioritize(List.of("set", "priority", "--queue=" + domain + "/*", priority));
                }
            });
        }
    }

    private void pause(String job, LongSupplier nanos) {
        asking.accept(List.of("pause", "job", job), answer -> {
            isBusy = false;
            if (answer.startsWith("0 ")) {
                points.mark(PAUSED);
                paused.putIfAbsent(job, nanos.getAsLong());
            }
        });
    }

    /// From the moment it is asked for nothing is known.
    void resume(String job, long nowNanos, Consumer<String> whenAnswered) {
        Long since = paused.remove(job);
        if (since != null) {
            holds.add(new Hold(job, since, nowNanos));
        }
        asking.accept(List.of("resume", "job", job), whenAnswered);
    }

    private void prioritize(List<String> command) {
        asking.accept(command, answer -> {
            isBusy = false;
            if (answer.startsWith("0 ")) {
                points.mark(PRIORITY);
            }
        });
    }

    /// The server died. A pause that was on the disk holds on.
    ///
    /// @param brokenSinceNanos since when the disk has not kept its promises; far in the future where it has
    void crashed(long nowNanos, long brokenSinceNanos) {
        isBusy = false;
        long unsureNanos = Math.min(nowNanos, brokenSinceNanos) - DURABLE_NANOS;
        boolean isDiskBroken = brokenSinceNanos <= nowNanos;
        paused.entrySet().removeIf(each -> {
            if (!isDiskBroken && each.getValue() < unsureNanos) {
                points.mark(PAUSE_OUTLIVED);
                return false;
            }
            holds.add(new Hold(each.getKey(), each.getValue(), unsureNanos));
            return true;
        });
    }

    /// Whether mail of a job that began to leave then should have waited.
    boolean isHeld(String job, long atNanos) {
        Long since = paused.get(job);
        return since != null && atNanos >= since + SETTLING_NANOS
                || holds.stream()
                        .anyMatch(each -> each.job.equals(job)
                                && atNanos >= each.fromNanos + SETTLING_NANOS
                                && atNanos <= each.toNanos);
    }

    @Override
    public String toString() {
        return "paused since " + paused + ", and before " + holds;
    }
}
