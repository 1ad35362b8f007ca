/// The real World: Netty event loops, lanes, files, clocks, entropy, signals.
/// Lives here: the only code with sockets, files, threads and clocks. Must not: anything about mail.
/// Imports: `world`, Netty, JCTools. Threads: this is where they are made.
@NullMarked
package org.sluicemta.runtime;

import org.jspecify.annotations.NullMarked;
