package org.sluicemta.control;

import java.util.List;

/// A command of operators. A new one is made in a class of its kind and entered in [Control].
///
/// @param words that it begins with, e.g. `show queues`. Each may be shortened as long as one command fits; a `|`
///     says how much of a word must be typed at least (`shut|down`)
/// @param arguments what follows them, for the line of usage; may be empty
/// @param purpose for the help; lines of at most 70 characters
/// @param options names that it takes, small letters, without dashes; all others are refused before it runs
/// @param action what it does
record Command(String words, String arguments, String purpose, List<String> options, Action action) {
    /// Answers, now or in a later turn of the same loop, exactly once; may throw [BadUsage] instead.
    @FunctionalInterface
    interface Action {
        void run(Asked asked);
    }

    /// Commands of one kind.
    @FunctionalInterface
    interface Group {
        List<Command> commands();
    }

    Command {
        options = List.copyOf(options);
    }

    static Command of(String words, String arguments, String purpose, List<String> options, Action action) {
        return new Command(words, arguments, purpose, options, action);
    }

    /// As a person is told of it: `pause queue`.
    String name() {
        return words.replace("|", "");
    }

    String usage() {
        return arguments.isEmpty() ? name() : name() + " " + arguments;
    }

    List<String> parts() {
        return List.of(words.split(" ", -1));
    }
}
