package org.sluicemta.queue;

import java.util.List;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.StoredMessage;

/// What a session carries in one transaction: one message, some of its recipients in one queue. The session answers
/// with one [Outcome] for each recipient, in order, through [Shard#settled]. Owner: the shard; lent to the session.
public interface Consignment {
    QueueKey queue();

    /// Retained until the consignment is settled.
    StoredMessage stored();

    /// Not empty.
    List<AcceptedRecipient> recipients();

    /// The number of this attempt for recipient `i` of [#recipients], from 1.
    int attempt(int i);
}
