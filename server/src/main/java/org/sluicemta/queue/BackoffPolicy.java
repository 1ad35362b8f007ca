package org.sluicemta.queue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.sluicemta.settings.Setting;

/// What holds for a queue while it is in backoff mode, and how it leaves the mode.
///
/// @param limits used instead of the normal ones
/// @param retryAfter used instead of the normal waits; 1 to 30, the last repeats
/// @param toNormalAfter how long the mode lasts where the matching rule does not say; empty for ever
/// @param toNormalAfterDelivery whether a delivery ends it
/// @param uponAllSourcesDisabled whether it begins when every source address of the queue is disabled
/// @param rerouteTo virtual MTA or pool that takes the queue's mail meanwhile; empty for none
public record BackoffPolicy(
        QueueLimits limits,
        Setting<List<Duration>> retryAfter,
        Setting<Optional<Duration>> toNormalAfter,
        Setting<Boolean> toNormalAfterDelivery,
        Setting<Boolean> uponAllSourcesDisabled,
        Setting<String> rerouteTo) {}
