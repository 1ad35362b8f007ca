package org.sluicemta.lab;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.TlsPlan;

/// How a receiver behaves. Shares are per mille of what they concern, decided by a hash of the recipient or of the
/// message number, so that a run can be repeated.
///
/// @param name for tables, e.g. `greylisting`
/// @param hostName its name in the greeting
/// @param maxConnectionsPerSource more are answered 421 at the greeting; 0 for no cap
/// @param greylist a recipient is refused with 450 until this long after its first attempt; zero for never
/// @param deferPerMille share of recipients answered 451 at their first attempt
/// @param rejectPerMille share of recipients answered 550
/// @param contentDelay how long the reply to the content takes; zero answers at once
/// @param closeAfterMessages closes without a word after so many messages of a connection; 0 for never
/// @param tls offers STARTTLS, or null
/// @param maxRecipients of a transaction; more are answered 452
public record ReceiverModel(
        String name,
        String hostName,
        int maxConnectionsPerSource,
        Duration greylist,
        int deferPerMille,
        int rejectPerMille,
        Duration contentDelay,
        int closeAfterMessages,
        TlsPlan.@Nullable Server tls,
        int maxRecipients) {
    /// Takes everything.
    public static ReceiverModel accepting(String name, String hostName) {
        return new ReceiverModel(name, hostName, 0, Duration.ZERO, 0, 0, Duration.ZERO, 0, null, 1000);
    }

    public ReceiverModel capping(int connectionsPerSource) {
        return new ReceiverModel(
                name,
                hostName,
                connectionsPerSource,
                greylist,
                deferPerMille,
                rejectPerMille,
                contentDelay,
                closeAfterMessages,
                tls,
                maxRecipients);
    }

    public ReceiverModel greylisting(Duration wait) {
        return new ReceiverModel(
                name,
                hostName,
                maxConnectionsPerSource,
                wait,
                deferPerMille,
                rejectPerMille,
                contentDelay,
                closeAfterMessages,
                tls,
                maxRecipients);
    }

    public ReceiverModel refusing(int deferredPerMille, int rejectedPerMille) {
        return new ReceiverModel(
                name,
                hostName,
                maxConnectionsPerSource,
                greylist,
                deferredPerMille,
                rejectedPerMille,
                contentDelay,
                closeAfterMessages,
                tls,
                maxRecipients);
    }

    public ReceiverModel slow(Duration delay) {
        return new ReceiverModel(
                name,
                hostName,
                maxConnectionsPerSource,
                greylist,
                deferPerMille,
                rejectPerMille,
                delay,
                closeAfterMessages,
                tls,
                maxRecipients);
    }

    public ReceiverModel closingAfter(int messages) {
        return new ReceiverModel(
                name,
                hostName,
                maxConnectionsPerSource,
                greylist,
                deferPerMille,
                rejectPerMille,
                contentDelay,
                messages,
                tls,
                maxRecipients);
    }

    public ReceiverModel secured(TlsPlan.Server plan) {
        return new ReceiverModel(
                name,
                hostName,
                maxConnectionsPerSource,
                greylist,
                deferPerMille,
                rejectPerMille,
                contentDelay,
                closeAfterMessages,
                plan,
                maxRecipients);
    }
}
