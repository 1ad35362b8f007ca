package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// The way from what is on disk to the recipients that still wait. Owner: the spool's home loop, at start.
///
/// **Three sources**: the frames of a checkpoint (what lived while it was written), the acceptances since, the events
/// since. They overlap, and each may speak of what another settled:
/// - An event applies once: settled beats report owed, that beats deferred, and of two deferrals the one with the
///   higher attempt stands. So events may be repeated and may come in any order.
/// - The checkpoint names its **cut**: a place in each content stream, noted when every message before it stood in the
///   shards' tables and after the place from which events are replayed was noted. An acceptance before the cut lives
///   only if a frame says so; one behind it is told by itself and frames about it are passed over: all its events are
///   in the tail.
/// - A copy moves a message. It says where the original stood: behind the cut it stands for the original, whose segment
///   may be gone by now; before it, it only moves what a frame tells.
///
/// **Memory.** Frames are kept as they are, about 28 bytes a recipient; only what the tails speak of is in tables. Ten
/// million waiting recipients cost 300 MB for as long as the start lasts, and no objects.
final class Recovery {
    private static final byte DEFERRED = 1;
    private static final byte OWED = 2;
    private static final byte SETTLED = 3;
    private static final long[] NO_CHUNKS = {};

    /// Who knows the folders of this start.
    interface Ground {
        /// Marks a content record as live, once for each hold.
        ///
        /// @return false when it is gone
        boolean retain(long place);

        /// This start's number of the folder with this identity, or -1 when it is not among them.
        int folderOf(String identity);

        /// Which shard holds a queue.
        int shardOf(QueueKey queue);

        /// A message with chunks lives, with so many holds.
        void chunked(long place, long[] chunkPlaces, int holds);

        /// What is gone, for a person.
        void lost(String what);
    }

    private final List<byte[]> frames = new ArrayList<>();
    private final Map<String, QueueKey> queueNames = new HashMap<>();
    private final Map<QueueKey, Integer> queueNumbers = new HashMap<>();
    private final List<QueueKey> queues = new ArrayList<>();
    private final Map<String, QueueEvent> queueStates = new LinkedHashMap<>();
    private final Map<String, CommandEvent.JobPaused> pausedJobs = new LinkedHashMap<>();
    private final Map<String, String> jobNames = new HashMap<>();
    private final Map<String, ReaderOffset> offsets = new HashMap<>();
    private final List<Cut> cuts = new ArrayList<>();
    private boolean hasCheckpoint;

    /// @param identity of the folder
    /// @param position in its content stream
    record Cut(String identity, String path, long position) {}

    // Acceptances of the tails, by message.
    private final IdTable messages = new IdTable();
    private long[] places = new long[512];
    private long[] originals = new long[512];
    private long[] queuedMillis = new long[512];
    private long[] sizes = new long[512];
    private int[] firstRecipients = new int[512];
    private int[] recipientCounts = new int[512];
    private final Map<Integer, long[]> chunks = new HashMap<>();
    private int[] recipientQueues = new int[512];
    private byte[] recipientPriorities = new byte[512];
    private long[] recipientNotBefore = new long[512];
    private String[] recipientJobs = new String[512];
    private int recipientCount;

    // Events of the tail, by recipient.
    private final IdTable events = new IdTable();
    private byte[] states = new byte[512];
    private int[] attempts = new int[512];
    private long[] dues = new long[512];
    private int[] eventQueues = new int[512];
    /// One more than the priority that was set; 0 for none.
    private byte[] eventPriorities = new byte[512];

    private final Set<RecipientId> settledByReports = new LinkedHashSet<>();
    private final Set<RecipientId> settledByEvents = new HashSet<>();

    private long survivingMessages;
    private long survivingRecipients;
    private long owedRecipients;

    // ---- what is read

    /// A frame of the checkpoint; copied.
    void frame(ByteBuffer frame) {
        hasCheckpoint = true;
        int kind = LiveFrame.kind(frame);
        switch (kind) {
            case LiveFrame.Kinds.MESSAGES -> {
                byte[] copy = new byte[frame.remaining()];
                frame.duplicate().get(copy);
                frames.add(copy);
            }
            case LiveFrame.Kinds.QUEUE -> queueState(EventEncoding.queueEvent(LiveFrame.record(frame)));
            case LiveFrame.Kinds.READER -> offset(EventEncoding.readerOffset(LiveFrame.record(frame)));
            case LiveFrame.Kinds.COMMAND -> command(EventEncoding.commandEvent(LiveFrame.record(frame)));
            case LiveFrame.Kinds.FOLDERS -> cuts.addAll(FoldersFrame.read(frame));
            default -> throw new SpoolException("checkpoint frame: kind " + kind + " is unknown");
        }
    }

    boolean hasCheckpoint() {
        return hasCheckpoint;
    }

