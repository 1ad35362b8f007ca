package org.sluicemta.queue;

import java.time.Duration;
import java.util.List;
import org.sluicemta.pace.Rate;
import org.sluicemta.settings.Setting;

/// What the configuration says of one queue; each value with its origin, so that a wait can be explained.
///
/// @param maxSmtpOut connections of this queue, 1 or more
/// @param maxMsgRate attempted recipients of this queue
/// @param maxConnectRate connections opened for this queue, failed ones too
/// @param virtualMtaMaxSmtpOut connections over all queues of the virtual MTA
/// @param virtualMtaMaxMsgRate attempted recipients over all queues of the virtual MTA
/// @param retryAfter waits of a queue that failed as a whole; 1 to 30, the last repeats
/// @param retryRecipientsAfter waits of a recipient that was deferred; 1 to 30, the last repeats
/// @param retryAfterDnsError wait after a failed look-up
/// @param bounceAfter from acceptance to expiry
/// @param maxMsgPerConnection 0 for no bound
/// @param maxRcptPerTransaction 1 or more
/// @param pacedConnectionHold how long a session may wait for its next permit before it quits
/// @param retryUponNewMail new mail wakes a queue in retry
public record QueuePolicy(
        Setting<Integer> maxSmtpOut,
        Setting<Rate> maxMsgRate,
        Setting<Rate> maxConnectRate,
        Setting<Integer> virtualMtaMaxSmtpOut,
        Setting<Rate> virtualMtaMaxMsgRate,
        Setting<List<Duration>> retryAfter,
        Setting<List<Duration>> retryRecipientsAfter,
        Setting<Duration> retryAfterDnsError,
        Setting<Duration> bounceAfter,
        Setting<Integer> maxMsgPerConnection,
        Setting<Integer> maxRcptPerTransaction,
        Setting<Duration> pacedConnectionHold,
        Setting<Boolean> retryUponNewMail) {}
