package org.sluicemta.config;

import java.util.List;
import java.util.OptionalInt;
import org.sluicemta.settings.Origin;

/// One line of a `<pattern-list>`, which chooses a virtual MTA for a message.
///
/// @param header the name of the header in lower case for [Subject#HEADER]; else empty
/// @param regex ready for an engine; empty matches everything. Letters match in either case unless it says `(?-i)`
/// @param result what it chooses; nothing where lines are nested
/// @param nested lines that are tried where the pattern matches, in order; else none
/// @param origin the line
public record PatternRule(
        Subject subject, String header, String regex, Result result, List<PatternRule> nested, Origin.Line origin) {
    public PatternRule {
        nested = List.copyOf(nested);
    }

    /// What is matched.
    public enum Subject {
        /// The reverse-path.
        MAIL_FROM,
        /// A forward-path.
        RCPT_TO,
        /// A field of the message's header.
        HEADER,
        /// Nothing: the last line `*` of a nested list holds for all the rest.
        REST
    }

    /// What a match chooses.
    ///
    /// @param virtualMta a virtual MTA or pool in lower case; empty for none
    /// @param recipientPriority the priority inside the queue
    /// @param callTo another list in lower case, with which matching goes on; empty for none
    public record Result(String virtualMta, OptionalInt recipientPriority, String callTo) {
        static final Result NONE = new Result("", OptionalInt.empty(), "");
    }
}
