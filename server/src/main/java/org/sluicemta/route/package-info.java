/// Which virtual MTA and which queue: a pure function of the recipient and a configuration snapshot.
///
/// Lives here: virtual MTAs, pools, the choice, queue names. Must not: I/O, clocks, state; the turn of a pool is an
/// argument. Imports: `mail`, `settings`. Threads: values are immutable.
@NullMarked
package org.sluicemta.route;

import org.jspecify.annotations.NullMarked;
