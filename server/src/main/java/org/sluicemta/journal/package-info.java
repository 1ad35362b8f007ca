/// Segments, batches, checkpoints, readers: bytes only.
///
/// Lives here: a [Journal] for one spool directory with its two [Stream]s (content, events), their recovery, their
/// checkpoints, their space, their readers. The format on disk is a page of its own: docs/journal-format.md.
/// Must not: anything about mail. A record is a type, a few bytes of head and an optional body.
/// Imports: `world`, the JDK.
///
/// **The promise.** [Entry#durable] is called only after the whole batch is on disk; from then on the record is found
/// again after any crash until its owner has released it ([Journal#release]) and everything that settled it was durable
/// before that. What was never acknowledged may be found too, whole or not at all.
///
/// States of a record:
/// ```
/// state     on disk                            left by                     after a crash
/// waiting   nothing                            lane takes it into a batch  gone
/// written   perhaps, perhaps torn              answer of the disk          there whole, or gone
/// durable   whole, before its segment's end    release by its owner        there
/// refused   perhaps, behind its segment's end  -                           gone; there if no seal followed
/// released  whole                              reuse of the segment        there; its owner knows it is settled
/// damaged   its checksum does not fit          -                           reported with place, not handed out
/// ```
/// States of a segment (a file of one stream):
/// ```
/// state        name              header               may be written     left by
/// spare        spare-STREAM-nnn  none, or a past one  no                 preparing: rename, sync folder
/// prepared     STREAM-id         none, or a past one  header only        header written durably
/// active       STREAM-id         its own              batch behind batch full, failed write, or crash
/// distrusted   STREAM-id         its own              never again        as sealed; its file is not reused
/// sealed       STREAM-id         its own; the next    never              not the newest, no pin, and
///                                one tells its end                       (content) nothing live, or (events)
///                                                                        covered, passed, retention over
/// quarantined  STREAM-id         any; damage found    never              as sealed: renamed quarantine-…
/// retired      STREAM-id         its own              never              renamed spare-…, or deleted
/// ```
/// A sealed segment's end is told by the header of the segment that follows it, so a torn end is not taken for damage
/// by a later start, and what a failed write left behind the end is never read.
///
/// Threading: each stream is owned by its lane; segments, checkpoints and space by the home loop that was given to
/// [Journal#open]; a [JournalReader] and a [Follower] by the loop they were made for. [Stream#append],
/// [Journal#retain], [Journal#release] and the questions (`is…`, `has…`) may be called from any thread. Nothing blocks.
@NullMarked
package org.sluicemta.journal;

import org.jspecify.annotations.NullMarked;
