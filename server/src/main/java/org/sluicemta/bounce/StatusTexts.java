package org.sluicemta.bounce;

import org.sluicemta.spool.RecipientEvent;

/// The words that accounting has for an event: a report says the same. Pure; asked on workers.
public interface StatusTexts {
    /// `5.1.1 (bad destination mailbox address)`.
    String status(RecipientEvent event);

    /// The bounce category, or empty.
    String category(RecipientEvent event);
}
