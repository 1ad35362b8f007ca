/// Records of messages and of what became of their recipients; recovery; space.
///
/// Lives here: the meaning of the journal's records (acceptances, content chunks, recipient events, queue events,
/// reader offsets), their encoding, the way from a journal to the recipients that still wait, and when content may go.
/// Must not: decide when to retry, or know routes and connections. Imports: `journal`, `mail`, `settings`, `world`.
/// Threads: [Spool] is called from any mail loop through mailboxes; encoding and disk are on the journal's lanes.
@NullMarked
package org.sluicemta.spool;

import org.jspecify.annotations.NullMarked;
