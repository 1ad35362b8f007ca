package org.sluicemta.queue;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sluicemta.settings.Setting;

/// The source addresses of a queue and what each is limited to in it.
///
/// @param addresses in the order of the configuration; empty where the system chooses
/// @param limits of the addresses that have any (`source-ip-max-…`)
/// @param reenableAfter how long a disabled address stays so where the rule does not say; empty for ever
public record SourcesPolicy(
        List<InetAddress> addresses, Map<InetAddress, QueueLimits> limits, Setting<Optional<Duration>> reenableAfter) {
    public SourcesPolicy {
        addresses = List.copyOf(addresses);
        limits = Map.copyOf(limits);
    }
}