    List<Cut> cuts() {
        return cuts;
    }

    /// An acceptance, or a copy of one, of a content stream.
    void acceptance(int folder, long position, ByteBuffer bytes) {
        var head = new AcceptanceHead(bytes);
        MessageId id = head.id();
        head.reported().forEach(recipient -> {
            reported(recipient);
            settledByReports.add(recipient);
        });
        long place = Place.of(folder, position);
        long origin = head.originalPosition();
        int known = messages.find(id.incarnation(), id.sequence(), 0);
        if (known != IdTable.NONE) {
            long original = origin == 0 ? position : origin;
            boolean isSameFolder = Place.folder(place) == Place.folder(places[known]);
            if (isSameFolder) {
                originals[known] = Math.min(originals[known], original);
            }
            if (place > places[known]) {
                // A report that was refused by one folder and taken by another has a record in both.
                originals[known] = isSameFolder ? originals[known] : original;
                places[known] = place;
                putChunks(known, head.chunkPositions());
            }
            return;
        }
        int number = messages.add(id.incarnation(), id.sequence(), 0);
        growMessages(number);
        places[number] = place;
        originals[number] = origin == 0 ? position : origin;
        queuedMillis[number] = head.queuedMillis();
        sizes[number] = head.sizeBytes();
        firstRecipients[number] = recipientCount;
        recipientCounts[number] = head.recipientCount();
        putChunks(number, head.chunkPositions());
        for (int n = 0; n < head.recipientCount(); n++) {
            var start = head.place(n);
            growRecipients();
            recipientQueues[recipientCount] = queueNumber(start.queue());
            recipientPriorities[recipientCount] = (byte) start.priority();
            recipientNotBefore[recipientCount] = start.notBeforeMillis();
            recipientJobs[recipientCount] = canonical(start.jobId());
            recipientCount++;
        }
    }

    private void putChunks(int number, long[] positions) {
        if (positions.length > 0) {
            chunks.put(number, positions);
        }
    }

    void recipientEvent(ByteBuffer bytes) {
        var event = EventEncoding.standing(bytes);
        int before = events.size();
        int number = events.add(event.incarnation(), event.sequence(), event.index());
        if (number == before) {
            growEvents(number);
        }
        byte state = event.isSettled() ? SETTLED : event.what() == RecipientEvent.What.DEFERRED ? DEFERRED : OWED;
        boolean isNews = state > states[number] || state == states[number] && event.attempt() > attempts[number];
        if (isNews) {
            states[number] = state;
            attempts[number] = Math.max(attempts[number], event.attempt());
            dues[number] = event.dueMillis();
            eventQueues[number] = queueNumber(event.queue());
        }
    }

    void reportedEvent(ByteBuffer bytes) {
        RecipientId recipient = EventEncoding.reportedEvent(bytes).recipient();
        reported(recipient);
        settledByEvents.add(recipient);
    }

    /// Recipients whom the acceptance of their report has settled, and no event. That acceptance goes with its report.
    List<RecipientId> settledByReportsOnly() {
        return settledByReports.stream()
                .filter(each -> !settledByEvents.contains(each))
                .toList();
    }

    private void reported(RecipientId recipient) {
        int before = events.size();
        int number = events.add(
                recipient.message().incarnation(), recipient.message().sequence(), recipient.index());
        if (number == before) {
            growEvents(number);
        }
        states[number] = SETTLED;
    }

    void queueEvent(ByteBuffer bytes) {
        queueState(EventEncoding.queueEvent(bytes));
    }

    void commandEvent(ByteBuffer bytes) {
        command(EventEncoding.commandEvent(bytes));
    }

    /// The last one holds: what a checkpoint tells comes before the tail.
    private void command(CommandEvent event) {
        switch (event) {
            case CommandEvent.JobPaused paused -> {
                if (paused.isPaused()) {
                    pausedJobs.put(paused.job(), paused);
                } else {
                    pausedJobs.remove(paused.job());
                }
            }
            case CommandEvent.PrioritySet set -> {
                for (RecipientId each : set.recipients()) {
                    int before = events.size();
                    int number = events.add(
                            each.message().incarnation(), each.message().sequence(), each.index());
                    if (number == before) {
                        growEvents(number);
                    }
                    eventPriorities[number] = (byte) (set.priority() + 1);
                }
            }
        }
    }

    void readerOffset(ByteBuffer bytes) {
        offset(EventEncoding.readerOffset(bytes));
    }

    /// What is remembered of a queue: the last of each kind; of its sources the last of each. The last is the one
    /// that stands last: what a checkpoint tells comes before the tail, and a clock may have been set back between
    /// the two.
    private void queueState(QueueEvent event) {
        String key = event.getClass().getSimpleName() + " " + event.queue();
        if (event instanceof QueueEvent.SourceChanged source) {
            key += " " + source.address();
        }
        queueStates.put(key, event);
    }

