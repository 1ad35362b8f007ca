package org.sluicemta.spool;

import org.sluicemta.mail.MessageId;

/// One recipient of one message, for ever.
///
/// @param index the recipient's number within its message, from 0
public record RecipientId(MessageId message, int index) {
    public RecipientId {
        if (index < 0) {
            throw new IllegalArgumentException("a recipient has number " + index);
        }
    }
}
