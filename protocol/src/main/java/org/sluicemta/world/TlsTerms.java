package org.sluicemta.world;

import java.util.List;

/// What a handshake may settle on.
///
/// @param protocols e.g. `TLSv1.2`, `TLSv1.3`; not empty, and without a gap: libraries stop at the first that is left
///     out
/// @param ciphers an OpenSSL cipher string for TLS 1.2 and older; empty for the library's own. TLS 1.3 has suites of
///     its own, all of them strong
public record TlsTerms(List<String> protocols, String ciphers) {
    /// TLS 1.2 and 1.3 with the library's own suites.
    public static final TlsTerms MODERN = new TlsTerms(List.of("TLSv1.3", "TLSv1.2"), "");

    public TlsTerms {
        protocols = List.copyOf(protocols);
        if (protocols.isEmpty()) {
            throw new IllegalArgumentException("a handshake needs a version of TLS");
        }
    }
}
