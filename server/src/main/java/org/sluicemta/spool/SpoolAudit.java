package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.sluicemta.journal.Damage;
import org.sluicemta.journal.Position;
import org.sluicemta.journal.Replay;
import org.sluicemta.journal.StoredHead;
import org.sluicemta.journal.StreamKind;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// Reads a spool for its report, one folder after the other in their configured order, and changes nothing: it takes
/// what a journal's replay tells. Owner: whoever walks.
public final class SpoolAudit {
    private final Recovery recovery = new Recovery();
    private final List<String> folders = new ArrayList<>();
    private final List<String> identities = new ArrayList<>();
    private final List<String> losses = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<String> settled = new HashSet<>();
    private long acceptances;
    private long copies;
    private long chunks;
    private long recipientEvents;
    private long queueEvents;
    private long diskBytes;
    private long liveBytes;
    private long deferred;

    /// Begins the next folder.
    ///
    /// @param identity the journal's server id
    public Replay folder(String folder, String identity) {
        folders.add(folder);
        identities.add(identity);
        return new Walk(folders.size() - 1);
    }

    /// What the files of the folders take.
    public void takes(long bytes) {
        diskBytes += bytes;
    }

    /// When all folders were walked.
    public SpoolReport report() {
        var counting = new Counting();
        try {
            recovery.tell(counting, counting);
        } catch (SpoolException unreadable) {
            losses.add(String.valueOf(unreadable.getMessage()));
        }
        return new SpoolReport(
                folders,
                recovery.hasCheckpoint(),
                acceptances,
                copies,
                chunks,
                recipientEvents,
                queueEvents,
                settled.size(),
                recovery.survivingMessages(),
                recovery.survivingRecipients(),
                deferred,
                recovery.owedRecipients(),
                liveBytes,
                diskBytes,
                losses,
                notes);
    }

    private final class Walk implements Replay {
        private final int number;

        Walk(int number) {
            this.number = number;
        }

        @Override
        public boolean knows(StreamKind stream, int type, int version) {
            return RecordTypes.areKnown(stream, type, version);
        }

        @Override
        public void checkpoint(ByteBuffer frame) {
            if (number == 0) {
                guarded("checkpoint", 0, () -> recovery.frame(frame));
            }
        }

        @Override
        public void content(long position, StoredHead head) {
            if (head.type() == RecordTypes.CHUNK) {
                chunks++;
                return;
            }
            if (head.isCopy()) {
                copies++;
            } else {
                acceptances++;
            }
            guarded("acceptance", position, () -> recovery.acceptance(number, position, head.head()));
        }

        @Override
        public void event(long position, StoredHead head) {
            if (number == 0) {
                guarded("event", position, () -> event(head));
            }
        }

        private void event(StoredHead head) {
            switch (head.type()) {
                case RecordTypes.RECIPIENT_EVENT -> {
                    recipientEvents++;
                    var standing = EventEncoding.standing(head.head());
                    if (standing.isSettled()) {
                        settled.add(
                                new MessageId(standing.incarnation(), standing.sequence()) + "/" + standing.index());
                    }
                    recovery.recipientEvent(head.head());
                }
                case RecordTypes.REPORTED -> {
                    var recipient = EventEncoding.reportedEvent(head.head()).recipient();
                    settled.add(recipient.message() + "/" + recipient.index());
                    recovery.reportedEvent(head.head());
                }
                case RecordTypes.QUEUE_EVENT -> {
                    queueEvents++;
                    recovery.queueEvent(head.head());
                }
                case RecordTypes.COMMAND_EVENT -> recovery.commandEvent(head.head());
                case RecordTypes.READER_OFFSET -> recovery.readerOffset(head.head());
                default -> {
                    // Marks say nothing, and receipts nothing of what still waits.
                }
            }
        }

        private void guarded(String what, long position, Runnable read) {
            try {
                read.run();
            } catch (SpoolException unreadable) {
                losses.add(folders.get(number) + ", " + what + " at " + Position.text(position) + ": "
                        + unreadable.getMessage());
            }
        }

        @Override
        public void damaged(Damage damage) {
            (damage.isLoss() ? losses : notes).add(damage.toString());
        }
    }

    private final class Counting implements Survivors, Recovery.Ground {
        @Override
        public void message(
                MessageId id, long position, long queuedMillis, long sizeBytes, List<LiveRecipient> recipients) {
            liveBytes += sizeBytes;
            deferred += recipients.stream().filter(each -> each.attempts() > 0).count();
        }

        @Override
        public void queue(QueueEvent last) {}

        @Override
        public boolean retain(long place) {
            return true;
        }

        @Override
        public int folderOf(String identity) {
            return identities.indexOf(identity);
        }

        @Override
        public int shardOf(QueueKey queue) {
            return 0;
        }

        @Override
        public void chunked(long place, long[] chunkPlaces, int holds) {}

        @Override
        public void lost(String what) {
            losses.add(what);
        }
    }
}
