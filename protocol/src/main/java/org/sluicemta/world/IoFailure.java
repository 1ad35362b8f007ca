package org.sluicemta.world;

/// Why a call on the network or the disk failed.
///
/// @param kind what it means to the caller
/// @param text one line for a person, of the system's wording; never empty
public record IoFailure(Kind kind, String text) {
    /// What happened, in the caller's terms.
    public enum Kind {
        /// The connection was closed by this side: the normal end of an engine.
        CLOSED_HERE,
        /// The remote closed or reset the connection.
        CLOSED_THERE,
        REFUSED,
        TIMED_OUT,
        UNREACHABLE,
        /// The local address cannot be bound: it is not an address of this machine.
        ADDRESS_NOT_AVAILABLE,
        /// The port is taken.
        ADDRESS_IN_USE,
        /// No port or file descriptor is left.
        EXHAUSTED,
        /// The handshake failed or stalled; `text` says why.
        TLS,
        NOT_FOUND,
        /// Somebody else holds the lock.
        LOCKED,
        NO_SPACE,
        READ_ONLY,
        DENIED,
        /// The file refused because an earlier write or sync of it failed.
        DISTRUSTED,
        /// Any other error of the disk or the network.
        ERROR
    }
}
