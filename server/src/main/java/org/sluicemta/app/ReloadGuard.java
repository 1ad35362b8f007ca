package org.sluicemta.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a reload means for mail that waits for virtual MTAs which the new configuration lacks. Pure.
final class ReloadGuard {
    /// Virtual MTAs named in one answer.
    private static final int MOST_NAMES = 20;

    private ReloadGuard() {}

    /// @param stranded recipients that wait, by virtual MTA
    /// @param bounces whether the new configuration bounces them
    /// @param allowed recipients that may bounce, as the operator said
    /// @return why the configuration may not be used, or nothing
    static Optional<String> refusal(Map<String, Long> stranded, boolean bounces, long allowed) {
        long recipients = sum(stranded);
        if (!bounces || recipients <= allowed) {
            return Optional.empty();
        }
        List<String> names = new ArrayList<>();
        stranded.forEach((name, count) -> names.add(name + " (" + count + ")"));
        return Optional.of(recipients + " recipients would bounce: removed-virtual-mta is bounce, and they wait for "
                + "virtual MTAs that are taken away: " + String.join(", ", first(names))
                + "; let them be delivered, write removed-virtual-mta hold, or allow it: --allow-bounce="
                + recipients);
    }

    /// What is to be said of a configuration that is used.
    static List<String> notes(Map<String, Long> stranded, boolean bounces) {
        List<String> notes = new ArrayList<>();
        stranded.forEach(
                (name, count) -> notes.add("virtual MTA " + name + " is taken away, and " + count + " recipients "
                        + (bounces ? "that wait for it bounce" : "wait for it: they are held until it is back")));
        return first(notes);
    }

    private static List<String> first(List<String> all) {
        if (all.size() <= MOST_NAMES) {
            return all;
        }
        List<String> some = new ArrayList<>(all.subList(0, MOST_NAMES));
        some.add("and " + (all.size() - MOST_NAMES) + " more virtual MTAs");
        return some;
    }

    private static long sum(Map<String, Long> stranded) {
        return stranded.values().stream().mapToLong(Long::longValue).sum();
    }
}
