/// Accounting records and their files: the record of truth for each recipient.
///
/// Lives here: the rows `d`, `b`, `t` and `tq`, their columns and words, the files with their names, rotation and
/// retention, and the readers that write them from the event stream, each row exactly once.
/// Must not: counters for dashboards, decisions about mail. Imports: `spool`, `mail`, `settings`, `world`.
/// Threads: an [AccountReader] belongs to one lane, which does its disk calls; [AccountFile] is immutable.
@NullMarked
package org.sluicemta.account;

import org.jspecify.annotations.NullMarked;
