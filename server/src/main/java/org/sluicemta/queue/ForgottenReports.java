package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.List;
import org.sluicemta.spool.RecipientId;

/// Recipients that are owed a report and whose event is gone.
///
/// @param recipients found in this look
/// @param isAll whether there are no more
public record ForgottenReports(List<RecipientId> recipients, boolean isAll) {
    public ForgottenReports {
        recipients = List.copyOf(recipients);
    }

    ForgottenReports plus(ForgottenReports other) {
        var all = new ArrayList<>(recipients);
        all.addAll(other.recipients);
        return new ForgottenReports(all, isAll && other.isAll);
    }
}
