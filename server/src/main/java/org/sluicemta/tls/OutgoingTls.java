package org.sluicemta.tls;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;

/// What an outgoing session does about TLS: pure decisions over its policy, the host's offer and its past.
public final class OutgoingTls {
    private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    private OutgoingTls() {}

    /// What to do after the reply to EHLO.
    public sealed interface Step {
        /// Send STARTTLS, and secure the connection by `plan` when it is accepted.
        record Secure(TlsPlan.Client plan) implements Step {}

        /// Go on in clear.
        record GoInClear(ClearReason reason) implements Step {}

        /// Quit; the next host may be better.
        ///
        /// @param status enhanced status code, temporary. Source: RFC 3463 section 3.8
        record LeaveHost(String status, String text) implements Step {}
    }

    /// Why mail goes in clear.
    public enum ClearReason {
        NOT_WANTED,
        NOT_OFFERED,
        /// A handshake with this host failed within the hour.
        FAILED_LATELY
    }

    /// What to do after a handshake failed or stalled, or STARTTLS was refused with a 4xx or 5xx.
    public sealed interface AfterFailure {
        /// The same host at once on a new connection, in clear; remember the failure in [HandshakeMemory] and record it
        /// as an event.
        record RetryInClear() implements AfterFailure {}

        /// Never in clear: quit; the next host may be better.
        record LeaveHost(String status, String text) implements AfterFailure {}
    }

    /// The host at the other end, and who we are to it.
    ///
    /// @param virtualMta sessions are resumed only within one
    /// @param hostName the mail host's name; empty for an address without one, which sends no SNI
    ///     (RFC 6066 section 3)
    /// @param address of the host, as text, for the session cache of hosts without a name
    /// @param clientIdentity shown to a server that asks for one
    /// @param handshakeTimeout over 0; a stalled handshake is a failed one
    public record Peer(
            String virtualMta,
            String hostName,
            String address,
            Optional<TlsIdentity> clientIdentity,
            Duration handshakeTimeout) {}

    /// @param isOffered whether the reply to EHLO lists STARTTLS
    /// @param hasFailedLately what [HandshakeMemory] says of the host
    public static Step afterEhlo(StarttlsPolicy policy, boolean isOffered, boolean hasFailedLately, Peer peer) {
        return switch (policy) {
            case NEVER -> new Step.GoInClear(ClearReason.NOT_WANTED);
            case OPPORTUNISTIC -> {
                if (!isOffered) {
                    yield new Step.GoInClear(ClearReason.NOT_OFFERED);
                }
                yield hasFailedLately
                        ? new Step.GoInClear(ClearReason.FAILED_LATELY)
                        : new Step.Secure(plan(policy, peer));
            }
            // A failure of the past is no reason here: there is no other way to send, and it may be mended.
            case REQUIRED ->
                isOffered
                        ? new Step.Secure(plan(policy, peer))
                        : new Step.LeaveHost("4.7.4", "TLS is required and the host does not offer STARTTLS");
        };
    }

    /// @param why what failed, one line
    public static AfterFailure afterFailure(StarttlsPolicy policy, String why) {
        return switch (policy) {
            case NEVER, OPPORTUNISTIC -> new AfterFailure.RetryInClear();
            case REQUIRED -> new AfterFailure.LeaveHost("4.7.5", "TLS is required and failed: " + why);
        };
    }

    /// Any certificate is taken: the name of a mail host came from unsigned DNS, so a match would prove little;
    /// policies that do prove (MTA-STS, DANE) bring their own plans. Source: RFC 3207 section 4.1, RFC
    /// 7672 section 1.3.
    private static TlsPlan.Client plan(StarttlsPolicy policy, Peer peer) {
        String host = peer.hostName().isEmpty() ? peer.address() : peer.hostName();
        String ticketKey = String.join("|", peer.virtualMta(), host, peer.hostName(), policy.name());
        return new TlsPlan.Client(
                peer.hostName(),
                false,
                PROTOCOLS,
                peer.clientIdentity().orElse(null),
                ticketKey,
                peer.handshakeTimeout().toNanos());
    }
}
