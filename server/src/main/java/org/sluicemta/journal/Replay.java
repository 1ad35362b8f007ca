package org.sluicemta.journal;

import java.nio.ByteBuffer;

/// Takes what a start finds on disk, in this order: the frames of the newest good checkpoint, the content written since
/// it was begun, the events since. Called on the journal's home loop, before [Journal#open] answers.
///
/// The checkpoint is fuzzy: records from a little before and during its writing are in the frames and in the tails, so
/// each must apply once however often it comes. A record with the flag [Entry#COPY] moves what is known and makes
/// nothing known. Events may speak of content that is gone, because it was settled.
///
/// Buffers and heads are lent for the call.
public interface Replay {
    /// Whether records of this type and version are understood. One that is not and lacks [Entry#IGNORABLE] stops the
    /// start with a clear message.
    boolean knows(StreamKind stream, int type, int version);

    void checkpoint(ByteBuffer frame);

    void content(long position, StoredHead head);

    void event(long position, StoredHead head);

    void damaged(Damage damage);
}
