package org.sluicemta.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// What a benchmark's figures may be: one limit for each figure, or none. A text file, one limit a line:
///
/// ```
/// # words behind a # are for people
/// relay.cpu-us-per-message   at-most 900
/// ```
record BenchBudget(Map<BenchFigure, Double> limits) {
    private static final String SHIPPED = "bench.budget";
    private static final int MOST_BYTES = 64 * 1024;

    BenchBudget {
        limits = Map.copyOf(limits);
    }

    /// A limit that does not hold.
    ///
    /// @param value over it, or under it where it is the least
    record Exceeded(BenchFigure figure, double value, double limit) {
        String text() {
            String by = String.format(Locale.ROOT, "%.0f %%", 100 * Math.abs(value - limit) / limit);
            return figure.figureName() + " is " + spell(figure, value) + ": "
                    + switch (figure.bound()) {
                        case AT_MOST -> by + " over the budget's " + spell(figure, limit);
                        case AT_LEAST -> by + " under the budget's " + spell(figure, limit);
                    };
        }
    }

    /// The project's own. It is strict about what only the program decides, and generous about times.
    static BenchBudget shipped() {
        try (InputStream in = BenchBudget.class.getResourceAsStream(SHIPPED)) {
            return parse(
                    new String(Objects.requireNonNull(in, SHIPPED).readAllBytes(), StandardCharsets.UTF_8), SHIPPED);
        } catch (IOException e) {
            throw new LabException("the budget that comes with the program cannot be read: " + e.getMessage(), e);
        }
    }

    /// @throws LabException when it cannot be read or understood
    static BenchBudget read(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new LabException(file + ": larger than any budget; write one limit a line");
            }
            return parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new LabException("the budget " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /// @param place named in errors
    static BenchBudget parse(String text, String place) {
        var limits = new EnumMap<BenchFigure, Double>(BenchFigure.class);
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).split("#", 2)[0].strip();
            if (!line.isEmpty()) {
                String at = place + ":" + (i + 1) + ": ";
                String[] words = line.split("\\s+", -1);
                if (words.length != 3) {
                    throw new LabException(at + "write a figure, at-most or at-least, and a number");
                }
                BenchFigure figure = figure(words[0], at);
                if (!words[1].equals(figure.bound().word())) {
                    throw new LabException(
                            at + words[0] + " takes " + figure.bound().word() + ", not \"" + words[1] + "\"");
                }
                if (limits.put(figure, number(words[2], at)) != null) {
                    throw new LabException(at + words[0] + " stands here twice; leave one out");
                }
            }
        }
        return new BenchBudget(limits);
    }

    private static BenchFigure figure(String name, String at) {
        for (BenchFigure each : BenchFigure.values()) {
            if (each.figureName().equals(name)) {
                return each;
            }
        }
        throw new LabException(at + "there is no figure \"" + name + "\"; there are: "
                + String.join(
                        ", ",
                        Arrays.stream(BenchFigure.values())
                                .map(BenchFigure::figureName)
                                .toList()));
    }

    private static double number(String text, String at) {
        try {
            double number = Double.parseDouble(text);
            if (number > 0 && number < 1e15) {
                return number;
            }
        } catch (NumberFormatException none) {
            // said below
        }
        throw new LabException(at + "\"" + text + "\" is no limit; write a number over 0, such as 900 or 0.25");
    }

    /// One that this run holds, with each figure's margin.
    static BenchBudget from(Map<BenchFigure, Double> found) {
        var limits = new EnumMap<BenchFigure, Double>(BenchFigure.class);
        found.forEach((figure, value) -> {
            double rounding = Math.pow(10, figure.decimals() + 1);
            double limit = figure.withMargin(value) * rounding;
            double rounded =
                    switch (figure.bound()) {
                        case AT_MOST -> Math.ceil(limit) / rounding;
                        case AT_LEAST -> Math.floor(limit) / rounding;
                    };
            if (rounded > 0) {
                limits.put(figure, rounded);
            }
        });
        return new BenchBudget(limits);
    }

    /// @param machine a line that says where and when it was made
    String text(String machine) {
        var text = new StringBuilder("# What sluice bench may find, with the margins of its documentation.\n# ")
                .append(machine)
                .append('\n');
        for (BenchFigure figure : BenchFigure.values()) {
            Double limit = limits.get(figure);
            if (limit != null) {
                text.append(String.format(
                        Locale.ROOT,
                        "%-36s %-8s %s%n",
                        figure.figureName(),
                        figure.bound().word(),
                        plain(limit)));
            }
        }
        return text.toString();
    }

    private static String plain(double number) {
        return java.math.BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }

    /// Those that do not hold; a figure without a limit holds, and so does a limit whose figure was not measured.
    List<Exceeded> exceededBy(Map<BenchFigure, Double> found) {
        var exceeded = new ArrayList<Exceeded>();
        for (BenchFigure figure : BenchFigure.values()) {
            Double limit = limits.get(figure);
            Double value = found.get(figure);
            if (limit != null
                    && value != null
                    && !switch (figure.bound()) {
                        case AT_MOST -> value <= limit;
                        case AT_LEAST -> value >= limit;
                    }) {
                exceeded.add(new Exceeded(figure, value, limit));
            }
        }
        return exceeded;
    }

    /// Limits that could not be judged.
    List<BenchFigure> unmeasured(Map<BenchFigure, Double> found) {
        return limits.keySet().stream()
                .filter(figure -> found.get(figure) == null)
                .sorted()
                .toList();
    }

    /// A figure with its unit, for people.
    static String spell(BenchFigure figure, double value) {
        return String.format(Locale.ROOT, "%,." + figure.decimals() + "f", value)
                + (figure.unit().startsWith("/") ? "" : " ")
                + figure.unit();
    }
}
