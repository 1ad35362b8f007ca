/// SMTP submission: from a client's connection to a durable message in its queues.
///
/// Lives here: the answers to the server engine's questions (who may relay, who may log in, who the client behind a
/// proxy is, which virtual MTA, what is added to the header), content on its way into the spool, back-pressure
/// towards clients (memory is for usual mail first, a 250 waits while deliveries are behind, and what puts mail off is
/// counted). Must not: deliver, or know connections' sockets.
/// Imports: `queue`, `spool`, `route`, `smtp`, `tls`, `match`, `mail`, `settings`, `world`.
/// Threads: a session belongs to the loop of its connection; policies are immutable snapshots.
@NullMarked
package org.sluicemta.receive;

import org.jspecify.annotations.NullMarked;
