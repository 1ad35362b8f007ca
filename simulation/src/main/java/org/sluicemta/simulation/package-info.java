/// The World from a seed: virtual time, a lossy network, a disk that forgets what was not synced.
/// Lives here: the same interfaces as `runtime`, in one thread, without a clock. Must not: be shipped.
/// Imports: `world`. Threads: the caller's one; everything is a turn taken in an order drawn from the seed.
@NullMarked
package org.sluicemta.simulation;

import org.jspecify.annotations.NullMarked;
