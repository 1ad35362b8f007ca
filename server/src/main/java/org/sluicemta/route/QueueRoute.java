package org.sluicemta.route;

import java.util.List;

/// What the configuration says of where the mail of a queue really goes.
///
/// @param queueTo the domain whose queue takes it (`queue-to`), canonical; empty for none
/// @param joinsRollups whether the domain may join a rollup queue
/// @param coldPerDay how many messages a day the cold virtual MTAs take (`max-cold-virtual-mta-msg`): on the first day,
///     the second, …; the last holds on; empty for none
/// @param rerouteTo virtual MTA or pool that takes it (`reroute-to-virtual-mta`), lower case; empty for none
public record QueueRoute(String queueTo, boolean joinsRollups, List<Long> coldPerDay, String rerouteTo) {
    /// It stays where it is.
    public static final QueueRoute STAYS = new QueueRoute("", true, List.of(), "");

    public QueueRoute {
        coldPerDay = List.copyOf(coldPerDay);
    }
}
