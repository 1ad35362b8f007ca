/// Whether and how a connection is secured, and with which certificate.
///
/// Lives here: what outgoing connections ask of TLS, as pure decisions, which versions are allowed, the memory of
/// handshakes that failed, reading certificates, keys and authorities from PEM. Must not: sockets, files (bytes are
/// given), handshakes themselves (`world`).
/// Imports: `world`, and later `dns` for DANE. Threads: decisions and identities are values; a memory has one owner.
@NullMarked
package org.sluicemta.tls;

import org.jspecify.annotations.NullMarked;
