/// Reports to senders about mail of theirs that failed.
///
/// Lives here: which report follows from which event, how many at a time, and its way into the spool as a message of
/// its own. Must not: deliver, write accounting rows. Imports: `queue`, `route`, `spool`, `dsn`, `mail`, `world`.
/// Threads: [Reports] belongs to one mail loop; it reads the event stream with a place of its own.
@NullMarked
package org.sluicemta.bounce;

import org.jspecify.annotations.NullMarked;
