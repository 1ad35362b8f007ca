/// The World from a seed: virtual time, a lossy network, a disk that forgets what was not synced.
///
/// Lives here: the same interfaces as `runtime`, in one thread, without a clock. Must not: be shipped, or know mail.
/// Imports: `world`. Threads: the caller's one; everything is a turn taken in an order drawn from the seed.
///
/// [SimulatedUniverse] is time, wires and the seed. A [SimulatedHost] is a machine in it: a [SimulatedDisk], addresses,
/// a wall clock. A [SimulatedWorld] is one process on a machine, from boot to crash: it is what a server is given.
/// Faults are set where they happen: on the disk, on a [Link] of the [Wires], on the host. [FaultPoints] counts which
/// of them a batch of seeds really met. Other programs ([SimulatedProgram], installed on a host) and documents of the
/// web ([SimulatedPage], published in the universe) are scripts of the test; their pieces and delays are the seed's.
///
/// **What keeps it honest.** Answers never come within the call that asked. A lane stands still while its disk call
/// runs, a hung one for good. Buffers lent to the disk are compared with what was taken; slices, lent buffers and
/// blocks are overwritten when they go back. Monotonic time has an odd zero. One seed run twice gives one trace hash.
///
/// **Where it is milder than life.** No bandwidth; no reordering inside a connection; TLS without cryptography; ports
/// come back at once; a folder's names cost no space; a power cut resets the remotes soon instead of leaving them
/// to their time-outs.
@NullMarked
package org.sluicemta.simulation;

import org.jspecify.annotations.NullMarked;
