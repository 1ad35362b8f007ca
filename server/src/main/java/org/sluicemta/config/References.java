package org.sluicemta.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

/// Names that must be defined somewhere in the configuration, before or after they are used. Owner: the thread of one
/// check.
final class References {
    /// A name that must be defined somewhere.
    private record Reference(Kind kind, String name, Place place, String directive) {}

    /// What a name is of.
    enum Kind {
        VIRTUAL_MTA,
        SOURCE,
        PATTERN_LIST,
        SMTP_PATTERN_LIST
    }

    private final List<Reference> all = new ArrayList<>();

    /// @param name in lower case
    /// @param directive that names it, for messages
    void add(Kind kind, String name, Place place, String directive) {
        all.add(new Reference(kind, name, place, directive));
    }

    /// Notes what a value refers to.
    ///
    /// @param value as the entry's type has read it
    void line(Node.Line line, Catalogue.Entry entry, Object value) {
        Kind kind =
                switch (entry.keptAs()) {
                    case "default-virtual-mta",
                            "invalid-virtual-mta-fallback",
                            "cold-virtual-mta",
                            "reroute-to-virtual-mta",
                            "backoff-reroute-to-virtual-mta" -> Kind.VIRTUAL_MTA;
                    case "smtp-pattern-list" -> Kind.SMTP_PATTERN_LIST;
                    case "pattern-list" -> Kind.PATTERN_LIST;
                    case "smtp-listener", "source" -> Kind.SOURCE;
                    default -> null;
                };
        if (kind == null) {
            return;
        }
        String name = value instanceof Listener listener ? listener.source() : value.toString();
        if (!name.isEmpty() && !name.equalsIgnoreCase(Directives.BY_SMTP_SOURCE_IP)) {
            add(kind, Configuration.canonicalName(name), line.valuePlace(), entry.name());
        }
    }

    /// Says which names are not defined.
    void settle(BiPredicate<Kind, String> isDefined, Problems problems) {
        record About(Kind kind, String directive) {}
        Map<About, MissingNames> missing = new LinkedHashMap<>();
        for (Reference each : all) {
            boolean isThere = isDefined.test(each.kind(), each.name());
            if (!isThere) {
                missing.computeIfAbsent(new About(each.kind(), each.directive()), _ -> new MissingNames())
                        .add(each.name(), each.place());
            }
        }
        missing.forEach((about, names) -> names.tell((place, shown) -> problems.warning(
                about.kind() == Kind.VIRTUAL_MTA ? "virtual-mta-unknown" : "name-unknown",
                place,
                "there is no "
                        + switch (about.kind()) {
                            case VIRTUAL_MTA -> "virtual MTA or pool";
                            case SOURCE -> "<source>";
                            case PATTERN_LIST -> "<pattern-list>";
                            case SMTP_PATTERN_LIST -> "<smtp-pattern-list>";
                        }
                        + " " + shown,
                about.directive() + " names one that is defined in the configuration",
                "define it, or mend the name")));
    }
}
