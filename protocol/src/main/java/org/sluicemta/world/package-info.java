/// The world that the server lives in: loops, network, disk, workers, memory, entropy, other programs and documents of
/// the web, as interfaces.
///
/// Lives here: what a room may ask of the machine, in words of the JDK. Must not: any implementation.
/// Two modules implement it: `runtime` (Netty, files, clocks) and `simulation` (everything from a seed); the same
/// contract tests run on both. Imports: the JDK only.
///
/// Threads: every callback runs as a *turn* of one [Loop]; a turn is never interrupted by another turn of the same
/// loop. **An answer, a failure or `secured` comes only after the callback that asked has returned**, in both worlds:
/// re-entrance is how simulation and reality drift apart.
@NullMarked
package org.sluicemta.world;

import org.jspecify.annotations.NullMarked;
