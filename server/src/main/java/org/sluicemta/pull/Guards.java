package org.sluicemta.pull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Directives;
import org.sluicemta.config.Effect;
import org.sluicemta.config.OpenRelays;

/// Judges a version that could be loaded. Pure.
public final class Guards {
    /// Names told in one refusal.
    private static final int MOST_NAMES = 10;

    private Guards() {}

    /// @param effect from `before` to `after`
    /// @param maxRemoved virtual MTAs that may go unasked
    /// @param waiting recipients that wait for each virtual MTA that goes, by its name
    /// @return nothing when it may be adopted
    public static List<Refusal> refusals(
            Configuration before,
            Configuration after,
            Effect effect,
            int maxRemoved,
            Map<String, Long> waiting,
            Set<Guard> accepted) {
        var refusals = new ArrayList<Refusal>();
        Set<String> opened = new TreeSet<>(OpenRelays.of(after));
        opened.removeAll(OpenRelays.of(before));
        if (!opened.isEmpty()) {
            refusals.add(new Refusal(
                    Guard.OPEN_RELAY,
                    "public addresses may send to everywhere that could not before: " + names(opened)
                            + "; allow relaying for your own senders only"));
        }
        if (effect.removedVirtualMtas().size() > maxRemoved) {
            refusals.add(new Refusal(
                    Guard.REMOVED,
                    effect.removedVirtualMtas().size() + " virtual MTAs are taken away, and max-removed is "
                            + maxRemoved + ": " + names(effect.removedVirtualMtas())));
        }
        Map<String, Long> stuck = new TreeMap<>(waiting);
        stuck.values().removeIf(count -> count <= 0);
        if (!stuck.isEmpty()) {
            long recipients = stuck.values().stream().mapToLong(Long::longValue).sum();
            boolean bounces =
                    after.global(Directives.REMOVED_VIRTUAL_MTA).value() == Directives.RemovedVirtualMta.BOUNCE;
            refusals.add(new Refusal(
                    Guard.QUEUED_MAIL,
                    recipients + " recipients wait for virtual MTAs that are taken away: " + names(stuck.keySet())
                            + "; "
                            + (bounces ? "they would bounce, which takes --allow-bounce=" + recipients + " too; " : "")
                            + "let them be delivered first, or delete them"));
        }
        refusals.removeIf(each -> accepted.contains(each.guard()));
        return List.copyOf(refusals);
    }

    private static String names(java.util.Collection<String> all) {
        String first = String.join(", ", all.stream().limit(MOST_NAMES).toList());
        return all.size() <= MOST_NAMES ? first : first + " and " + (all.size() - MOST_NAMES) + " more";
    }
}
