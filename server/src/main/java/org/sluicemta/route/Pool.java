package org.sluicemta.route;

import java.util.List;

/// A named set of virtual MTAs that take recipients in turn.
///
/// @param name lower case
/// @param members in the order of the configuration, 1 or more; a name that is repeated has as many turns
/// @param skipsUnavailable whether a paused or disabled member loses its turn to the next (`pool-skip-unavailable`);
///     else it keeps it, and its mail waits for it
public record Pool(String name, List<String> members, boolean skipsUnavailable) {
    public Pool {
        members = List.copyOf(members);
        if (members.isEmpty()) {
            throw new RouteException("virtual-mta-pool " + name + " has no member; add a virtual-mta line");
        }
    }
}