    private void offset(ReaderOffset offset) {
        offsets.merge(offset.reader(), offset, (a, b) -> a.position() > b.position() ? a : b);
    }

    Map<String, ReaderOffset> offsets() {
        return offsets;
    }

    // ---- what is told

    /// Tells what still waits, queues first.
    ///
    /// @throws SpoolException when a frame cannot be read, or a folder that had mail is not among those of this
    /// start
    void tell(Survivors survivors, Ground ground) {
        queueStates.values().forEach(survivors::queue);
        pausedJobs.values().forEach(survivors::job);
        int[] folders = new int[cuts.size()];
        long[] cutPlaces = new long[Place.MAX_FOLDERS];
        for (int i = 0; i < folders.length; i++) {
            folders[i] = ground.folderOf(cuts.get(i).identity());
            if (folders[i] >= 0) {
                cutPlaces[folders[i]] = cuts.get(i).position();
            }
        }
        var merging = new Merging(survivors, ground, folders, cutPlaces);
        for (byte[] frame : frames) {
            LiveFrame.messages(ByteBuffer.wrap(frame), merging);
        }
        frames.clear();
        for (int number = 0; number < messages.size(); number++) {
            if (isToldByItself(number, cutPlaces)) {
                tellMessage(number, survivors, ground);
            }
        }
    }

    long survivingMessages() {
        return survivingMessages;
    }

    long survivingRecipients() {
        return survivingRecipients;
    }

    long owedRecipients() {
        return owedRecipients;
    }

    private boolean isToldByItself(int number, long[] cutPlaces) {
        return originals[number] >= cutPlaces[Place.folder(places[number])];
    }

    private void tellMessage(int number, Survivors survivors, Ground ground) {
        List<Survivors.LiveRecipient> live = new ArrayList<>();
        for (int index = 0; index < recipientCounts[number]; index++) {
            int slot = firstRecipients[number] + index;
            addIfLive(
                    live,
                    messages.incarnation(number),
                    messages.sequence(number),
                    index,
                    queues.get(recipientQueues[slot]),
                    0,
                    recipientNotBefore[slot],
                    recipientPriorities[slot],
                    false,
                    recipientJobs[slot]);
        }
        var id = new MessageId(messages.incarnation(number), messages.sequence(number));
        tell(
                id,
                places[number],
                queuedMillis[number],
                sizes[number],
                chunks.getOrDefault(number, NO_CHUNKS),
                live,
                survivors,
                ground);
    }

    /// Adds a recipient as the events of the tail left it, or not at all.
    private void addIfLive(
            List<Survivors.LiveRecipient> live,
            long incarnation,
            long sequence,
            int index,
            QueueKey queue,
            int attemptsThen,
            long dueThen,
            int priority,
            boolean wasOwed,
            String jobId) {
        int event = events.find(incarnation, sequence, index);
        byte state = event == IdTable.NONE ? 0 : states[event];
        if (state == SETTLED) {
            return;
        }
        boolean isNewer = state != 0 && attempts[event] > attemptsThen;
        int prioritySet = event == IdTable.NONE ? 0 : eventPriorities[event] & 0xff;
        boolean isDeferred = isNewer && state == DEFERRED && !wasOwed;
        live.add(new Survivors.LiveRecipient(
                index,
                isDeferred ? queues.get(eventQueues[event]) : queue,
                isNewer ? attempts[event] : attemptsThen,
                isDeferred ? dues[event] : dueThen,
                prioritySet > 0 ? prioritySet - 1 : priority,
                wasOwed || state == OWED,
                jobId));
    }

    private void tell(
            MessageId id,
            long place,
            long queued,
            long size,
            long[] chunkPositions,
            List<Survivors.LiveRecipient> live,
            Survivors survivors,
            Ground ground) {
        if (live.isEmpty()) {
            return;
        }
        int holds = holds(live, ground);
        for (int i = 0; i < holds; i++) {
            if (!ground.retain(place)) {
                ground.lost("message " + id + " with " + live.size()
                        + " waiting recipients: its segment is gone from the spool folder");
                return;
            }
        }
        if (chunkPositions.length > 0) {
            ground.chunked(place, ofFolder(Place.folder(place), chunkPositions), holds);
        }
        survivingMessages++;
        survivingRecipients += live.size();
        owedRecipients +=
                live.stream().filter(Survivors.LiveRecipient::isReportOwed).count();
        survivors.message(id, place, queued, size, live);
    }

    private static int holds(List<Survivors.LiveRecipient> live, Ground ground) {
        if (live.size() == 1) {
            return 1;
        }
        return (int) live.stream()
                .mapToInt(each -> ground.shardOf(each.queue()))
                .distinct()
                .count();
    }

