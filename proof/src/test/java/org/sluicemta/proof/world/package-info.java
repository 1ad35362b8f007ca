/// What every World must do, as tests that run on each of them: the real one and the simulated one.
///
/// Lives here: one contract class for each part of the World, and what they share. A world joins by a subclass of each
/// contract that gives a [WorldUnderTest]. Must not: anything that only one world can do; that is tested where that
/// world lives. Imports: `world`; only the subclasses know an implementation.
///
/// Threads: the test's own thread asks by [org.sluicemta.world.Loop#post] and looks at what the callbacks left in
/// thread-safe places; it never calls a connection or a file itself.
@NullMarked
package org.sluicemta.proof.world;

import org.jspecify.annotations.NullMarked;
