package org.sluicemta.account;

import java.util.ArrayList;
import java.util.List;
import org.sluicemta.match.OperatorPattern;
import org.sluicemta.match.Subject;
import org.sluicemta.spool.RecipientEvent;

/// What stands in `bounceCat`: the operator's own patterns in their order, then the compatible default order, words
/// before codes.
///
/// A text is matched as `5.1.1;smtp;550 5.1.1 no such user`: the bare code, a semicolon, the diagnostic. What this
/// server decided by itself is matched with the operator's patterns only; else its code alone tells the category, so
/// that an expired recipient is `message-expired` whatever the last reply had said.
///
/// Immutable, safe from any thread; a look takes some ten microseconds.
public final class BounceCategories {
    /// The operator's patterns: each may be run for each new text.
    public static final int MOST_PATTERNS = 10_000;

    /// One pattern and what it means.
    public record Rule(OperatorPattern pattern, String category) {}

    private static final String WHO = "(user|mailbox|recipient|address|account|addressee|destination)";

    /// The order that existing configurations and their readers rely on, as it is known; its codes stand in
    /// [StatusWords#category].
    private static final List<Rule> DEFAULTS = List.of(
            rule(
                    "\\bspam|junk mail|blacklist|blocked|\\bU\\.?C\\.?E\\.?\\b|\\badvertis(e?ments?|ing)\\b|unsolicited"
                            + "|\\b(open)?RBL\\b|blackhole|black hole|\\bDNSBL\\b",
                    "spam-related"),
            rule("\\bvirus(es)?\\b", "virus-related"),
            rule("message content|content rejected|invalid 7bit DATA", "content-related"),
            rule("quota|limit exceeded|mailbox (is )?full|\\bstorage\\b", "quota-issues"),
            rule(
                    "sender verif(y|ication) failed|sender (address |domain )?(could not be|cannot be|not) verified"
                            + "|sender address rejected|sender('s)? domain must exist|unable to verify sender"
                            + "|valid sender domain required|no MX (record )?for sender"
                            + "|sender('s)? domain (has no|without|does not have)( a| any)? (DNS|MX)"
                            + "|return MX (is )?(missing|does not exist)|domain of sender address",
                    "invalid-sender"),
            rule("^[45]\\.4\\.4", "routing-errors"),
            rule(
                    WHO + "\\W.{0,40}?(has been|is( currently)?|was|currently)? ?(disabled|expired|inactive"
                            + "|not activated|suspended|inativ[oa])",
                    "inactive-mailbox"),
            rule("too many (bad|invalid|unknown|illegal|unavailable) (user|recipient|address)", "other"),
            rule(
                    "(no such|bad|invalid|unknown|illegal|unavailable) (local )?" + WHO
                            + "|" + WHO + "\\b.{0,80}?(not known|unknown|not found|does ?n[o']t exist|not exist"
                            + "|unavailable|not listed|not available|is invalid|undeliverable)"
                            + "|no mailbox (here )?by that name|badrcptto list|not (our|a) customer"
                            + "|no longer (valid|available)|have an? \\S+ account",
                    "bad-mailbox"),
            rule("\\brelay(ing|ed)?\\b", "relaying-issues"),
            rule(
                    "domain (is |has been )?(retired|bad|invalid|unknown|obsolete|no longer in use)"
                            + "|(bad|invalid|unknown|retired|obsolete) domain",
                    "bad-domain"),
            rule("denied|prohibit|rejected|refused|allowed|banned|policy|suspicious activity", "policy-related"),
            rule("bad sequence|syntax error", "protocol-errors"),
            rule("\\broute\\b|unroutable|unrouteable", "routing-errors"));

    private final List<Rule> own;

    private BounceCategories(List<Rule> own) {
        this.own = own;
    }

    /// The default order alone.
    public static final BounceCategories DEFAULT = new BounceCategories(List.of());

    /// @param own the operator's patterns, tried first and in order
    public static BounceCategories of(List<Rule> own) {
        if (own.size() > MOST_PATTERNS) {
            throw new AccountException(
                    "<bounce-category-patterns> has " + own.size() + " patterns; write " + MOST_PATTERNS + " at most");
        }
        return own.isEmpty() ? DEFAULT : new BounceCategories(new ArrayList<>(own));
    }

    private static Rule rule(String regex, String category) {
        return new Rule(OperatorPattern.of(regex), category);
    }

    /// The category that the rows of a recipient have.
    public String of(RecipientEvent event) {
        return of(event.status(), event.diagnostic(), isOurs(event));
    }

    /// Whether this server decided, not a reply. An expired recipient keeps the last reply as its text, and is expired
    /// all the same.
    static boolean isOurs(RecipientEvent event) {
        boolean isExpired = event.attempt() == 0 && event.status().equals("4.4.7");
        return isExpired || !RecipientEvent.isReply(event.diagnostic());
    }

    /// @param status enhanced status code
    /// @param diagnostic as accounting prints it, e.g. `smtp;550 5.1.1 no such user`; may be empty
    /// @param isOurs whether this server decided, not a reply
    /// @return as written by the operator, or a name of the default order; never empty
    public String of(String status, String diagnostic, boolean isOurs) {
        Subject subject = Subject.of(status + ";" + diagnostic);
        for (Rule each : own) {
            if (each.pattern.matches(subject)) {
                return each.category;
            }
        }
        if (!isOurs) {
            for (Rule each : DEFAULTS) {
                if (each.pattern.matches(subject)) {
                    return each.category;
                }
            }
        }
        return StatusWords.category(status);
    }
}