    static long[] ofFolder(int folder, long[] positions) {
        return Arrays.stream(positions)
                .map(position -> Place.of(folder, position))
                .toArray();
    }

    /// Goes through the frames and tells each message as the tails left it.
    private final class Merging implements LiveFrame.Sink {
        private final Survivors survivors;
        private final Ground ground;
        private final int[] folders;
        private final long[] cutPlaces;
        private List<Survivors.LiveRecipient> live = new ArrayList<>();
        private @Nullable MessageId id;
        private long place;
        private long queued;
        private long size;
        private long[] chunkPositions = NO_CHUNKS;

        Merging(Survivors survivors, Ground ground, int[] folders, long[] cutPlaces) {
            this.survivors = survivors;
            this.ground = ground;
            this.folders = folders;
            this.cutPlaces = cutPlaces;
        }

        @Override
        public boolean message(
                long incarnation, long sequence, long framePlace, long queuedAt, long sizeBytes, long[] chunksThen) {
            id = null;
            int then = Place.folder(framePlace);
            int now = then < folders.length ? folders[then] : -1;
            if (now < 0) {
                throw new SpoolException("the checkpoint knows mail in the spool folder "
                        + (then < cuts.size() ? cuts.get(then).path() : "number " + then)
                        + ", which is not configured; list it again");
            }
            place = Place.of(now, Place.local(framePlace));
            chunkPositions = chunksThen;
            int tail = messages.find(incarnation, sequence, 0);
            if (tail != IdTable.NONE) {
                if (isToldByItself(tail, cutPlaces)) {
                    return false;
                }
                if (Place.folder(places[tail]) == now && places[tail] > place) {
                    place = places[tail];
                    chunkPositions = chunks.getOrDefault(tail, NO_CHUNKS);
                }
            }
            id = new MessageId(incarnation, sequence);
            queued = queuedAt;
            size = sizeBytes;
            live = new ArrayList<>();
            return true;
        }

        @Override
        public void recipient(
                int index,
                QueueKey queue,
                int attemptsThen,
                long dueMillis,
                int priority,
                boolean isReportOwed,
                String jobId) {
            MessageId of = id;
            if (of != null) {
                addIfLive(
                        live,
                        of.incarnation(),
                        of.sequence(),
                        index,
                        canonical(queue),
                        attemptsThen,
                        dueMillis,
                        priority,
                        isReportOwed,
                        canonical(jobId));
            }
        }

        @Override
        public void end() {
            if (id != null) {
                tell(id, place, queued, size, chunkPositions, live, survivors, ground);
            }
        }
    }

    // ---- tables

    private QueueKey canonical(QueueKey queue) {
        return queues.get(queueNumber(queue));
    }

    /// Equal names share one text: recipients of one job are many.
    private String canonical(String job) {
        return job.isEmpty() ? "" : jobNames.computeIfAbsent(job, name -> name);
    }

    private int queueNumber(QueueKey queue) {
        Integer known = queueNumbers.get(queue);
        if (known != null) {
            return known;
        }
        // Equal names share one text: queues of one virtual MTA are many.
        var kept = new QueueKey(
                queue.domain(),
                queueNames.computeIfAbsent(queue.virtualMta(), name -> queue).virtualMta());
        queues.add(kept);
        queueNumbers.put(kept, queues.size() - 1);
        return queues.size() - 1;
    }

    private void growMessages(int number) {
        if (number == places.length) {
            int more = number + (number >> 1);
            places = Arrays.copyOf(places, more);
            originals = Arrays.copyOf(originals, more);
            queuedMillis = Arrays.copyOf(queuedMillis, more);
            sizes = Arrays.copyOf(sizes, more);
            firstRecipients = Arrays.copyOf(firstRecipients, more);
            recipientCounts = Arrays.copyOf(recipientCounts, more);
        }
    }

    private void growRecipients() {
        if (recipientCount == recipientQueues.length) {
            int more = recipientCount + (recipientCount >> 1);
            recipientQueues = Arrays.copyOf(recipientQueues, more);
            recipientPriorities = Arrays.copyOf(recipientPriorities, more);
            recipientNotBefore = Arrays.copyOf(recipientNotBefore, more);
            recipientJobs = Arrays.copyOf(recipientJobs, more);
        }
    }

    private void growEvents(int number) {
        if (number == states.length) {
            int more = number + (number >> 1);
            states = Arrays.copyOf(states, more);
            attempts = Arrays.copyOf(attempts, more);
            dues = Arrays.copyOf(dues, more);
            eventQueues = Arrays.copyOf(eventQueues, more);
            eventPriorities = Arrays.copyOf(eventPriorities, more);
        }
    }

    /// Readers that are remembered, for the next checkpoint.
    void eachOffset(Consumer<ReaderOffset> to) {
        offsets.values().forEach(to);
    }
}
