/// The management port: HTTP for browsers, scripts and collectors of metrics.
///
/// Lives here: paths and their formats, who may do what, log-ins, protection against foreign pages, TLS of this port,
/// metrics, the stream of events for the console, the call of a git host. Must not: decide anything about mail, open
/// files, know the configuration's language.
/// Imports: `control` and what `control` may import; Helidon, in [WebPort], [Connections] and [TlsPipe]
/// alone.
/// Threads: a virtual thread for each connection, which may block and holds no state of its own. What is kept
/// ([Sessions], [WrongPasswords]) is small, bounded and locked for a look-up. Mail is asked on its loops and answers
/// as messages; a virtual thread waits for them with a time-out.
@NullMarked
package org.sluicemta.web;

import org.jspecify.annotations.NullMarked;
