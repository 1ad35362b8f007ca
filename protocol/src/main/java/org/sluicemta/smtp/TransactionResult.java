package org.sluicemta.smtp;

import java.util.List;

/// What came of a transaction.
///
/// @param outcomes one for each recipient, in the order of the transaction
/// @param contentBytes unstuffed content bytes handed to the network, 0 when none were
public record TransactionResult(OutgoingTransaction transaction, List<RecipientOutcome> outcomes, long contentBytes) {
    public TransactionResult {
        outcomes = List.copyOf(outcomes);
    }

    /// Whether the server took the message for at least one recipient.
    public boolean isAccepted() {
        for (RecipientOutcome outcome : outcomes) {
            if (outcome instanceof RecipientOutcome.Accepted) {
                return true;
            }
        }
        return false;
    }
}
