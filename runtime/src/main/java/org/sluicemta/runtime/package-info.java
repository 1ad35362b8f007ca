/// The real World: Netty event loops, lanes, files, clocks, entropy, signals.
///
/// Lives here: the only code of the server with sockets, files, threads and clocks. Must not: anything about mail.
/// Imports: `world`, Netty, tcnative, JCTools, slf4j.
///
/// Threads are made here and nowhere else: mail loops (one each on a Netty event loop), lanes (one thread each), a few
/// workers for pure work and steps of TLS handshakes, a few threads for the disk calls of mail loops; at the rim, off
/// mail's way, some for each child process and for documents of the web. Code of the rooms runs in turns only;
/// [org.sluicemta.runtime.TurnLoop] opens and closes them and is the place to read first.
@NullMarked
package org.sluicemta.runtime;

import org.jspecify.annotations.NullMarked;
