package org.sluicemta.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// All commands: finds the one that is meant by words that may be shortened, and tells what there is.
final class Commands {
    /// What tools and tutorials ask for that never was, and what to ask instead.
    private static final Map<String, String> INSTEAD = Map.of(
            "show stats", "show status",
            "show summary", "show status",
            "show disk", "show status, which has the spool",
            "show config", "show settings DOMAIN/VMTA",
            "show pattern-lists", "show settings DOMAIN/VMTA",
            "flush", "schedule DOMAIN/VMTA, which tries now",
            "kick", "schedule DOMAIN/VMTA, which tries now",
            "move", "reload with queue-to in the configuration",
            "expunge", "delete --queue=DOMAIN/VMTA",
            "configtest", "sluice check FILE");

    private final List<Command> all;

    Commands(List<Command> all) {
        this.all = List.copyOf(all);
    }

    /// The one command that `words` begin with.
    Command find(List<String> words) {
        List<Command> fitting = new ArrayList<>();
        int bestExact = -1;
        for (Command command : all) {
            int exact = exact(command.parts(), words);
            if (exact > bestExact) {
                bestExact = exact;
                fitting.clear();
            }
            if (exact >= 0 && exact == bestExact) {
                fitting.add(command);
            }
        }
        if (fitting.size() == 1) {
            return fitting.getFirst();
        }
        throw new BadUsage(fitting.isEmpty() ? unknown(words) : ambiguous(words, fitting));
    }

    /// How many of the parts are spelled out; -1 where the words do not begin with the parts.
    private static int exact(List<String> parts, List<String> words) {
        if (words.size() < parts.size()) {
            return -1;
        }
        int exact = 0;
        for (int i = 0; i < parts.size(); i++) {
            if (!fits(parts.get(i), words.get(i))) {
                return -1;
            }
            exact += parts.get(i).replace("|", "").equalsIgnoreCase(words.get(i)) ? 1 : 0;
        }
        return exact;
    }

    private static boolean fits(String part, String word) {
        int least = Math.max(1, part.indexOf('|'));
        return word.length() >= least && part.replace("|", "").startsWith(word.toLowerCase(Locale.ROOT));
    }

    private static String ambiguous(List<String> words, List<Command> fitting) {
        return "\"" + String.join(" ", words) + "\" may be " + names(fitting, " or ") + "; write more of it";
    }

    private String unknown(List<String> words) {
        if (words.isEmpty()) {
            return "no command was given; there are: " + names(all, ", ");
        }
        String first = words.getFirst();
        String two = words.size() == 1 ? first : first + " " + words.get(1);
        String instead = INSTEAD.getOrDefault(
                two.toLowerCase(Locale.ROOT), INSTEAD.getOrDefault(first.toLowerCase(Locale.ROOT), ""));
        List<Command> near = all.stream()
                .filter(each -> fits(each.parts().getFirst(), first))
                .toList();
        boolean isOneFamily =
                near.stream().map(each -> each.parts().getFirst()).distinct().count() == 1;
        if (isOneFamily && near.size() <= FEW && (words.size() == 1 || near.size() == 1)) {
            return "usage: " + near.stream().map(Command::usage).collect(Collectors.joining(", or "));
        }
        String what = isOneFamily ? "\"" + two + "\" is not known" : "there is no command \"" + first + "\"";
        return instead.isEmpty()
                ? what + "; there are: " + names(isOneFamily ? near : all, ", ")
                : what + "; use " + instead;
    }

    /// Commands of one first word whose arguments are told too.
    private static final int FEW = 3;

    private static String names(List<Command> commands, String between) {
        return commands.stream().map(Command::name).collect(Collectors.joining(between));
    }

    String help() {
        var out = new StringBuilder(
                "Commands, after --xml, --dom or --json for other formats than text; words may be shortened:\n");
        for (Command command : all) {
            String usage = "  " + command.usage();
            out.append(usage);
            int column = usage.length();
            for (String line : command.purpose().split("\n", -1)) {
                if (column >= PURPOSE_COLUMN) {
                    out.append('\n');
                    column = 0;
                }
                out.append(" ".repeat(PURPOSE_COLUMN - column)).append(line);
                column = PURPOSE_COLUMN;
            }
            out.append('\n');
        }
        return out.toString();
    }

    private static final int PURPOSE_COLUMN = 38;
}
