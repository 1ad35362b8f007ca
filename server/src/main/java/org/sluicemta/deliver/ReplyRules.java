package org.sluicemta.deliver;

import java.util.List;
import java.util.Optional;
import org.sluicemta.match.OperatorPattern;
import org.sluicemta.match.Subject;
import org.sluicemta.queue.QueueAction;

/// The reply rules of a queue (`smtp-pattern-list`): what is done when a remote's negative reply matches.
///
/// The first rule that matches wins **for each kind of action**, so one rule may set the mode and a later one the fate
/// of the recipient. Rules see what remotes say, never our own texts. Replies that accept are not looked at: leaving
/// backoff upon a delivery is `backoff-to-normal-after-delivery`.
///
/// @param name of the list; empty for none
public record ReplyRules(String name, List<Rule> rules) {
    public static final ReplyRules NONE = new ReplyRules("", List.of());

    public ReplyRules {
        rules = List.copyOf(rules);
    }

    public boolean isEmpty() {
        return rules.isEmpty();
    }

    /// @param origin the line
    public record Rule(OperatorPattern pattern, List<Action> actions, String origin) {
        public Rule {
            actions = List.copyOf(actions);
        }
    }

    /// What a rule does.
    public sealed interface Action {
        /// Enter backoff mode.
        record Backoff(QueueAction.Lasting lasting) implements Action {}

        /// Leave it.
        record Normal() implements Action {}

        /// Leave this host for the next, and keep the mail even after a 5yz.
        record SkipMx() implements Action {}

        /// Bounce all that waits in the queue.
        record BounceQueue() implements Action {}

        /// Bounce the recipient although its reply to RCPT was a 4yz.
        record BounceRcpt() implements Action {}

        /// Disable the source address in this queue.
        record DisableSource(QueueAction.Lasting lasting) implements Action {}

        /// Try the whole queue again later.
        record DeferQueue() implements Action {}
    }

    /// What the rules say of one reply.
    ///
    /// @param mode a [Action.Backoff] or a [Action.Normal]
    /// @param origin the line of the first rule that matched, or empty
    public record Verdict(
            Optional<Action> mode,
            boolean skipsMx,
            boolean bouncesQueue,
            boolean bouncesRcpt,
            Optional<Action.DisableSource> source,
            boolean defersQueue,
            String origin) {
        public static final Verdict NOTHING =
                new Verdict(Optional.empty(), false, false, false, Optional.empty(), false, "");
    }

    /// Pure; microseconds for an ordinary reply, up to some milliseconds for a hostile one: on a worker.
    ///
    /// @param text as [org.sluicemta.smtp.Reply#text]
    /// @param isToRcpt whether it answered RCPT with a 4yz: only then `bounce-rcpt` means anything
    public Verdict judge(String text, boolean isToRcpt) {
        Subject subject = Subject.of(text);
        Optional<Action> mode = Optional.empty();
        Optional<Action.DisableSource> source = Optional.empty();
        boolean skipsMx = false;
        boolean bouncesQueue = false;
        boolean bouncesRcpt = false;
        boolean defersQueue = false;
        String origin = "";
        for (Rule rule : rules) {
            if (rule.actions().isEmpty() || !rule.pattern().matches(subject)) {
                continue;
            }
            origin = origin.isEmpty() ? rule.origin() : origin;
            boolean hasFate = bouncesQueue || bouncesRcpt;
            for (Action action : rule.actions()) {
                switch (action) {
                    case Action.Backoff _, Action.Normal _ -> mode = mode.isPresent() ? mode : Optional.of(action);
                    case Action.SkipMx _ -> skipsMx |= !bouncesQueue;
                    case Action.BounceQueue _ -> bouncesQueue |= !hasFate && !skipsMx;
                    case Action.BounceRcpt _ -> bouncesRcpt |= !hasFate && isToRcpt;
                    case Action.DisableSource disable -> source = source.isPresent() ? source : Optional.of(disable);
                    case Action.DeferQueue _ -> defersQueue = true;
                }
            }
        }
        return new Verdict(mode, skipsMx, bouncesQueue, bouncesRcpt, source, defersQueue, origin);
    }
}
