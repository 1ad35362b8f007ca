/// Whether and how a connection is secured, and with which certificate.
///
/// Lives here: STARTTLS policy of outgoing connections as pure decisions, the memory of handshakes that failed, reading
/// certificates and keys from PEM. Must not: sockets, files (bytes are given), handshakes themselves (`world`).
/// Imports: `world`, and later `dns` for DANE. Threads: decisions and identities are values; a memory has one owner.
@NullMarked
package org.sluicemta.tls;

import org.jspecify.annotations.NullMarked;
