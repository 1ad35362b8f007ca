package org.sluicemta.config;

import java.util.LinkedHashMap;
import java.util.Map;

/// Findings that would repeat on every line of a large file: told once for each name, with the first place and how
/// often. Owner: the thread of one check.
final class Summary {
    private record Kind(Catalogue.Entry entry, boolean isOldName) {}

    private static final class Seen {
        final Place first;
        int times;

        Seen(Place first) {
            this.first = first;
        }
    }

    private final Map<Kind, Seen> seen = new LinkedHashMap<>();
    private final Map<String, Seen> unbuiltValues = new LinkedHashMap<>();
    final Map<String, Place> unprotected = new LinkedHashMap<>();

    /// A directive that is accepted without effect or planned.
    void add(Catalogue.Entry entry, Place place) {
        count(new Kind(entry, false), place);
        if (entry.state() == Catalogue.State.PLANNED && entry.isProtective()) {
            unprotected.putIfAbsent(entry.name(), place);
        }
    }

    void oldName(Catalogue.Entry entry, Place place) {
        count(new Kind(entry, true), place);
    }

    /// A value without effect of a directive that has one, where leaving it out could harm.
    void unbuiltValue(String name, String shown, Place place) {
        unbuiltValues.computeIfAbsent(shown, _ -> new Seen(place)).times++;
        unprotected.putIfAbsent(name, place);
    }

    private void count(Kind kind, Place place) {
        seen.computeIfAbsent(kind, _ -> new Seen(place)).times++;
    }

    void report(Problems problems) {
        seen.forEach((kind, times) -> {
            if (kind.isOldName()) {
                problems.note(
                        "old-name",
                        times.first,
                        kind.entry().name() + " is not the reference name"
                                + (kind.entry().state() == Catalogue.State.BUILT ? "; it works all the same" : "")
                                + more(times),
                        kind.entry().meaning(),
                        kind.entry().hint());
            } else {
                without(kind.entry(), times, problems);
            }
        });
        unbuiltValues.forEach((shown, times) -> protective(shown, "type", times, problems));
    }

    private static void without(Catalogue.Entry entry, Seen times, Problems problems) {
        String name = entry.name();
        switch (entry.state()) {
            case ACCEPTED ->
                problems.note(
                        name.startsWith("sync-msg-") ? "sync-msg" : "no-effect",
                        times.first,
                        name + " is accepted without effect" + more(times),
                        entry.note(),
                        "nothing");
            case PLANNED -> {
                if (entry.isProtective()) {
                    protective(name, name, times, problems);
                } else {
                    problems.warning(
                            "not-built",
                            times.first,
                            name + " has no effect in this version" + more(times),
                            entry.meaning(),
                            "nothing can be done but to wait, or to do without");
                }
            }
            case BUILT, INVENTION -> {}
        }
    }

    private static void protective(String shown, String name, Seen times, Problems problems) {
        problems.warning(
                "protective-not-built",
                times.first,
                shown + " protects, and has no effect in this version" + more(times),
                "a server that ignored it would send what, where or how fast it must not; so it does not start",
                "remove it, or start with --accept-unprotected " + name.replaceAll("[<>]", ""));
    }

    private static String more(Seen times) {
        return times.times == 1
                ? ""
                : " (and " + (times.times - 1) + (times.times == 2 ? " more place)" : " more places)");
    }
}
