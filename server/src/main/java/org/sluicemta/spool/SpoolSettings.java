package org.sluicemta.spool;

import java.nio.file.Path;
import java.util.List;
import org.sluicemta.journal.JournalSettings;

/// Where and how messages are kept.
///
/// @param folders 1 to 16. The first also holds all events and the checkpoint, and must stay the first
/// @param journal how each folder is written
/// @param readingBytes memory for reading messages back, 16 MB or more; no message may take more than half of it. The
///     start and readers of events have memory of their own
/// @param maxRecipients of one message, 1 or more
/// @param waitingPerLoop acceptances that one mail loop may have under way, 1 or more; more are refused
/// @param checkpointAfterEventBytes a checkpoint is written when so many bytes of events have gathered since the last
/// @param checkpointAfterRecipients or when so many recipients were accepted, and a third of what the last one told: a
///     bound for what a start has to read
public record SpoolSettings(
        List<Path> folders,
        JournalSettings journal,
        long readingBytes,
        int maxRecipients,
        int waitingPerLoop,
        long checkpointAfterEventBytes,
        long checkpointAfterRecipients) {
    public SpoolSettings {
        folders = List.copyOf(folders);
        require(
                !folders.isEmpty() && folders.size() <= Place.MAX_FOLDERS,
                "lists %d folders; write 1 to 16",
                folders.size());
        require(maxRecipients >= 1, "max recipients has %d; write 1 or more", maxRecipients);
        require(waitingPerLoop >= 1, "waiting per loop has %d; write 1 or more", waitingPerLoop);
        require(
                checkpointAfterEventBytes >= 1,
                "checkpoint after has %d bytes; write 1 or more",
                checkpointAfterEventBytes);
        require(
                checkpointAfterRecipients >= 1,
                "checkpoint after has %d recipients; write 1 or more",
                checkpointAfterRecipients);
    }

    public static SpoolSettings in(Path... folders) {
        return new SpoolSettings(
                List.of(folders), JournalSettings.defaults(), 128L << 20, 50_000, 16_384, 256L << 20, 200_000);
    }

    /// The same with another budget for reading.
    public SpoolSettings withReading(long bytes) {
        return new SpoolSettings(
                folders,
                journal,
                bytes,
                maxRecipients,
                waitingPerLoop,
                checkpointAfterEventBytes,
                checkpointAfterRecipients);
    }

    private static void require(boolean holds, String text, Object... values) {
        if (!holds) {
            throw new SpoolException("spool: " + String.format(text, values));
        }
    }
}
