package org.sluicemta.lab;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Draws the demonstration: one screen that is drawn again and again on a terminal, a line now and then elsewhere.
///
/// Owner: one thread.
final class DemoScreen {
    private static final long PLAIN_NANOS = 3_000_000_000L;
    private static final int BAR = 40;

    private final PrintStream out;
    private final boolean isTerminal;
    private final boolean hasColour;
    private int drawnLines;
    private long lastPlainNanos;
    private boolean hasPlain;

    /// What the server says of the queues of one place.
    record Queues(int connections, String reason) {
        static final Queues NONE = new Queues(0, "");
    }

    /// One moment.
    ///
    /// @param accepted recipients whose message had its 250
    /// @param settled recipients with a final row
    /// @param stage one sentence: what goes on
    record Moment(
            double seconds,
            long messages,
            long handed,
            long accepted,
            long settled,
            double acceptedPerSecond,
            double settledPerSecond,
            String stage,
            Map<DemoScene.Place, Queues> queues) {}

    DemoScreen(PrintStream out, boolean isTerminal, boolean hasColour) {
        this.out = out;
        this.isTerminal = isTerminal;
        this.hasColour = hasColour;
    }

    boolean isTerminal() {
        return isTerminal;
    }

    void line(String text) {
        settle();
        out.println(text);
    }

    /// What was drawn stays; what follows is written below.
    void settle() {
        drawnLines = 0;
    }

    String bold(String text) {
        return paint("1", text);
    }

    String dim(String text) {
        return paint("2", text);
    }

    String green(String text) {
        return paint("32", text);
    }

    String red(String text) {
        return paint("31;1", text);
    }

    String yellow(String text) {
        return paint("33", text);
    }

