package org.sluicemta.control;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Loop;

/// A command line taken apart, and the way back to whoever asked. Options of the form `--name=value` may stand anywhere
/// after the command.
///
/// Owner: the loop of its connection.
final class Asked {
    private final Words words;
    private final Command command;
    private final Consumer<CommandReply> answer;

    /// Rows that are written on a loop; more are written aside.
    private static final int ROWS_ON_LOOP = 500;

    /// A command line before anybody knows which command it is.
    ///
    /// @param options by name in small letters; without a value they are `yes`
    record Words(OutputFormat format, List<String> words, Map<String, String> options) {
        static Words of(List<String> given) {
            OutputFormat format = OutputFormat.TEXT;
            var words = new ArrayList<String>();
            var options = new HashMap<String, String>();
            for (String word : given) {
                switch (word) {
                    case "--xml" -> format = OutputFormat.XML;
                    case "--dom" -> format = OutputFormat.DOM;
                    case "--json" -> format = OutputFormat.JSON;
                    default -> {
                        if (word.startsWith("--")) {
                            int equals = word.indexOf('=');
                            String name = equals < 0 ? word.substring(2) : word.substring(2, equals);
                            options.put(name.toLowerCase(Locale.ROOT), equals < 0 ? "yes" : word.substring(equals + 1));
                        } else {
                            words.add(word);
                        }
                    }
                }
            }
            return new Words(format, words, options);
        }

        boolean has(String option) {
            return options.containsKey(option);
        }
    }

    /// @throws BadUsage for an option that the command does not take
    Asked(Words words, Command command, Consumer<CommandReply> answer) {
        this.words = words;
        this.command = command;
        this.answer = answer;
        for (String given : words.options.keySet()) {
            if (!command.options().contains(given)) {
                throw new BadUsage("there is no option --" + given + " here"
                        + (command.options().isEmpty()
                                ? ""
                                : "; there are: --" + String.join(", --", command.options())));
            }
        }
    }

    OutputFormat format() {
        return words.format;
    }

    // --- what was asked

    /// The word at index `i` after the command's own; empty if there is none.
    String argument(int i) {
        int at = command.parts().size() + i;
        return at < words.words.size() ? words.words.get(at) : "";
    }

    /// As [#argument], but it must be there.
    String need(int i) {
        String word = argument(i);
        if (word.isEmpty()) {
            throw wrong();
        }
        return word;
    }

    /// To be thrown: how the command is used.
    BadUsage wrong() {
        return new BadUsage("usage: " + command.usage());
    }

    /// As [#wrong], with what is wrong first.
    BadUsage wrong(String what) {
        return new BadUsage(what + "; usage: " + command.usage());
    }

    boolean has(String option) {
        return words.options.containsKey(option.toLowerCase(Locale.ROOT));
    }

    String option(String name, String otherwise) {
        return words.options.getOrDefault(name.toLowerCase(Locale.ROOT), otherwise);
    }

    /// A number of things, 1 or more.
    int number(String name, int otherwise) {
        String given = option(name, "");
        if (given.isEmpty()) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(given);
            if (value >= 1) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new BadUsage("--" + name + "=" + given + " is not a number; write 1 or more");
        }
        throw new BadUsage("--" + name + "=" + given + " is too small; write 1 or more");
    }

    /// Null where the option is not given.
    @Nullable
    Boolean yesNo(String name) {
        return either(name, "yes", "no");
    }

    /// Whether the option is `yes` rather than `no`; null where it is not given.
    @Nullable
    Boolean either(String name, String yes, String no) {
        if (!has(name)) {
            return null;
        }
        String given = option(name, "").toLowerCase(Locale.ROOT);
        if (given.equals(yes) || yes.equals("yes") && given.equals("true")) {
            return Boolean.TRUE;
        }
        if (given.equals(no) || no.equals("no") && given.equals("false")) {
            return Boolean.FALSE;
        }
        throw new BadUsage("--" + name + " takes " + yes + " or " + no);
    }

    Operations.Order order() {
        return switch (option("sort", "name").toLowerCase(Locale.ROOT)) {
            case "name" -> Operations.Order.NAME;
            case "rcpt" -> Operations.Order.RECIPIENTS;
            case "size" -> Operations.Order.SIZE;
            default -> throw new BadUsage("--sort takes name, rcpt or size");
        };
    }

    /// Milliseconds of an option like `1d12h`, `90m`, or a bare number of seconds; 0 where it is not given.
    long interval(String name) {
        return has(name) ? millis(option(name, "")) : 0;
    }

    private static long millis(String text) {
        long millis = 0;
        long number = -1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                number = Math.max(number, 0) * 10 + (c - '0');
                if (number > 1_000_000_000) {
                    throw new BadUsage("the interval " + text + " is too long");
                }
                continue;
            }
            long unit =
                    switch (c) {
                        case 's' -> 1_000L;
                        case 'm' -> 60_000L;
                        case 'h' -> 3_600_000L;
                        case 'd' -> 86_400_000L;
                        case 'w' -> 604_800_000L;
                        default -> 0;
                    };
            if (unit == 0 || number < 0) {
                throw new BadUsage("\"" + text + "\" is no interval; write e.g. 90m or 1d12h");
            }
            millis += number * unit;
            number = -1;
        }
        return number >= 0 ? millis + number * 1000 : millis;
    }

    // --- the answer

    /// Answers with data.
    void reply(Answered data, String text) {
        answer.accept(CommandReply.done(words.format.render(data, "", text)));
    }

    /// Answers with data; what is not printed is not made.
    void reply(Supplier<Answered> data, Supplier<String> text) {
        answer.accept(written(data, text));
    }

    /// Answers with rows, which are written elsewhere if they are many.
    void reply(Operations operations, Loop loop, int rows, Supplier<Answered> data, Supplier<String> text) {
        if (rows <= ROWS_ON_LOOP) {
            reply(data, text);
        } else {
            operations.aside(
                    loop,
                    () -> written(data, text),
                    reply -> answer.accept(reply.orElseGet(() -> CommandReply.failed(
                            words.format,
                            "the server is too busy to write so long an answer; ask again, or for less"))));
        }
    }

    private CommandReply written(Supplier<Answered> data, Supplier<String> text) {
        return CommandReply.done(
                words.format == OutputFormat.TEXT ? text.get() : words.format.render(data.get(), "", ""));
    }

    /// Answers that it is done.
    void message(String text) {
        answer.accept(CommandReply.done(words.format.render(new Answered(), text, text + "\n")));
    }

    /// Answers that it was refused or failed.
    void fail(String text) {
        answer.accept(CommandReply.failed(words.format, text));
    }

    void reply(CommandReply reply) {
        answer.accept(reply);
    }
}
