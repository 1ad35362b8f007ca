package org.sluicemta.proof.whole;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What one configuration of a seed says.
///
/// @param usualMaxOut connections of a queue whose domain says nothing
/// @param domains of all queues that have a block of their own
/// @param virtualMtaRates over all queues of a virtual MTA
/// @param virtualMtaMaxOut over all queues of a virtual MTA
/// @param rollups the rollup queue of each domain that has one
record Plan(
        int totalMaxOut,
        int usualMaxOut,
        Map<String, QueuePlan> domains,
        Map<String, QueuePlan.PerUnit> virtualMtaRates,
        Map<String, Integer> virtualMtaMaxOut,
        Map<String, String> rollups) {
    @Nullable
    QueuePlan of(String domain) {
        return domains.get(domain);
    }

    int maxOutOf(String domain, boolean isBackoff) {
        QueuePlan own = of(domain);
        if (isBackoff) {
            return own == null ? QueuePlan.BUILT_IN_BACKOFF_MAX_OUT : own.backoffMaxOutOrBuiltIn();
        }
        return own == null || own.maxOut() == 0 ? usualMaxOut : own.maxOut();
    }

    /// Domains whose queues may take a recipient's mail.
    Set<String> placesOf(String domain) {
        var places = new TreeSet<String>();
        places.add(domain);
        QueuePlan own = of(domain);
        if (own != null && !own.queueTo().isEmpty()) {
            places.add(own.queueTo());
        }
        String rollup = rollups.get(domain);
        if (rollup != null) {
            places.add(rollup);
        }
        return places;
    }
}
