package org.sluicemta.spool;

import java.util.List;

/// What `sluice spool verify` finds in a spool.
///
/// @param folders as they were given
/// @param hasCheckpoint whether a usable one was there
/// @param acceptances content records of messages behind the checkpoint, copies not counted
/// @param copies of messages out of segments that were being emptied
/// @param chunks parts of large contents
/// @param recipientEvents behind the checkpoint
/// @param queueEvents behind the checkpoint
/// @param settledRecipients by events behind the checkpoint, each once
/// @param liveMessages that wait, all in all
/// @param liveRecipients of them, that wait for an attempt or a report
/// @param deferredRecipients of those, that had an attempt
/// @param owedRecipients of those, that wait for nothing but their report
/// @param liveBytes of content that waits
/// @param diskBytes that the folders' files take, empty segments included
/// @param losses damage by which something acknowledged is or may be gone, with places
/// @param notes other findings: torn tails, which lost nothing
public record SpoolReport(
        List<String> folders,
        boolean hasCheckpoint,
        long acceptances,
        long copies,
        long chunks,
        long recipientEvents,
        long queueEvents,
        long settledRecipients,
        long liveMessages,
        long liveRecipients,
        long deferredRecipients,
        long owedRecipients,
        long liveBytes,
        long diskBytes,
        List<String> losses,
        List<String> notes) {
    public SpoolReport {
        folders = List.copyOf(folders);
        losses = List.copyOf(losses);
        notes = List.copyOf(notes);
    }

    /// Nothing that was acknowledged is missing.
    public boolean isSound() {
        return losses.isEmpty();
    }

    /// For a person, a fact a line.
    public String render() {
        var text = new StringBuilder(1024);
        folders.forEach(
                folder -> text.append("folder              ").append(folder).append('\n'));
        line(text, "checkpoint", hasCheckpoint ? "yes" : "none");
        line(text, "messages waiting", liveMessages + " (" + liveBytes + " bytes)");
        line(
                text,
                "recipients waiting",
                liveRecipients + " (" + deferredRecipients + " deferred, " + owedRecipients + " owed a report)");
        line(text, "since checkpoint", acceptances + " accepted, " + copies + " copied, " + chunks + " chunks");
        line(
                text,
                "",
                recipientEvents + " recipient events, " + queueEvents + " queue events, " + settledRecipients
                        + " recipients settled");
        line(text, "space on disk", diskBytes + " bytes");
        notes.forEach(note -> line(text, "note", note));
        losses.forEach(loss -> line(text, "DAMAGE", loss));
        line(text, "verdict", isSound() ? "sound" : losses.size() + " places are damaged");
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(name)
                .append(" ".repeat(Math.max(1, 20 - name.length())))
                .append(value)
                .append('\n');
    }
}
