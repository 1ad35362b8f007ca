package org.sluicemta.route;

import java.util.List;
import java.util.Optional;
import org.sluicemta.mail.QueueKey;

/// One snapshot of virtual MTAs and pools. Immutable; safe from any thread.
public interface Routes {
    /// Assigns a recipient. Recipients of one message in one domain are assigned once and stay together.
    ///
    /// @param domain of the recipient, canonical (lower case, A-labels)
    /// @param requested the virtual MTA or pool asked for (header, source default), or empty for `{default}`
    Assignment assign(String domain, String requested, RouteFacts facts);

    /// The virtual MTA that a name of a virtual MTA or pool stands for now, for mail that is rerouted.
    Optional<String> resolve(String name, String domain, RouteFacts facts);

    /// The virtual MTA that takes mail for one that does not exist (`invalid-virtual-mta-fallback`), or empty.
    String fallback();

    /// The rollup queue that a queue's mail goes to.
    ///
    /// @param bestHosts the mail hosts of best preference of its domain, lower case
    Optional<String> rollup(QueueKey queue, List<String> bestHosts);

    /// Whether a rollup queue of this name is configured.
    boolean hasRollup(String name);

    /// @throws RouteException for a name that is not in the snapshot
    VirtualMta virtualMta(String name);

    boolean hasVirtualMta(String name);
}
