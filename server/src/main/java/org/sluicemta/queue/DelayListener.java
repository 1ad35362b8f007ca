package org.sluicemta.queue;

import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.StoredMessage;

/// Hears that mail is late whose sender wants to be told. Called on the loop of the recipient's shard; must not block.
@FunctionalInterface
public interface DelayListener {
    /// @param event how the recipient stands, with what a remote said last; it is recorded nowhere
    /// @param expiresMillis server time until which it is tried
    /// @param stored its content is retained for the listener
    void delayed(RecipientEvent event, long expiresMillis, StoredMessage stored);
}
