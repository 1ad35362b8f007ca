package org.sluicemta.web;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Access for a range of addresses.
public record AccessRule(Predicate<InetAddress> range, Access access) {
    /// The first rule that fits; empty where none does.
    static Optional<Access> of(List<AccessRule> rules, InetAddress client) {
        return rules.stream()
                .filter(each -> each.range.test(client))
                .findFirst()
                .map(AccessRule::access);
    }
}
