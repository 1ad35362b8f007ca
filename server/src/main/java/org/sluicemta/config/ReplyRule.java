package org.sluicemta.config;

import java.util.List;
import org.sluicemta.settings.Origin;

/// One line of an `<smtp-pattern-list>`.
///
/// @param regex ready for an engine: escapes that only the file needs are taken off. Letters match in either case
///     unless it begins with `(?-i)`. Empty matches everything
/// @param actions as written, each kind once; none for a pattern without an action, which does nothing
/// @param origin the line
public record ReplyRule(String regex, List<ReplyAction> actions, Origin.Line origin) {
    public ReplyRule {
        actions = List.copyOf(actions);
    }
}
