package org.sluicemta.app;

import java.util.Arrays;
import java.util.List;
import org.sluicemta.control.Operations.Flow;
import org.sluicemta.control.Operations.Performance;
import org.sluicemta.control.Operations.Traffic;

/// Turns running totals into "last minute", "last hour" and their peaks, from one reading a second. Pure over the
/// readings given. Owner: one loop.
final class TrafficMeter {
    private static final int SECONDS = 60;
    private static final int MINUTES = 60;
    private static final int KINDS = 8;

    private final long[][] seconds = new long[SECONDS][KINDS];
    private final long[][] minutes = new long[MINUTES][KINDS];
    private final long[] total = new long[KINDS];
    private final long[] lastMinute = new long[KINDS];
    private final long[] lastHour = new long[KINDS];
    private final long[] topMinute = new long[KINDS];
    private final long[] topHour = new long[KINDS];
    /// What an operator wants counted no more.
    private final long[] forgotten = new long[KINDS];
    private int second;
    private int minute;

    /// @param now totals since the start: recipients, messages and bytes in, then out; then the microseconds that
    ///     envelopes and contents coming in took
    void read(long... now) {
        second = (second + 1) % SECONDS;
        boolean isNewMinute = second == 0;
        if (isNewMinute) {
            minute = (minute + 1) % MINUTES;
        }
        for (int kind = 0; kind < KINDS; kind++) {
            long gone = now[kind] - total[kind];
            total[kind] = now[kind];
            lastMinute[kind] += gone - seconds[second][kind];
            seconds[second][kind] = gone;
            if (isNewMinute) {
                lastHour[kind] -= minutes[minute][kind];
                minutes[minute][kind] = 0;
            }
            minutes[minute][kind] += gone;
            lastHour[kind] += gone;
            topMinute[kind] = Math.max(topMinute[kind], lastMinute[kind]);
            topHour[kind] = Math.max(topHour[kind], lastHour[kind]);
        }
    }

    /// Counts from 0 again.
    void reset() {
        System.arraycopy(total, 0, forgotten, 0, KINDS);
        for (long[] each : seconds) {
            Arrays.fill(each, 0);
        }
        for (long[] each : minutes) {
            Arrays.fill(each, 0);
        }
        for (long[] each : List.of(lastMinute, lastHour, topMinute, topHour)) {
            Arrays.fill(each, 0);
        }
    }

    Traffic total() {
        long[] counted = new long[KINDS];
        for (int kind = 0; kind < KINDS; kind++) {
            counted[kind] = total[kind] - forgotten[kind];
        }
        return traffic(counted);
    }

    Traffic lastMinute() {
        return traffic(lastMinute);
    }

    Traffic lastHour() {
        return traffic(lastHour);
    }

    Traffic topMinute() {
        return traffic(topMinute);
    }

    Traffic topHour() {
        return traffic(topHour);
    }

    /// How long messages that came in during the last minute took, on the average.
    Performance performance() {
        long count = lastMinute[1];
        return count == 0
                ? new Performance(0, 0, 0)
                : new Performance(count, lastMinute[6] / count / 1000, lastMinute[7] / count / 1000);
    }

    private static Traffic traffic(long[] of) {
        return new Traffic(new Flow(of[0], of[1], of[2]), new Flow(of[3], of[4], of[5]));
    }
}
