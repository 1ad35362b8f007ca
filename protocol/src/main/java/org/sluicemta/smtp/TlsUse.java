package org.sluicemta.smtp;

import org.sluicemta.world.TlsPlan;

/// What a delivery session does about STARTTLS.
public sealed interface TlsUse {
    /// In clear.
    record Never() implements TlsUse {}

    /// Secured if offered. A refusal or a failed handshake ends the session: going on in clear is the driver's choice,
    /// on a new connection. Source: RFC 3207 section 4.1.
    record IfOffered(TlsPlan.Client plan) implements TlsUse {}

    /// Secured, or ended before any envelope is sent.
    record Required(TlsPlan.Client plan) implements TlsUse {}
}
