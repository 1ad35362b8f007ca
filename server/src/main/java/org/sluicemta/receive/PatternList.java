package org.sluicemta.receive;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.sluicemta.match.OperatorPattern;
import org.sluicemta.match.Subject;

/// Rules of the operator that choose the virtual MTA and the priority of a message (`<pattern-list>`).
///
/// The rules are tried in their order. The first that matches and names a virtual MTA decides it, the first that
/// matches and names a priority decides that, and matching ends when both are known. Inner rules and called lists are
/// tried where the outer rule matches; what they leave open the following rules decide. A list that calls itself, also
/// by way of others, is not entered a second time.
///
/// A rule about recipients matches if it matches one of them, and serves the whole message.
///
/// Immutable. [#choose] is pure and may take a second for thousands of recipients and rules: it belongs on a worker.
public final class PatternList {
    /// Rules times texts that one message may cost; one that the JDK's engine runs counts as [#COST_OF_BACKTRACKING]
    /// of them. A second or so.
    static final int MOST_LOOKS = 1_000_000;

    static final int COST_OF_BACKTRACKING = 1_000;

    /// No rule at all.
    public static final PatternList NONE = new PatternList("", Map.of());

    private final String name;
    private final Map<String, List<Rule>> all;
    private final List<String> headers;

    /// What a rule looks at.
    public enum About {
        MAIL_FROM,
        RCPT_TO,
        /// The value of a header field, unfolded; of several fields of the name one must match.
        HEADER,
        /// Nothing: it always matches.
        ALL
    }

    /// One line.
    ///
    /// @param header the field's name in lower case for [About#HEADER], else empty
    /// @param virtualMta a virtual MTA or pool; empty to leave that open
    /// @param callTo a list to go on with, in lower case; empty for none
    /// @param nested rules that are tried where this one matches
    public record Rule(
            About about,
            String header,
            OperatorPattern pattern,
            String virtualMta,
            OptionalInt priority,
            String callTo,
            List<Rule> nested) {
        public Rule {
            nested = List.copyOf(nested);
        }
    }

    /// What is known of a message.
    ///
    /// @param fields of the names in [#headers], `name: value` with the name in lower case
    record Seen(String mailFrom, List<String> rcptTo, List<String> fields) {}

    /// What was chosen.
    ///
    /// @param virtualMta empty where no rule says
    /// @param isGivenUp whether [#MOST_LOOKS] did not suffice, so that nothing is chosen
    record Choice(String virtualMta, OptionalInt priority, boolean isGivenUp) {
        static final Choice NOTHING = new Choice("", OptionalInt.empty(), false);
    }

    /// @param name in lower case; one that is not among `all` has no rules
    /// @param all lists by name in lower case, for calls
    public PatternList(String name, Map<String, List<Rule>> all) {
        this.name = name;
        this.all = all;
        var found = new TreeSet<String>();
        gather(name, found, new HashSet<>());
        this.headers = List.copyOf(found);
    }

    private void gather(String list, Set<String> found, Set<String> entered) {
        if (entered.add(list)) {
            gather(rules(list), found, entered);
        }
    }

    private void gather(List<Rule> rules, Set<String> found, Set<String> entered) {
        for (Rule each : rules) {
            if (each.about() == About.HEADER) {
                found.add(each.header());
            }
            if (!each.callTo().isEmpty()) {
                gather(each.callTo(), found, entered);
            }
            gather(each.nested(), found, entered);
        }
    }

    private List<Rule> rules(String list) {
        return all.getOrDefault(list, List.of());
    }

    /// Whether it chooses nothing ever.
    public boolean isEmpty() {
        return rules(name).isEmpty();
    }

    /// The names, in lower case, of the header fields that its rules look at.
    List<String> headers() {
        return headers;
    }

    Choice choose(Seen seen) {
        var matching = new Matching(seen);
        matching.list(name);
        return matching.looks > MOST_LOOKS
                ? new Choice("", OptionalInt.empty(), true)
                : new Choice(matching.virtualMta, matching.priority, false);
    }

    /// One message against the list. Owner: the thread of one choice.
    private final class Matching {
        private final Subject mailFrom;
        private final List<Subject> rcptTo = new ArrayList<>();
        private final List<String> fields;
        private final Deque<String> entered = new ArrayDeque<>();
        private String virtualMta = "";
        private OptionalInt priority = OptionalInt.empty();
        private long looks;

        Matching(Seen seen) {
            this.mailFrom = Subject.of(seen.mailFrom());
            seen.rcptTo().forEach(each -> rcptTo.add(Subject.of(each)));
            this.fields = seen.fields();
        }

        private boolean isOver() {
            return looks > MOST_LOOKS || !virtualMta.isEmpty() && priority.isPresent();
        }

        void list(String list) {
            if (entered.contains(list)) {
                return;
            }
            entered.push(list);
            tryAll(rules(list));
            entered.pop();
        }

        private void tryAll(List<Rule> rules) {
            for (Rule each : rules) {
                if (isOver()) {
                    return;
                }
                if (matches(each)) {
                    take(each);
                }
            }
        }

        private void take(Rule rule) {
            if (virtualMta.isEmpty()) {
                virtualMta = rule.virtualMta();
            }
            if (priority.isEmpty()) {
                priority = rule.priority();
            }
            if (!rule.callTo().isEmpty()) {
                list(rule.callTo());
            }
            tryAll(rule.nested());
        }

        private boolean matches(Rule rule) {
            return switch (rule.about()) {
                case MAIL_FROM -> finds(rule, mailFrom);
                case RCPT_TO -> {
                    for (Subject each : rcptTo) {
                        if (looks > MOST_LOOKS || finds(rule, each)) {
                            yield true;
                        }
                    }
                    yield false;
                }
                case HEADER -> {
                    String start = rule.header() + ": ";
                    for (String each : fields) {
                        if (each.startsWith(start) && finds(rule, Subject.of(each.substring(start.length())))) {
                            yield true;
                        }
                    }
                    yield false;
                }
                case ALL -> {
                    looks++;
                    yield true;
                }
            };
        }

        private boolean finds(Rule rule, Subject subject) {
            looks += rule.pattern().isLinear() ? 1 : COST_OF_BACKTRACKING;
            return rule.pattern().matches(subject);
        }
    }

    @Override
    public String toString() {
        return "pattern-list " + name;
    }
}
