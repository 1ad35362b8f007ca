package org.sluicemta.queue;

import java.util.Optional;
import java.util.Set;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.route.RouteFacts;
import org.sluicemta.settings.Setting;

/// One snapshot of the policies of all queues. Immutable; safe from any thread; [#of] is remembered per queue.
public interface QueuePolicies {
    QueuePolicy of(QueueKey queue);

    /// Connections of the whole server.
    Setting<Integer> totalMaxSmtpOut();

    /// The virtual MTA that a name of a virtual MTA or pool stands for now; empty where there is none of this name.
    default Optional<String> resolve(String name, String domain, RouteFacts facts) {
        return hasVirtualMta(name) ? Optional.of(name) : Optional.empty();
    }

    /// Whether a rollup queue of this name is configured.
    default boolean hasRollup(String queue) {
        return false;
    }

    /// Whether mail of virtual MTAs that are configured no more bounces (`removed-virtual-mta bounce`); else it is
    /// held.
    default boolean bouncesRemoved() {
        return false;
    }

    /// The virtual MTAs that are configured, `{default}` left out.
    Set<String> virtualMtas();

    /// Whether a virtual MTA of this name exists in the snapshot (`{default}` always does).
    boolean hasVirtualMta(String name);
}
