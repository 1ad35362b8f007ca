package org.sluicemta.route;

import java.util.List;
import java.util.Optional;

/// The rules that join queues of domains with the same mail hosts (`mx-rollup-list`). Pure.
///
/// Only hosts of the best preference count. Hosts that are listed by name must all be among them; one that a pattern
/// matches is enough. Hosts beyond those listed change nothing. The first rule in the file that matches decides.
public record Rollups(List<Rule> rules) {
    public static final Rollups NONE = new Rollups(List.of());

    public Rollups {
        rules = List.copyOf(rules);
    }

    /// One joint queue.
    ///
    /// @param queue `NAME.rollup`, lower case
    /// @param named hosts in lower case
    /// @param patterns such as `*.example.net` or `*`
    public record Rule(String queue, List<String> named, List<String> patterns) {
        public Rule {
            named = List.copyOf(named);
            patterns = List.copyOf(patterns);
        }

        private boolean joins(List<String> best) {
            if (!named.isEmpty() && best.containsAll(named)) {
                return true;
            }
            return patterns.stream().anyMatch(pattern -> best.stream().anyMatch(host -> matches(pattern, host)));
        }
    }

    /// @param best the names of the hosts of best preference, lower case, without final dot
    /// @return the rollup queue's name
    public Optional<String> of(List<String> best) {
        return rules.stream().filter(rule -> rule.joins(best)).map(Rule::queue).findFirst();
    }

    /// Whether a queue of this name is one of them.
    public boolean has(String queue) {
        return rules.stream().anyMatch(rule -> rule.queue().equals(queue));
    }

    public boolean isEmpty() {
        return rules.isEmpty();
    }

    static boolean matches(String pattern, String host) {
        if (pattern.equals("*")) {
            return true;
        }
        if (pattern.startsWith("[*.]")) {
            String name = pattern.substring(4);
            return host.equals(name) || host.endsWith("." + name);
        }
        return pattern.startsWith("*.") ? host.endsWith(pattern.substring(1)) : host.equals(pattern);
    }
}