    private String paint(String code, String text) {
        return hasColour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    void draw(Moment now, DemoBook book) {
        if (isTerminal) {
            redraw(now, book);
        } else if (!hasPlain || System.nanoTime() - lastPlainNanos >= PLAIN_NANOS) {
            hasPlain = true;
            lastPlainNanos = System.nanoTime();
            plain(now, book);
        }
    }

    private void plain(Moment now, DemoBook book) {
        long waiting = Math.max(0, now.accepted - now.settled);
        long bounced = 0;
        for (DemoScene.Place place : DemoScene.Place.values()) {
            bounced += book.tally(place).bounced();
        }
        out.printf(
                Locale.ROOT,
                "%5.1f s  handed over %,7d of %,d messages (%,6.0f/s)   delivered %,7d  bounced %,5d  waiting %,7d%n",
                now.seconds,
                now.handed,
                now.messages,
                now.acceptedPerSecond,
                now.settled - bounced,
                bounced,
                waiting);
    }

    /// A line that stays, above what is drawn again and again.
    void above(String text) {
        if (drawnLines > 0) {
            out.print("\u001b[" + drawnLines + "A\r\u001b[J");
        }
        line(text);
    }

    /// Draws in place of what was drawn last; on a terminal only.
    void block(List<String> lines) {
        // Without wrapping: a narrow terminal cuts long lines, and a line stays one line.
        var text = new StringBuilder(4096).append("\u001b[?7l");
        if (drawnLines > 0) {
            text.append("\u001b[").append(drawnLines).append("A\r");
        }
        for (String line : lines) {
            text.append("\u001b[2K").append(line).append('\n');
        }
        drawnLines = lines.size();
        out.print(text.append("\u001b[?7h"));
        out.flush();
    }

    private void redraw(Moment now, DemoBook book) {
        var lines = new java.util.ArrayList<String>();
        lines.add("");
        lines.add(bold("  handed over ")
                + bar(now.handed, now.messages)
                + String.format(
                        Locale.ROOT,
                        " %,7d of %,d messages  %s",
                        now.handed,
                        now.messages,
                        dim(String.format(
                                Locale.ROOT, "%,.0f/s, each on disk before its 250", now.acceptedPerSecond))));
        lines.add(bold("  settled     ")
                + bar(now.settled, Math.max(now.accepted, 1))
                + String.format(
                        Locale.ROOT,
                        " %,7d of %,d recipients  %s",
                        now.settled,
                        now.accepted,
                        dim(String.format(Locale.ROOT, "%,.0f/s", now.settledPerSecond))));
        lines.add("");
        lines.add(bold(String.format(
                Locale.ROOT,
                "  %-15s %9s %8s %8s %8s %6s  %s",
                "domain",
                "accepted",
                "deliver.",
                "bounced",
                "waiting",
                "conn.",
                "behaves, and what holds its queues now")));
        for (DemoScene.Place place : DemoScene.Place.values()) {
            DemoBook.Tally tally = book.tally(place);
            Queues queues = now.queues.getOrDefault(place, Queues.NONE);
            String waiting = String.format(Locale.ROOT, "%,8d", tally.waiting());
            lines.add(String.format(
                    Locale.ROOT,
                    "  %-15s %,9d %,8d %,8d %s %6d  %s",
                    place.domain(),
                    tally.accepted(),
                    tally.delivered(),
                    tally.bounced(),
                    tally.waiting() > 0 ? yellow(waiting) : waiting,
                    queues.connections,
                    dim(cut(queues.reason.isEmpty() ? place.behaviour() : queues.reason, 60))));
        }
        lines.add("");
        lines.add("  " + String.format(Locale.ROOT, "%4.0f s  ", now.seconds) + dim(now.stage));
        block(lines);
    }

    private String bar(long part, long whole) {
        int full = (int) Math.min(BAR, part * BAR / Math.max(1, whole));
        return green("━".repeat(full)) + dim("─".repeat(BAR - full));
    }

    static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 1) + "…";
    }

    /// The closing table.
    void results(DemoBook book, Map<DemoScene.Place, Queues> queues) {
        out.println();
        out.println(bold(String.format(
                Locale.ROOT,
                "  %-15s %9s %9s %8s %8s %9s %10s %10s  %s",
                "receiver",
                "accepted",
                "delivered",
                "bounced",
                "waiting",
                "rate",
                "p50 queue",
                "p99 queue",
                "behaves")));
        long[] sums = new long[4];
        for (DemoScene.Place place : DemoScene.Place.values()) {
            DemoBook.Tally tally = book.tally(place);
            boolean hasArrivals = tally.received() > 0;
            out.printf(
                    Locale.ROOT,
                    "  %-15s %,9d %,9d %,8d %,8d %9s %10s %10s  %s%n",
                    place.domain(),
                    tally.accepted(),
                    tally.delivered(),
                    tally.bounced(),
                    tally.waiting(),
                    hasArrivals ? String.format(Locale.ROOT, "%,.0f/s", tally.perSecond()) : "-",
                    hasArrivals ? time(tally.inQueueMillis(50)) : "-",
                    hasArrivals ? time(tally.inQueueMillis(99)) : "-",
                    dim(place.behaviour()));
            sums[0] += tally.accepted();
            sums[1] += tally.delivered();
            sums[2] += tally.bounced();
            sums[3] += tally.waiting();
        }
        out.println(bold(
                String.format(Locale.ROOT, "  %-15s %,9d %,9d %,8d %,8d", "all", sums[0], sums[1], sums[2], sums[3])));
        for (DemoScene.Place place : DemoScene.Place.values()) {
            if (book.tally(place).waiting() > 0) {
                String reason = queues.getOrDefault(place, Queues.NONE).reason();
                out.printf(
                        Locale.ROOT,
                        "  %s: %,d wait%s%n",
                        place.domain(),
                        book.tally(place).waiting(),
                        reason.isEmpty() ? "" : ": " + reason);
            }
        }
    }

    static String time(double millis) {
        return millis < 1000
                ? String.format(Locale.ROOT, "%.0f ms", millis)
                : String.format(Locale.ROOT, "%.1f s", millis / 1000);
    }

    void checks(List<DemoBook.Check> checks) {
        for (DemoBook.Check check : checks) {
            out.printf(
                    Locale.ROOT,
                    "  %s %s %s%n",
                    check.holds() ? green("✓") : red("✗"),
                    check.question(),
                    check.holds()
                            ? dim(String.format(Locale.ROOT, "(%,d)", check.checked()))
                            : red(String.format(
                                    Locale.ROOT,
                                    "%,d of %,d are not: %s",
                                    check.failed(),
                                    check.checked(),
                                    String.join(", ", check.examples()))));
        }
    }
}
