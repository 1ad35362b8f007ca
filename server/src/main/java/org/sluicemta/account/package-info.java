/// Accounting records and their files: the record of truth for each recipient.
///
/// Lives here: the rows `d`, `b`, `t`, `tq` and `r`, their columns and words, bounce categories, the files with their
/// names, rotation and retention, the programs that rows are piped to, and the readers that write both from the
/// event stream: to a file each row exactly once, to a program at least once.
/// Must not: counters for dashboards, decisions about mail. Imports: `spool`, `queue` (patterns of queues), `match`,
/// `mail`, `world`.
/// Threads: an [AccountReader] and a [PipeReader] belong to one lane each, which does their disk calls and formats
/// their rows; [AccountFile], [AccountPipe] and [BounceCategories] are immutable.
@NullMarked
package org.sluicemta.account;

import org.jspecify.annotations.NullMarked;
