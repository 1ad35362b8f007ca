package org.sluicemta.queue;

import java.util.List;
import org.sluicemta.mail.QueueKey;

/// One queue as an operator sees it, at one moment.
///
/// @param recipients waiting or being delivered
/// @param reportsOwed failed recipients whose report is not accepted yet; not among `recipients`
/// @param bytes of their messages, counted once for each recipient
/// @param connections open or being opened
/// @param pausedUntilMillis server time at which it resumes by itself, 0 where it does not
/// @param isBackoff whether it is in backoff mode
/// @param retryMillis server time of the queue's next attempt or permit, 0 where none is set
/// @param notes events, newest first, ten at most
/// @param modeNotes changes of its mode, newest first
/// @param recipientNotes what became of its last recipients, newest first, 50 at most; none unless its policy says so
/// @param reason why its mail does not move
public record QueueView(
        QueueKey key,
        int recipients,
        int reportsOwed,
        long bytes,
        int connections,
        boolean isPaused,
        long pausedUntilMillis,
        boolean isBackoff,
        long retryMillis,
        List<QueueNote> notes,
        List<QueueNote> modeNotes,
        List<RecipientNote> recipientNotes,
        Wait reason) {
    public QueueView {
        notes = List.copyOf(notes);
        modeNotes = List.copyOf(modeNotes);
        recipientNotes = List.copyOf(recipientNotes);
    }

    /// As the tools print it.
    public String mode() {
        return isBackoff ? "backoff" : "normal";
    }
}
