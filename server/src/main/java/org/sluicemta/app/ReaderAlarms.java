package org.sluicemta.app;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.spool.JournalSpool.ReaderBehind;

/// Says when a reader of events (an accounting file, a pipe, the reports) is so far behind that the disk fills with
/// what is kept for it: once at [#ALARM_BYTES], again at each doubling, and when it has caught up. Owner: one loop.
final class ReaderAlarms {
    private static final Logger LOG = LoggerFactory.getLogger(ReaderAlarms.class);
    /// What gathers between two checkpoints, so that much is kept anyway.
    static final long ALARM_BYTES = 256L << 20;

    private final Map<String, Long> toldAt = new HashMap<>();

    /// @param readers as they are now
    /// @return how many lines were logged
    int look(List<ReaderBehind> readers) {
        int lines = 0;
        for (ReaderBehind each : readers) {
            long told = toldAt.getOrDefault(each.reader(), 0L);
            if (each.bytes() >= Math.max(ALARM_BYTES, 2 * told)) {
                toldAt.put(each.reader(), each.bytes());
                lines++;
                LOG.warn("{}", text(each));
            } else if (told > 0 && each.bytes() < ALARM_BYTES / 2) {
                toldAt.remove(each.reader());
                lines++;
                LOG.info("{} has caught up", name(each));
            }
        }
        return lines;
    }

    /// A line for each that is far behind, for the operator.
    static List<String> warnings(List<ReaderBehind> readers) {
        return readers.stream()
                .filter(each -> each.bytes() >= ALARM_BYTES)
                .map(ReaderAlarms::text)
                .toList();
    }

    private static String text(ReaderBehind reader) {
        return String.format(
                Locale.ROOT,
                "%s is %.1f GB of events behind, which stay on disk until it has read them; see whether its program or"
                        + " disk takes anything",
                name(reader),
                reader.bytes() / 1e9);
    }

    private static String name(ReaderBehind reader) {
        return reader.reader().startsWith("account:")
                ? "acct-file " + reader.reader().substring("account:".length())
                : "the reader \"" + reader.reader() + "\"";
    }
}
