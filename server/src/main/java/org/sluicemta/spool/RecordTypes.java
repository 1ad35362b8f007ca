package org.sluicemta.spool;

import org.sluicemta.journal.StreamKind;

/// Numbers on disk. They never change their meaning; a new record takes a new number.
interface RecordTypes {
    /// Content stream: a message with its recipients; the content is the body. A copy out of a segment that is being
    /// emptied has the journal's flag for copies and moves the message, no more.
    int ACCEPTANCE = 1;
    /// Content stream: a part of a large content. Ignorable: without an acceptance that lists it, it is nothing.
    int CHUNK = 2;
    /// Content stream: an acceptance copied out of a segment that is being emptied. It moves the message, no more.
    /// Event stream.
    int RECIPIENT_EVENT = 16;
    int QUEUE_EVENT = 17;
    int READER_OFFSET = 18;
    /// Says nothing: when it is durable, everything recorded before it is. Ignorable.
    int MARK = 19;
    /// A recipient's owed report is accepted.
    int REPORTED = 20;
    /// A recipient was accepted. Ignorable: nothing but accounting reads it.
    int RECEIPT_EVENT = 21;
    /// What an operator said of mail. Must be understood: whoever passed over it would send mail of a paused job.
    int COMMAND_EVENT = 22;

    /// Tags from here on must be understood by whoever reads the record; lower ones may be passed over.
    int MUST_UNDERSTAND = 128;

    /// Whether this server reads records of this type and version.
    static boolean areKnown(StreamKind stream, int type, int version) {
        return switch (stream) {
            case CONTENT -> (type == ACCEPTANCE || type == CHUNK) && version <= AcceptanceEncoding.VERSION;
            case EVENTS -> type >= RECIPIENT_EVENT && type <= COMMAND_EVENT && version <= EventEncoding.VERSION;
        };
    }
}
