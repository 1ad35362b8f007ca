package org.sluicemta.lab;

import java.util.List;
import java.util.Locale;

/// Tells what a benchmark found, to people and to programs. Pure but for the names of machine and system.
final class BenchReport {
    private final Bench.Plan plan;
    private final String fileSystem;

    BenchReport(Bench.Plan plan, String fileSystem) {
        this.plan = plan;
        this.fileSystem = fileSystem;
    }

    /// One line: what was measured on.
    String machine() {
        int processors = Runtime.getRuntime().availableProcessors();
        return processors + (processors == 1 ? " processor, " : " processors, ") + System.getProperty("os.name") + " "
                + System.getProperty("os.version") + " " + System.getProperty("os.arch") + ", JDK "
                + Runtime.version().feature() + ", " + fileSystem;
    }

    String heading() {
        return String.format(
                Locale.ROOT,
                "%n  Sluice bench on %s%n  Messages of %,d bytes over %d sessions, each on disk before its 250; generator"
                        + " and receiver share the machine.",
                machine(),
                plan.sizeBytes(),
                plan.sessions());
    }

    String text(Bench.Found found, BenchBudget budget) {
        var text = new StringBuilder("\n");
        List<BenchFigure> exceeded = budget.exceededBy(found.figures()).stream()
                .map(BenchBudget.Exceeded::figure)
                .toList();
        String part = "";
        for (BenchFigure figure : BenchFigure.values()) {
            Double value = found.figures().get(figure);
            Double limit = budget.limits().get(figure);
            if (value == null) {
                continue;
            }
            String now = figure.figureName().substring(0, figure.figureName().indexOf('.'));
            if (!now.equals(part)) {
                part = now;
                text.append("  ").append(part(now, found)).append('\n');
            }
            text.append(String.format(
                    Locale.ROOT,
                    "    %-40s %28s%s%n",
                    figure.words(),
                    BenchBudget.spell(figure, value),
                    limit == null
                            ? ""
                            : "   " + (exceeded.contains(figure) ? "✗ " : "✓ ")
                                    + figure.bound().word().replace('-', ' ') + " "
                                    + String.format(Locale.ROOT, "%,." + figure.decimals() + "f", limit)));
        }
        text.append('\n');
        found.notes().forEach(note -> text.append("  ").append(note).append('\n'));
        if (found.othersShare() > 0.1) {
            text.append(String.format(
                    Locale.ROOT,
                    "  Other programs took %.0f %% of the processors meanwhile: rates and latencies are worse than they"
                            + " could be.%n",
                    100 * found.othersShare()));
        }
        found.faults().forEach(fault -> text.append("  ✗ ").append(fault).append('\n'));
        budget.exceededBy(found.figures())
                .forEach(each -> text.append("  ✗ ").append(each.text()).append('\n'));
        List<BenchFigure> unmeasured = budget.unmeasured(found.figures());
        unmeasured.forEach(each -> text.append("  ").append(each.figureName()).append(" was not measured\n"));
        if (found.faults().isEmpty() && exceeded.isEmpty() && !budget.limits().isEmpty()) {
            text.append(
                    unmeasured.isEmpty()
                            ? "  All limits of the budget hold.\n"
                            : "  The other limits of the budget hold.\n");
        }
        return text.append('\n').toString();
    }

    private String part(String name, Bench.Found found) {
        return name.equals("relay")
                ? String.format(
                        Locale.ROOT,
                        "Relay: %,d messages accepted and %,d relayed in %.1f s, over %,d new connections",
                        found.accepted(),
                        found.relayed(),
                        found.seconds(),
                        found.connections())
                : String.format(
                        Locale.ROOT,
                        "Waiting: %,d recipients more, one a message, after %,d; after full collections",
                        plan.waiting(),
                        plan.settled());
    }

    String json(Bench.Found found, BenchBudget budget) {
        var text = new StringBuilder("{\n");
        List<BenchBudget.Exceeded> exceeded = budget.exceededBy(found.figures());
        text.append("  \"machine\": ").append(quoted(machine())).append(",\n");
        text.append(String.format(
                Locale.ROOT,
                "  \"sizeBytes\": %d,%n  \"sessions\": %d,%n  \"seconds\": %.3f,%n  \"accepted\": %d,%n  \"relayed\": %d,%n  \"connections\": %d,%n"
                        + "  \"waitingRecipients\": %d,%n  \"otherProgramsShare\": %.3f,%n",
                plan.sizeBytes(),
                plan.sessions(),
                found.seconds(),
                found.accepted(),
                found.relayed(),
                found.connections(),
                plan.waiting(),
                found.othersShare()));
        text.append("  \"figures\": {\n");
        String separator = "";
        for (BenchFigure figure : BenchFigure.values()) {
            Double value = found.figures().get(figure);
            if (value != null) {
                Double limit = budget.limits().get(figure);
                text.append(separator)
                        .append(String.format(
                                Locale.ROOT,
                                "    %s: {\"value\": %." + (figure.decimals() + 2) + "f, \"unit\": %s%s}",
                                quoted(figure.figureName()),
                                value,
                                quoted(figure.unit()),
                                limit == null
                                        ? ""
                                        : String.format(
                                                Locale.ROOT,
                                                ", %s: %s, \"holds\": %b",
                                                quoted(
                                                        figure.bound() == BenchFigure.Bound.AT_MOST
                                                                ? "atMost"
                                                                : "atLeast"),
                                                limit,
                                                exceeded.stream().noneMatch(each -> each.figure() == figure))));
                separator = ",\n";
            }
        }
        text.append("\n  },\n");
        text.append("  \"notes\": ").append(list(found.notes())).append(",\n");
        text.append("  \"faults\": ").append(list(found.faults())).append(",\n");
        text.append("  \"exceeded\": ")
                .append(list(exceeded.stream().map(BenchBudget.Exceeded::text).toList()))
                .append(",\n");
        text.append("  \"holds\": ")
                .append(found.faults().isEmpty() && exceeded.isEmpty())
                .append("\n}\n");
        return text.toString();
    }

    private static String list(List<String> texts) {
        return "[" + String.join(", ", texts.stream().map(BenchReport::quoted).toList()) + "]";
    }

    /// Source: RFC 8259 section 7.
    private static String quoted(String text) {
        var out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
