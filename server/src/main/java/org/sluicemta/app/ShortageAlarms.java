package org.sluicemta.app;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.receive.Shortage;

/// Says what puts new mail and clients off: in the log when it begins, once a minute while it goes on,
/// and when a minute has passed without one; in `show status` for as long. Owner: one loop.
final class ShortageAlarms {
    private static final Logger LOG = LoggerFactory.getLogger(ShortageAlarms.class);
    static final long QUIET_MILLIS = 60_000;

    /// One shortage. `timesBefore` had been counted when it began.
    private static final class Course {
        long times;
        long timesBefore;
        long lastMillis;
        long toldMillis;
        boolean isOn;
        String why = "";
    }

    private record Going(String putOff, long lastMillis, String why) {}

    private final Map<Shortage, Course> courses = new EnumMap<>(Shortage.class);
    private final Function<Shortage, String> why;

    /// For those who ask on other loops.
    private volatile Map<Shortage, Going> going = Map.of();

    /// @param why the limit, where it is from, what stands against it, and what mends it
    ShortageAlarms(Function<Shortage, String> why) {
        this.why = why;
    }

    /// To be called once a second or so.
    ///
    /// @param putOff clients since the start
    /// @return how many lines were logged
    int look(Map<Shortage, Long> putOff, long nowMillis) {
        int lines = 0;
        var now = new EnumMap<Shortage, Going>(Shortage.class);
        for (Map.Entry<Shortage, Long> each : putOff.entrySet()) {
            Shortage shortage = each.getKey();
            Course course = courses.computeIfAbsent(shortage, first -> new Course());
            boolean hasGrown = each.getValue() > course.times;
            if (hasGrown && !course.isOn) {
                course.isOn = true;
                course.timesBefore = course.times;
                course.toldMillis = nowMillis - QUIET_MILLIS;
            }
            course.times = each.getValue();
            if (hasGrown) {
                course.lastMillis = nowMillis;
                // What was short then: a minute later it may not be.
                course.why = why.apply(shortage);
                if (nowMillis - course.toldMillis >= QUIET_MILLIS) {
                    course.toldMillis = nowMillis;
                    lines++;
                    LOG.warn("{}: {}", putOff(shortage, course), course.why);
                }
            } else if (course.isOn && nowMillis - course.lastMillis >= QUIET_MILLIS) {
                course.isOn = false;
                lines++;
                LOG.info("{}, by {}; none in the last minute", putOff(shortage, course), shortage.limit());
            }
            if (course.isOn) {
                now.put(shortage, new Going(putOff(shortage, course), course.lastMillis, course.why));
            }
        }
        going = now;
        return lines;
    }

    /// A line for each that goes on, for the operator. From any thread.
    ///
    /// @param present what the next client would be put off for, whether one came or not
    List<String> warnings(Set<Shortage> present, long nowMillis) {
        var lines = new ArrayList<String>();
        Map<Shortage, Going> now = going;
        for (Shortage shortage : Shortage.values()) {
            Going course = now.get(shortage);
            if (course != null) {
                long ago = Math.max(0, nowMillis - course.lastMillis) / 1000;
                lines.add(course.putOff + ", last " + ago + " s ago: " + course.why);
            } else if (present.contains(shortage)) {
                lines.add("new mail is refused: " + why.apply(shortage));
            }
        }
        return lines;
    }

    private static String putOff(Shortage shortage, Course course) {
        long times = course.times - course.timesBefore;
        String what =
                switch (shortage) {
                    case MEMORY, CONNECTIONS -> "connections answered 421";
                    case SPOOL, QUEUE_MEMORY, QUEUES, CONTENT_MEMORY -> "messages answered 452";
                };
        return String.format(Locale.ROOT, "%s: %,d", what, times);
    }
}
