/// How mail leaves: connections, sessions, attempts.
///
/// Lives here: opening a connection for a queue (MX plan, hosts in order, addresses, failure memory, TLS policy), the
/// driver of the client engine, what is told of it to who follows an attempt, a greeting without mail ([Greeting]),
/// which keys sign a message, mail that becomes files ([FileStore]), one outcome for each recipient. Must not:
/// retry times, order of mail. Imports: `queue`, `dns`, `tls`, `sign`, `match`, `smtp`, `route`, `spool`, `mail`,
/// `settings`, `world`. Threads: a session belongs to the loop of its queue's shard; look-ups are asked by mailbox.
@NullMarked
package org.sluicemta.deliver;

import org.jspecify.annotations.NullMarked;
