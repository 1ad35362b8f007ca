package org.sluicemta.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/// Names that are used and not defined: told together, at the first place.
final class MissingNames {
    private static final int MOST_NAMED = 8;

    private final Map<String, Place> names = new LinkedHashMap<>();

    void add(String name, Place place) {
        names.putIfAbsent(name, place);
    }

    void tell(BiConsumer<Place, String> teller) {
        if (names.isEmpty()) {
            return;
        }
        String shown =
                names.keySet().stream().limit(MOST_NAMED).map(Problems::quote).collect(Collectors.joining(", "));
        int more = names.size() - MOST_NAMED;
        teller.accept(names.values().iterator().next(), more > 0 ? shown + " and " + more + " more" : shown);
    }
}
