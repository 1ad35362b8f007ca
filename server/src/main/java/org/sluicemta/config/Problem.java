package org.sluicemta.config;

/// One finding of a check: what is wrong, where, by which rule, and how to mend it.
///
/// @param id stable name of the kind of problem, e.g. `unknown-name`; scripts may rely on it
/// @param file as the operator named it; empty when the finding is about the whole configuration
/// @param line from 1; 0 when the finding has no line
/// @param column from 1; 0 when the finding has no line
/// @param length characters meant, from `column`
/// @param sourceLine the line itself, empty without one
/// @param what one sentence that says what is wrong
/// @param rule why it is wrong
/// @param mend what to write instead
public record Problem(
        String id,
        Severity severity,
        String file,
        int line,
        int column,
        int length,
        String sourceLine,
        String what,
        String rule,
        String mend) {
    /// How much a problem weighs.
    public enum Severity {
        /// The configuration cannot be used.
        ERROR,
        /// It can be used, yet probably does not say what was meant.
        WARNING,
        /// Worth knowing.
        NOTE
    }

    /// The same with how often it was found again.
    Problem withMore(int more) {
        String counted = what + " (and " + more + (more == 1 ? " more place)" : " more places)");
        return new Problem(id, severity, file, line, column, length, sourceLine, counted, rule, mend);
    }

    Problem withSeverity(Severity other) {
        return new Problem(id, other, file, line, column, length, sourceLine, what, rule, mend);
    }
}
