package org.sluicemta.queue;

import java.time.Duration;
import java.util.List;
import org.sluicemta.pace.Rate;
import org.sluicemta.settings.Setting;

/// What the configuration says of one queue; each value with its origin, so that a wait can be explained.
///
/// @param limits of this queue in its present mode
/// @param rampUpInterval pause between opening further connections; zero for none
/// @param virtualMtaMaxSmtpOut connections over all queues of the virtual MTA
/// @param virtualMtaMaxMsgRate attempted recipients over all queues of the virtual MTA
/// @param virtualMtaMaxDataVolumeRate bytes sent over all queues of the virtual MTA
/// @param retryAfter waits of a queue that failed as a whole; 1 to 30, the last repeats
/// @param retryRecipientsAfter waits of a recipient that was deferred; 1 to 30, the last repeats
/// @param retryAfterDnsError wait after a failed look-up
/// @param bounceAfter from acceptance to expiry
/// @param maxMsgPerConnection 0 for no bound
/// @param maxRcptPerTransaction 1 or more
/// @param pacedConnectionHold how long a session may wait for its next permit before it quits
/// @param retryUponNewMail new mail wakes a queue in retry
/// @param maxEventsRecorded how many of its last events are kept in memory, 0 to 1,000
/// @param trackRecipientEvents whether what became of its last 50 recipients is kept in memory
/// @param massActionLimit a single reply may end at most so many recipients; more pause the queue
/// @param rerouteTo virtual MTA or pool that takes the queue's mail; empty for none
/// @param localReports whether this server tells senders what became of their mail
/// @param delayNoticeEvery after how long, and how often, a sender who asked for it hears that mail is late; zero for
///     never
/// @param deliveryType how its mail goes out
public record QueuePolicy(
        QueueLimits limits,
        Setting<Duration> rampUpInterval,
        Setting<Integer> virtualMtaMaxSmtpOut,
        Setting<Rate> virtualMtaMaxMsgRate,
        Setting<Rate> virtualMtaMaxDataVolumeRate,
        Setting<List<Duration>> retryAfter,
        Setting<List<Duration>> retryRecipientsAfter,
        Setting<Duration> retryAfterDnsError,
        Setting<Duration> bounceAfter,
        Setting<Integer> maxMsgPerConnection,
        Setting<Integer> maxRcptPerTransaction,
        Setting<Duration> pacedConnectionHold,
        Setting<Boolean> retryUponNewMail,
        Setting<Integer> maxEventsRecorded,
        Setting<Boolean> trackRecipientEvents,
        Setting<Integer> massActionLimit,
        Setting<String> rerouteTo,
        Setting<Boolean> localReports,
        Setting<Duration> delayNoticeEvery,
        Setting<DeliveryType> deliveryType,
        SourcesPolicy sources,
        BackoffPolicy backoff) {
    /// How mail leaves a queue.
    public enum DeliveryType {
        /// Through connections that the [Dispatcher] opens.
        SMTP,
        /// Into files, by what takes the place of connections.
        FILE,
        /// Nowhere: settled as delivered, without a connection.
        DISCARD,
        /// Nowhere: settled as bounced. Nobody gets a report.
        DISCARD_AS_BOUNCE
    }

    /// The same with what holds in backoff mode.
    QueuePolicy inBackoff() {
        boolean isRerouted = !backoff.rerouteTo().value().isEmpty();
        return new QueuePolicy(
                backoff.limits(),
                rampUpInterval,
                virtualMtaMaxSmtpOut,
                virtualMtaMaxMsgRate,
                virtualMtaMaxDataVolumeRate,
                backoff.retryAfter(),
                retryRecipientsAfter,
                retryAfterDnsError,
                bounceAfter,
                maxMsgPerConnection,
                maxRcptPerTransaction,
                pacedConnectionHold,
                retryUponNewMail,
                maxEventsRecorded,
                trackRecipientEvents,
                massActionLimit,
                isRerouted ? backoff.rerouteTo() : rerouteTo,
                localReports,
                delayNoticeEvery,
                deliveryType,
                sources,
                backoff);
    }

    public Setting<Integer> maxSmtpOut() {
        return limits.maxSmtpOut();
    }

    public Setting<Rate> maxMsgRate() {
        return limits.maxMsgRate();
    }

    public Setting<Rate> maxConnectRate() {
        return limits.maxConnectRate();
    }
}
