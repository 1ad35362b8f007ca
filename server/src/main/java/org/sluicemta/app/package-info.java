/// Main, wiring, start and stop order, and what the rooms may not do themselves at the rim: reading the configuration's
/// files, keys and certificates, the log file, facts of the machine, what operators ask gathered from its owners.
///
/// Must not: decide about mail. Imports: every room, and `runtime`. Threads: the server's wiring belongs to the first
/// mail loop; files of the configuration are read on virtual threads.
@NullMarked
package org.sluicemta.app;

import org.jspecify.annotations.NullMarked;
