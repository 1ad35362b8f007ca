package org.sluicemta.tls;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;
import org.sluicemta.world.TlsTerms;
import org.sluicemta.world.TlsTrust;

/// How connections to one queue's hosts are secured, and which certificates are taken.
///
/// Opportunistic TLS takes any certificate: the name of a mail host comes from unsigned DNS, so a match would prove
/// little, and mail in clear would be worse. Where TLS is required and authorities are given, the chain must lead to
/// one of them and the host's name must match. Source: RFC 3207 section 4.1, RFC 7435, RFC 7672 section 1.3.
///
/// @param ciphers an OpenSSL cipher string for TLS 1.2 and older
/// @param authorities where a verified chain may end, or null: none is verified
/// @param certificate shown to a server that asks for one, or null
public record OutgoingTls(
        StarttlsPolicy policy,
        TlsVersions versions,
        String ciphers,
        @Nullable TlsTrust authorities,
        @Nullable TlsIdentity certificate) {
    /// The host at the other end, and who we are to it.
    ///
    /// @param virtualMta sessions are resumed only within one
    /// @param hostName the mail host's name; empty for an address without one, which sends no SNI
    ///     (RFC 6066 section 3)
    /// @param address of the host, as text; what is verified where there is no name
    /// @param handshakeTimeout over 0; a stalled handshake is a failed one
    public record Peer(String virtualMta, String hostName, String address, Duration handshakeTimeout) {}

    public boolean isRequired() {
        return policy == StarttlsPolicy.REQUIRED;
    }

    /// Whether certificates must hold.
    public boolean verifies() {
        return isRequired() && authorities != null;
    }

    /// Whether no handshake can be had, though one is required.
    public boolean isImpossible() {
        return isRequired() && versions.areNone();
    }

    /// @param hasFailedLately whether a handshake with the host failed within the hour: no reason to give up one that
    ///     is required, for there is no other way to send, and it may be mended
    /// @return empty to go in clear
    public Optional<TlsPlan.Client> plan(Peer peer, boolean hasFailedLately) {
        boolean isWanted = isRequired() || policy == StarttlsPolicy.OPPORTUNISTIC && !hasFailedLately;
        if (!isWanted || versions.areNone()) {
            return Optional.empty();
        }
        String name = peer.hostName().isEmpty() && verifies() ? peer.address() : peer.hostName();
        String ticketKey =
                String.join("|", peer.virtualMta(), peer.address(), peer.hostName(), verifies() ? "verified" : "any");
        return Optional.of(new TlsPlan.Client(
                name,
                verifies(),
                verifies() ? authorities : null,
                new TlsTerms(versions.usable(), ciphers),
                certificate,
                ticketKey,
                peer.handshakeTimeout().toNanos()));
    }
}
