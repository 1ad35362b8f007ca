package org.sluicemta.world;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which program to start, and its bounds.
///
/// @param command the program and its arguments, handed over as they are: no shell reads them
/// @param environment added to this process's own; a value here wins
/// @param folder where it works, or null for this process's own folder
/// @param mostOutputBytes of its output and of its error output, each; a program that writes more is
///     killed ([ChildEnd.TooMuchOutput]). [Long#MAX_VALUE] for no bound
/// @param timeoutNanos then it is killed ([ChildEnd.TimedOut]); 0 for no bound
public record ChildPlan(
        List<String> command,
        Map<String, String> environment,
        @Nullable Path folder,
        long mostOutputBytes,
        long timeoutNanos) {
    public ChildPlan {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        if (command.isEmpty()) {
            throw new IllegalArgumentException("no program is named");
        }
        if (mostOutputBytes < 0 || timeoutNanos < 0) {
            throw new IllegalArgumentException("a bound below 0");
        }
    }
}
