package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.journal.Damage;
import org.sluicemta.journal.Journal;
import org.sluicemta.journal.JournalPorts;
import org.sluicemta.journal.Position;
import org.sluicemta.journal.Replay;
import org.sluicemta.journal.StoredHead;
import org.sluicemta.journal.StreamKind;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.World;

/// The start of a spool: its folders one after the other, then what they hold together. Owner: the home loop.
final class SpoolStart {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolStart.class);

    private static final long LEAST_MEMORY = 16L << 20;

    private final World world;
    private final Loop home;
    private final SpoolSettings settings;
    private final LiveSource live;
    private final Survivors survivors;
    private final Answer<JournalSpool> answer;
    private final Memory memory;
    private final Recovery recovery = new Recovery();
    private final List<SpoolFolder> folders = new ArrayList<>();
    private final List<String> findings = new ArrayList<>();
    private final Map<Long, Held> chunked = new HashMap<>();
    private long tailEventBytes;

    /// Chunks that live.
    private record Held(long place, long[] chunkPlaces, int holds) {}

    SpoolStart(
            World world,
            Loop home,
            SpoolSettings settings,
            LiveSource live,
            Survivors survivors,
            Answer<JournalSpool> answer) {
        this.world = world;
        this.home = home;
        this.settings = settings;
        this.live = live;
        this.survivors = survivors;
        this.answer = answer;
        // The start uses it whole, when nothing else takes memory yet; readers of events later half of it at most.
        this.memory = world.memory(
                "spool", Math.max(LEAST_MEMORY, 2L * settings.journal().recordBytes()));
    }

    void begin() {
        home.post(() -> openFolder(0));
    }

    private void openFolder(int number) {
        if (number == settings.folders().size()) {
            recover();
            return;
        }
        Loop contentLane = world.lane("content-" + number);
        var ports = new JournalPorts(
                world.disk(), home, contentLane, world.lane("events-" + number), memory, world.entropy());
        var replay = new FolderReplay(number);
        Journal.open(ports, settings.folders().get(number), settings.journal(), replay, new Answer<>() {
            @Override
            public void ready(Journal journal) {
                folders.add(new SpoolFolder(
                        number, journal, replay.lastKnown(journal.server().toString()), settings.journal()));
                var wrongOrder = replay.wrongOrder(folders.getFirst().identity());
                if (wrongOrder != null) {
                    fail(new IoFailure(IoFailure.Kind.DENIED, wrongOrder));
                } else {
                    openFolder(number + 1);
                }
            }

            @Override
            public void failed(IoFailure why) {
                fail(why);
            }
        });
    }

    private void fail(IoFailure why) {
        closeNext(0, why);
    }

    private void closeNext(int number, IoFailure why) {
        if (number == folders.size()) {
            answer.failed(why);
            return;
        }
        folders.get(number).journal().close(new Answer<>() {
            @Override
            public void ready(Disk.Done done) {
                closeNext(number + 1, why);
            }

            @Override
            public void failed(IoFailure second) {
                LOG.warn("{}: {}", settings.folders().get(number), second.text());
                closeNext(number + 1, why);
            }
        });
    }

    private void recover() {
        try {
            recovery.tell(survivors, new Ground());
        } catch (SpoolException unreadable) {
            fail(new IoFailure(IoFailure.Kind.ERROR, String.valueOf(unreadable.getMessage())));
            return;
        }
        var recovered = new JournalSpool.Recovered(
                recovery.survivingMessages(),
                recovery.survivingRecipients(),
                recovery.owedRecipients(),
                recovery.hasCheckpoint(),
                recovery.settledByReportsOnly(),
                findings);
        // Apart, so that content on its way to slow receivers keeps nobody from reading events.
        Memory reading = world.memory("reading", settings.readingBytes());
        var spool = new JournalSpool(settings, world, home, live, reading, folders, recovery.offsets(), recovered);
        chunked.values().forEach(each -> spool.chunked(each.place(), each.chunkPlaces(), each.holds()));
        spool.eventDurable((int) Math.min(Integer.MAX_VALUE, tailEventBytes));
        answer.ready(spool);
    }

    private void note(String what) {
        findings.add(what);
        LOG.error("damage in the spool: {}", what);
    }

    /// Takes what one folder's journal finds.
    private final class FolderReplay implements Replay {
        private final int number;
        private final List<Recovery.Cut> cuts = new ArrayList<>();
        long lastPosition;

        FolderReplay(int number) {
            this.number = number;
        }

        /// A folder's checkpoint names the folder that was the first when it was written.
        @Nullable
        String wrongOrder(String firstIdentity) {
            if (cuts.isEmpty() || cuts.getFirst().identity().equals(firstIdentity)) {
                return null;
            }
            return settings.folders().get(number) + " was used after "
                    + cuts.getFirst().path() + ", which holds the events; list that one first";
        }

        @Override
        public boolean knows(StreamKind stream, int type, int version) {
            return RecordTypes.areKnown(stream, type, version);
        }

        @Override
        public void checkpoint(ByteBuffer frame) {
            try {
                if (LiveFrame.kind(frame) == LiveFrame.Kinds.FOLDERS) {
                    cuts.addAll(FoldersFrame.read(frame));
                }
                if (number == 0) {
                    recovery.frame(frame);
                }
            } catch (SpoolException unreadable) {
                note(settings.folders().get(number) + ": " + unreadable.getMessage());
            }
        }

        /// The greatest position this folder may have used: the checkpoint's cut bounds what was written before it,
        /// and what came later is met in the tail.
        long lastKnown(String identity) {
            return cuts.stream()
                    .filter(cut -> cut.identity().equals(identity))
                    .mapToLong(cut -> cut.position() - 1)
                    .reduce(lastPosition, Math::max);
        }

        @Override
        public void content(long position, StoredHead head) {
            lastPosition = Math.max(lastPosition, position);
            if (head.type() != RecordTypes.ACCEPTANCE) {
                return;
            }
            try {
                recovery.acceptance(number, position, head.head());
            } catch (SpoolException unreadable) {
                note(at(position) + ": " + unreadable.getMessage());
            }
        }

        private String at(long position) {
            return settings.folders().get(number) + ", " + Position.text(position);
        }

        @Override
        public void event(long position, StoredHead head) {
            if (number != 0) {
                return;
            }
            tailEventBytes += head.headLength();
            try {
                switch (head.type()) {
                    case RecordTypes.RECIPIENT_EVENT -> recovery.recipientEvent(head.head());
                    case RecordTypes.QUEUE_EVENT -> recovery.queueEvent(head.head());
                    case RecordTypes.REPORTED -> recovery.reportedEvent(head.head());
                    case RecordTypes.COMMAND_EVENT -> recovery.commandEvent(head.head());
                    case RecordTypes.READER_OFFSET -> recovery.readerOffset(head.head());
                    default -> {
                        // Marks say nothing, and receipts nothing of what still waits.
                    }
                }
            } catch (SpoolException unreadable) {
                note("event at " + at(position) + ": " + unreadable.getMessage());
            }
        }

        @Override
        public void damaged(Damage damage) {
            if (damage.isLoss()) {
                note(damage.toString());
            } else {
                findings.add(damage.toString());
                LOG.info("spool: {}", damage);
            }
        }
    }

    private final class Ground implements Recovery.Ground {
        @Override
        public boolean retain(long place) {
            return folders.get(Place.folder(place)).journal().retain(Place.local(place));
        }

        @Override
        public int folderOf(String identity) {
            for (SpoolFolder folder : folders) {
                if (folder.identity().equals(identity)) {
                    return folder.number();
                }
            }
            return -1;
        }

        @Override
        public int shardOf(QueueKey queue) {
            return live.shardOf(queue);
        }

        @Override
        public void chunked(long place, long[] chunkPlaces, int holds) {
            // A message may be told in two parts, by the frames of two shards; its chunks are held once.
            Held known = chunked.get(place);
            if (known != null) {
                chunked.put(place, new Held(place, chunkPlaces, known.holds() + holds));
                return;
            }
            for (long chunk : chunkPlaces) {
                if (!retain(chunk)) {
                    lost("a part of the message at " + settings.folders().get(Place.folder(place)) + ", "
                            + Position.text(Place.local(place)));
                }
            }
            chunked.put(place, new Held(place, chunkPlaces, holds));
        }

        @Override
        public void lost(String what) {
            note(what);
        }
    }
}
