package org.sluicemta.config;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a check found. As data: the problems in the order of the files. As text: [ReportText].
///
/// @param problems in the order of files and lines, at most some thousands
/// @param dropped how many more there were
/// @param unprotected names of protective directives that are written and have no effect in this version. `run` and
///     `reload` refuse unless each is accepted by name
/// @param configuration the snapshot; empty when there is an error
public record Report(
        List<Problem> problems, int dropped, Set<String> unprotected, Optional<Configuration> configuration) {
    public boolean hasErrors() {
        return configuration.isEmpty();
    }

    public long count(Problem.Severity severity) {
        return problems.stream().filter(each -> each.severity() == severity).count();
    }

    /// Protective directives that nobody has accepted to do without.
    ///
    /// @param accepted names as in `--accept-unprotected`, blocks with or without angle brackets
    public List<String> refused(Set<String> accepted) {
        return unprotected.stream()
                .filter(name -> !accepted.contains(name) && !accepted.contains(name.replaceAll("[<>]", "")))
                .toList();
    }
}
