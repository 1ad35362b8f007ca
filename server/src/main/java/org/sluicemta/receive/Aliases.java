package org.sluicemta.receive;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.sluicemta.mail.Address;

/// Addresses whose mail goes elsewhere (`alias`). Immutable; safe from any thread; a look-up takes no time worth
/// counting.
///
/// @param byAddress by `local@domain`, the strongest; by `@domain` for all that stand not there by themselves. Lower
///     case
public record Aliases(Map<String, List<Address>> byAddress) {
    public static final Aliases NONE = new Aliases(Map.of());
    /// Alias of an alias and so on.
    static final int MOST_STEPS = 16;
    /// What one address may become.
    static final int MOST_TARGETS = 1_000;

    public Aliases {
        byAddress = Map.copyOf(byAddress);
    }

    boolean isEmpty() {
        return byAddress.isEmpty();
    }

    /// The addresses that mail for `address` goes to; the address alone where no alias speaks of it. One that an alias
    /// leads back to is taken as it stands: so `bob` may be forwarded and keep a copy.
    ///
    /// @param canonical turns a domain into how it stands here
    List<Address> of(Address address, UnaryOperator<String> canonical) {
        List<Address> first = targets(address, canonical);
        if (first.isEmpty()) {
            return List.of(address);
        }
        var found = new ArrayList<Address>();
        new Way(canonical, key(address, canonical), found).follow(first, 1);
        return found;
    }

    /// One look-up. Each alias is followed once, so that the time is linear to their number. Owner: the call.
    private final class Way {
        private final UnaryOperator<String> canonical;
        private final List<Address> found;
        private final Set<String> above = new HashSet<>();
        private final Set<String> followed = new HashSet<>();
        private final Set<String> taken = new HashSet<>();

        Way(UnaryOperator<String> canonical, String start, List<Address> found) {
            this.canonical = canonical;
            this.found = found;
            above.add(start);
            followed.add(start);
        }

        void follow(List<Address> targets, int step) {
            for (Address each : targets) {
                String key = key(each, canonical);
                boolean isEnd = step == MOST_STEPS || above.contains(key);
                List<Address> next = isEnd ? List.of() : targets(each, canonical);
                if (next.isEmpty()) {
                    take(each, key);
                } else if (followed.add(key)) {
                    above.add(key);
                    follow(next, step + 1);
                    above.remove(key);
                }
            }
        }

        private void take(Address address, String key) {
            if (found.size() < MOST_TARGETS && taken.add(key)) {
                found.add(address);
            }
        }
    }

    private List<Address> targets(Address address, UnaryOperator<String> canonical) {
        List<Address> exact = byAddress.get(key(address, canonical));
        return exact != null ? exact : byAddress.getOrDefault("@" + canonical.apply(address.domain()), List.of());
    }

    private static String key(Address address, UnaryOperator<String> canonical) {
        return address.localPart().toLowerCase(Locale.ROOT) + "@" + canonical.apply(address.domain());
    }
}
