/// Records of messages and of what became of their recipients; recovery; space.
///
/// Lives here: the meaning of the journal's records (acceptances, content chunks, recipient events, queue events, what
/// operators said, reader offsets), their encoding, the way from a journal to the recipients that still wait, and
/// when content may go.
/// Must not: decide when to retry, or know routes and connections. Imports: `journal`, `mail`, `settings`, `world`.
/// Threads: [Spool] is called from any mail loop, in its turns; encoding is done there, disk calls on the journal's
/// lanes, housekeeping on the spool's home lane.
///
/// States of a **message** on disk:
///
/// | state | on disk | left by | after a crash |
/// |---|---|---|---|
/// | arriving | nothing, or chunks that no acceptance lists | acceptance written | gone |
/// | written | acceptance in a batch that is not synced | sync | there, or gone |
/// | accepted | acceptance; a hold for each shard | last hold given back | there, with all not settled |
/// | copied | acceptance and a durable copy that names its place | old hold given back | there once, at the copy |
/// | settled | acceptance, and an event for every recipient | reuse of the segment | not told |
/// | gone | nothing; events may still speak of it | - | events say nothing |
/// | damaged | acceptance or chunk with a wrong checksum | - | lost, with its place |
///
/// States of a **recipient** of an accepted message. They only move down this list, whatever is replayed and however
/// often; of two deferrals the one with the higher attempt counts:
///
/// | state | on disk | left by | after a crash |
/// |---|---|---|---|
/// | waiting | in the acceptance, or a frame of a checkpoint | event of an attempt, of expiry | waiting |
/// | deferred | event DEFERRED with attempt n and a due time | event of a later attempt | deferred, n attempts |
/// | (unsynced) | outcome recorded, its event not durable yet | sync, 5 ms or so | as before the attempt |
/// | report owed | event BOUNCED or DELIVERED with the owed flag | a report's acceptance, REPORTED | report owed |
/// | settled | event without the flag, REPORTED, a report's acceptance that names it | - | not told |
///
/// A recipient's **priority** is that of the acceptance, or of the frame that tells it, unless an event PRIORITY_SET
/// names another: the last one holds. Of a **job** the last JOB_PAUSED holds; a checkpoint tells the paused ones, and
/// with each recipient its job:
///
/// | state of a job | on disk | left by | after a crash |
/// |---|---|---|---|
/// | going out | nothing, or JOB_PAUSED that says so | event | going out |
/// | paused | event JOB_PAUSED, or a frame of a checkpoint | event | paused |
/// | (unsynced) | said, its event not durable yet | sync, 5 ms or so | as before |
///
/// A checkpoint repeats of this what is waiting, deferred or owed, so that recovery need not begin at the beginning;
/// it changes no state. [Recovery] says why it may be written while mail flows.
@NullMarked
package org.sluicemta.spool;

import org.jspecify.annotations.NullMarked;
