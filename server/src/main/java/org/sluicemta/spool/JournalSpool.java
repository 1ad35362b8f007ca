package org.sluicemta.spool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.journal.Damage;
import org.sluicemta.journal.Journal;
import org.sluicemta.journal.Position;
import org.sluicemta.journal.Stream;
import org.sluicemta.mail.MessageId;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;
import org.sluicemta.world.World;

/// The spool over one or more journals.
///
/// **The way of a message.** Encoded on the loop that received it, given to a folder's content stream, durable with its
/// batch; then it has as many holds on its segment as there are shards with recipients of it, and its loop is told: one
/// wake-up for a batch. Each shard gives its hold back with the event that settles its last recipient, when that event
/// is durable. **Events** go to the first folder's event stream, whichever folder the message is in: one order for all
/// readers, one place to remember. Without the first folder nothing is recorded and nothing accepted.
///
/// Owner of housekeeping (checkpoints, stragglers, the end): the home loop. What loops share is published: counters,
/// the journals' own questions, the holds of chunks.
public final class JournalSpool implements Spool {
    private static final Logger LOG = LoggerFactory.getLogger(JournalSpool.class);
    /// Findings kept in words; more are counted.
    private static final int MAX_FINDINGS = 1000;
    /// A folder with less than this share of the free space of the emptiest gets nothing new.
    private static final double FAIR_SHARE = 0.5;

    /// Events wait 3 ms for company and about one for the disk; on a slow disk, for the write that is out and their
    /// own. Later than this something holds the event stream up.
    private static final long LATE_MILLIS = 5;

    private static final long LATE_WRITES = 3;
    private static final long SETTLE_AGAIN_NANOS = 1_000_000;

    private final SpoolSettings settings;
    private final Loop home;
    private final LiveSource live;
    private final long incarnation;
    private final AtomicLong sequence = new AtomicLong();
    private final List<SpoolFolder> folders;
    private final List<LoopSide> sides;
    private final Map<Long, Chunks> chunked = new ConcurrentHashMap<>();
    private final Map<String, ReaderOffset> offsets;
    private final List<String> findings;
    private final Memory reading;
    private final AtomicLong promised = new AtomicLong();
    private final AtomicLong findingCount;
    private final AtomicLong eventBytes = new AtomicLong();
    private final AtomicLong newRecipients = new AtomicLong();
    private final LongAdder acceptedMessages = new LongAdder();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicLong movesUnderWay = new AtomicLong();
    private final Recovered recovered;
    private volatile boolean isStarted;
    private volatile @Nullable IoFailure eventFailure;
    private final CheckpointRound checkpoints;
    private final StragglerRound stragglers;

    /// A large content's chunks live as long as the message does.
    private record Chunks(long[] places, AtomicInteger holds) {}

    /// What a start found.
    ///
    /// @param owedRecipients of `recipients`, those that wait for nothing but their report
    /// @param settledByReports recipients whom the acceptance of their report has settled, and no event so far
    /// @param findings damage, with places
    public record Recovered(
            long messages,
            long recipients,
            long owedRecipients,
            boolean hadCheckpoint,
            List<RecipientId> settledByReports,
            List<String> findings) {
        public Recovered {
            settledByReports = List.copyOf(settledByReports);
            findings = List.copyOf(findings);
        }
    }

    JournalSpool(
            SpoolSettings settings,
            World world,
            Loop home,
            LiveSource live,
            Memory reading,
            List<SpoolFolder> folders,
            Map<String, ReaderOffset> offsets,
            Recovered recovered) {
        this.settings = settings;
        this.home = home;
        this.live = live;
        this.folders = List.copyOf(folders);
        this.offsets = new ConcurrentHashMap<>(offsets);
        this.recovered = recovered;
        this.findings = Collections.synchronizedList(new ArrayList<>(recovered.findings()));
        this.findingCount = new AtomicLong(recovered.findings().size());
        this.reading = reading;
        incarnation = world.entropy().nextLong();
        sides = new ArrayList<>();
        for (Loop loop : world.loops()) {
            var side = new LoopSide(loop, settings.waitingPerLoop());
            side.openReaders(this.folders, reading);
            sides.add(side);
        }
        checkpoints = new CheckpointRound(this, home, live, this.folders, sides);
        stragglers = new StragglerRound(this, home, live, this.folders);
    }

    /// Opens the folders, tells `survivors` what still waits, and answers on `home`. The caller then makes its
    /// followers and calls [#start].
    ///
    /// Fails, with a text for the operator, when a folder cannot be used, or one that has mail is not listed.
    ///
    /// @param home a lane for housekeeping
    /// @param survivors called on `home`, before the answer
    public static void open(
            World world,
            Loop home,
            SpoolSettings settings,
            LiveSource live,
            Survivors survivors,
            Answer<JournalSpool> answer) {
        new SpoolStart(world, home, settings, live, survivors, answer).begin();
    }

    /// From now on space is reused and checkpoints are written. Once, on the home loop, after all followers are made.
    public void start() {
        folders.forEach(folder -> folder.journal().startReuse());
        if (folders.size() > 1 && !recovered.hadCheckpoint()) {
            // Says on disk which folder is the first, before there is mail in the others.
            checkpoints.begin(Quiet.ANSWER);
        }
        stragglers.start();
        isStarted = true;
        checkpoints.found(recovered.recipients());
        if (recovered.recipients() >= notedRecipients()) {
            // How much of it was read from the stream is not known; the next start need not.
            newRecipients.addAndGet(notedRecipients());
            checkpoints.noteNewRecipients();
        }
        eventDurable(0);
        settle(new ArrayDeque<>(recovered.settledByReports()));
    }

    /// Says as events what only the acceptances of reports have said: they go with their reports.
    private void settle(ArrayDeque<RecipientId> reported) {
        while (!reported.isEmpty()) {
            if (!record(new ReportedEvent(reported.element(), home.serverMillis()), -1)) {
                home.alarm(() -> settle(reported)).set(home.nanos() + SETTLE_AGAIN_NANOS);
                return;
            }
            reported.remove();
        }
    }

    /// What the start found.
    public Recovered recovered() {
        return recovered;
    }

    // ---- acceptance

    @Override
    public MessageId nextId() {
        return new MessageId(incarnation, sequence.incrementAndGet());
    }

    @Override
    public @Nullable Refusal refusesNewMail() {
        if (eventFailure != null || folders.getFirst().journal().hasFailed()) {
            return new Refusal("Spool failure, try again later");
        }
        boolean isFull = false;
        for (SpoolFolder folder : folders) {
            if (folder.takesContent()) {
                return null;
            }
            isFull |= folder.isFull();
        }
        return new Refusal(isFull ? "Insufficient system storage" : "Spool is not answering, try again later");
    }

    static String replyText(IoFailure why) {
        return why.kind() == IoFailure.Kind.NO_SPACE
                ? "Insufficient system storage"
                : "Message cannot be stored now, try again later";
    }

    /// The next folder in turn among those that work and have a fair share of the free space.
    private @Nullable SpoolFolder chooseFolder() {
        if (folders.size() == 1) {
            return folders.getFirst();
        }
        long most = 0;
        for (SpoolFolder folder : folders) {
            if (folder.takesContent()) {
                most = Math.max(most, folder.journal().freeBytes());
            }
        }
        int first = turn.getAndIncrement() & Integer.MAX_VALUE;
        for (int i = 0; i < folders.size(); i++) {
            SpoolFolder folder = folders.get((first + i) % folders.size());
            if (folder.takesContent() && folder.journal().freeBytes() >= (long) (most * FAIR_SHARE)) {
                return folder;
            }
        }
        return null;
    }

    LoopSide side(Loop loop) {
        for (LoopSide side : sides) {
            if (side.loop() == loop) {
                return side;
            }
        }
        throw new SpoolException("the spool serves the mail loops of the world only; this is another loop");
    }

    /// Called in a turn of `home`.
    @Override
    public void accept(Loop home, AcceptedMessage message, Content content, Acceptance answer) {
        acceptIn(home, chooseFolder(), message, NO_PLACES, content, answer);
    }

    private static final long[] NO_PLACES = {};

    @Override
    public void acceptChunk(Loop home, MessageId id, int chunk, Slice bytes, Answer<Long> answer) {
        LoopSide side = side(home);
        // All chunks of a message must come into one folder, and only its id is known.
        SpoolFolder folder = folders.get((int) Long.remainderUnsigned(id.sequence(), folders.size()));
        if (!side.mayAsk()) {
            bytes.release();
            home.post(() -> answer.failed(BUSY));
            return;
        }
        var entry = new ChunkEntry(side, folder, ChunkEntry.head(side.writer(), id, chunk), bytes, answer);
        if (!folder.takesContent() || !folder.journal().content().append(entry)) {
            entry.refused(folder.isFull() ? FULL : BUSY);
        }
    }

    @Override
    public void acceptChunked(
            Loop home, AcceptedMessage message, List<Long> chunkPositions, Content rest, Acceptance answer) {
        long[] places = chunkPositions.stream().mapToLong(Long::longValue).toArray();
        SpoolFolder folder = places.length == 0 ? chooseFolder() : folders.get(Place.folder(places[0]));
        acceptIn(home, folder, message, places, rest, answer);
    }

    private static final IoFailure BUSY =
            new IoFailure(IoFailure.Kind.EXHAUSTED, "too many messages wait for the disk");
    private static final IoFailure FULL = new IoFailure(IoFailure.Kind.NO_SPACE, "the spool folders are full");

    private void acceptIn(
            Loop loop,
            @Nullable SpoolFolder folder,
            AcceptedMessage message,
            long[] chunkPlaces,
            Content content,
            Acceptance answer) {
        if (message.recipients().isEmpty()) {
            throw new SpoolException("message " + message.id() + " has no recipients");
        }
        LoopSide side = side(loop);
        String refusal = refusal(message, folder, side);
        if (refusal != null || folder == null) {
            content.release();
            releaseChunks(chunkPlaces);
            String text = refusal == null ? "Insufficient system storage" : refusal;
            loop.post(() -> answer.refused(text));
            return;
        }
        byte[] head = AcceptanceEncoding.encode(side.writer(), message, localOf(chunkPlaces));
        Slice body = JoinedSlice.of(content.slices());
        var entry = new AcceptanceEntry(
                this, side, folder, head, body, message, content, chunkPlaces, holds(message), answer);
        if (!folder.takesContent() || !folder.journal().content().append(entry)) {
            entry.refused(folder.isFull() ? FULL : BUSY);
        } else {
            answer.taken();
        }
    }

    private @Nullable String refusal(AcceptedMessage message, @Nullable SpoolFolder folder, LoopSide side) {
        if (message.recipients().size() > settings.maxRecipients()) {
            return "Too many recipients";
        }
        if (folder == null || eventFailure != null) {
            Refusal whole = refusesNewMail();
            return whole == null ? replyText(FULL) : whole.text();
        }
        return side.mayAsk() ? null : replyText(BUSY);
    }

    private static long[] localOf(long[] places) {
        if (places.length == 0) {
            return places;
        }
        long[] local = new long[places.length];
        for (int i = 0; i < local.length; i++) {
            if (Place.folder(places[i]) != Place.folder(places[0])) {
                throw new SpoolException("chunks of one message stand in two folders");
            }
            local[i] = Place.local(places[i]);
        }
        return local;
    }

    /// How many shards will hold the message.
    private int holds(AcceptedMessage message) {
        List<AcceptedRecipient> recipients = message.recipients();
        if (recipients.size() == 1) {
            return 1;
        }
        if (live.shards() > Long.SIZE) {
            return (int) recipients.stream()
                    .mapToInt(each -> live.shardOf(each.queue()))
                    .distinct()
                    .count();
        }
        long shards = 0;
        for (int i = 0; i < recipients.size(); i++) {
            shards |= 1L << live.shardOf(recipients.get(i).queue());
        }
        return Long.bitCount(shards);
    }

    // ---- told by entries, on the lanes

    void holdMore(SpoolFolder folder, long position, int more) {
        for (int i = 0; i < more; i++) {
            if (!folder.journal().retain(position)) {
                throw new SpoolException(where(Place.of(folder.number(), position)) + ": durable, and not there");
            }
        }
    }

    void acceptedRecipients(int count) {
        acceptedMessages.increment();
        long all = newRecipients.addAndGet(count);
        if (!isStarted) {
            return;
        }
        long due = dueRecipients();
        long noted = due / NOTED_PART;
        if (all >= due) {
            checkpoints.wanted();
        } else if (all >= noted && all - count < noted) {
            checkpoints.noteNewRecipients();
        }
    }

    /// So many new recipients make a checkpoint due.
    private long dueRecipients() {
        return Math.max(settings.checkpointAfterRecipients(), checkpoints.dueAfterRecipients());
    }

    private static final int NOTED_PART = 10;

    long newRecipients() {
        return newRecipients.get();
    }

    /// So many new recipients are worth a checkpoint when nothing comes any more.
    long notedRecipients() {
        return dueRecipients() / NOTED_PART;
    }

    void chunked(long place, long[] chunkPlaces, int holds) {
        chunked.merge(place, new Chunks(chunkPlaces, new AtomicInteger(holds)), (there, more) -> {
            there.holds().addAndGet(more.holds().get());
            return there;
        });
    }

    long[] chunksOf(long place) {
        Chunks of = chunked.get(place);
        return of == null ? NO_PLACES : of.places();
    }

    /// The messages with a chunk whose place is from `from` up to but not including `to`.
    List<Long> withChunksIn(long from, long to) {
        return chunked.entrySet().stream()
                .filter(each -> java.util.Arrays.stream(each.getValue().places())
                        .anyMatch(place -> place >= from && place < to))
                .map(Map.Entry::getKey)
                .toList();
    }

    void releaseChunks(long[] places) {
        for (long place : places) {
            folders.get(Place.folder(place)).journal().release(Place.local(place));
        }
    }

    void eventDurable(int bytes) {
        if (eventBytes.addAndGet(bytes) >= settings.checkpointAfterEventBytes() && isStarted) {
            checkpoints.wanted();
        }
    }

    void eventRefused(IoFailure why) {
        if (eventFailure == null) {
            eventFailure = why;
            LOG.error(
                    "events cannot be written any more, no mail is taken until a restart: {}: {}",
                    folders.getFirst().journal().folder(),
                    why.text());
        }
    }

    /// Whether an event was lost, so that what the shards hold is ahead of what can be proved: from then on no
    /// checkpoint may say what they hold, and no content may go, until a start has found again what the
    /// lost events settled.
    boolean hasLostEvents() {
        return eventFailure != null;
    }

    @Override
    public boolean hold(long place) {
        if (!folders.get(Place.folder(place)).journal().retain(Place.local(place))) {
            return false;
        }
        Chunks of = chunked.get(place);
        if (of != null) {
            of.holds().incrementAndGet();
        }
        return true;
    }

    /// One hold fewer.
    void release(long place) {
        folders.get(Place.folder(place)).journal().release(Place.local(place));
        if (!chunked.isEmpty()) {
            Chunks of = chunked.get(place);
            if (of != null && of.holds().decrementAndGet() == 0) {
                chunked.remove(place);
                releaseChunks(of.places());
            }
        }
    }

    // ---- events

    private static final ThreadLocal<RecordWriter> EVENT_WRITER = ThreadLocal.withInitial(() -> new RecordWriter(2048));

    @Override
    public boolean record(RecipientEvent event, long releasePosition) {
        return append(
                RecordTypes.RECIPIENT_EVENT,
                EventEncoding.encode(EVENT_WRITER.get(), event),
                releasePosition,
                null,
                event.atMillis());
    }

    @Override
    public boolean record(QueueEvent event) {
        return append(
                RecordTypes.QUEUE_EVENT, EventEncoding.encode(EVENT_WRITER.get(), event), -1, null, event.atMillis());
    }

    @Override
    public boolean record(CommandEvent event) {
        return append(
                RecordTypes.COMMAND_EVENT, EventEncoding.encode(EVENT_WRITER.get(), event), -1, null, event.atMillis());
    }

    @Override
    public boolean record(ReportedEvent event, long releasePosition) {
        return append(
                RecordTypes.REPORTED,
                EventEncoding.encode(EVENT_WRITER.get(), event),
                releasePosition,
                null,
                event.atMillis());
    }

    @Override
    public boolean record(ReceiptEvent event, Runnable settled) {
        byte[] head = EventEncoding.encode(EVENT_WRITER.get(), event);
        return folders.getFirst()
                .journal()
                .events()
                .append(new EventEntry(RecordTypes.RECEIPT_EVENT, head, this, -1, settled, settled), event.atMillis());
    }

    @Override
    public boolean takesEvents() {
        return eventFailure == null && !folders.getFirst().journal().hasFailed();
    }

    @Override
    public boolean isLate(long nowMillis) {
        Stream events = folders.getFirst().journal().events();
        long unsynced = events.unsyncedMillis(nowMillis);
        return unsynced > LATE_MILLIS && unsynced > LATE_WRITES * events.usualWriteNanos() / 1_000_000;
    }

    @Override
    public boolean giveBack(long position) {
        return append(RecordTypes.MARK, MARK, position, null);
    }

    private static final byte[] MARK = {EventEncoding.VERSION};

    /// Runs `then` on the event lane when everything recorded so far is durable.
    boolean afterEvents(Runnable then) {
        return append(RecordTypes.MARK, MARK, -1, then);
    }

    private boolean append(int type, byte[] head, long releasePlace, @Nullable Runnable then, long nowMillis) {
        return folders.getFirst()
                .journal()
                .events()
                .append(new EventEntry(type, head, this, releasePlace, then), nowMillis);
    }

    private boolean append(int type, byte[] head, long releasePlace, @Nullable Runnable then) {
        return folders.getFirst().journal().events().append(new EventEntry(type, head, this, releasePlace, then));
    }

    // ---- readers of events

    /// A follower with a place of its own. On the home loop, before [#start]; it belongs to `loop`.
    ///
    /// @param reader its name for life
    public EventFollower follow(String reader, Loop loop) {
        return follow(reader, loop, EventFollower.Wish.EVERYTHING);
    }

    /// The same for a reader that is given some events only; it passes the others without reading them.
    public EventFollower follow(String reader, Loop loop, EventFollower.Wish wish) {
        long after = offset(reader).position();
        return new EventFollower(
                folders.getFirst().journal().follower(reader, loop, after, this::found), this::found, wish);
    }

    /// A fresh follower in the place of `old`, from the place that is durable; `made` runs on `loop`. For a reader
    /// whose output broke and that begins again. From any thread.
    public void followAnew(EventFollower old, String reader, Loop loop, Consumer<EventFollower> made) {
        home.post(() -> {
            EventFollower fresh = follow(reader, loop);
            folders.getFirst().journal().remove(old.follower());
            loop.post(() -> made.accept(fresh));
        });
    }

    /// How far a reader has come for good; from the beginning for one that is not known.
    public ReaderOffset offset(String reader) {
        return offsets.getOrDefault(reader, new ReaderOffset(reader, Position.NONE, "", 0));
    }

    /// Makes a reader's place durable; `done` runs on `loop`.
    ///
    /// @return false when the event stream's mailbox is full: try again later
    public boolean record(ReaderOffset offset, Loop loop, Runnable done) {
        return append(RecordTypes.READER_OFFSET, EventEncoding.encode(EVENT_WRITER.get(), offset), -1, () -> {
            offsets.put(offset.reader(), offset);
            loop.post(done);
        });
    }

    /// Whether an event was recorded since this start: then a reader that has it has seen all that is older.
    public boolean isOfThisRun(long eventPosition) {
        return folders.getFirst().journal().isOfThisRun(eventPosition);
    }

    List<ReaderOffset> offsets() {
        return List.copyOf(offsets.values());
    }

    // ---- reading back

    @Override
    public long largestMessageBytes() {
        return settings.readingBytes() / 2;
    }

    @Override
    public void read(Loop home, long position, Answer<StoredMessage> answer) {
        read(side(home), position, new Answer<>() {
            @Override
            public void ready(MessageReading.Read read) {
                answer.ready(new StoredMessage(read.message(), position, read.content()));
            }

            @Override
            public void failed(IoFailure why) {
                answer.failed(why);
            }
        });
    }

    /// Promises memory to a message that is read in parts, all of it before the first part: of several
    /// messages that have a part each, none would come to its end. From any loop.
    ///
    /// @return false when there is too little; else the promise stands until [#readingEnded]
    boolean mayRead(long bytes) {
        if (reading.usedBytes() + promised.addAndGet(bytes) <= reading.limitBytes()) {
            return true;
        }
        promised.addAndGet(-bytes);
        return false;
    }

    void readingEnded(long bytes) {
        promised.addAndGet(-bytes);
    }

    private void read(LoopSide side, long place, Answer<MessageReading.Read> answer) {
        new MessageReading(this, side.reader(Place.folder(place)), place, answer).start();
    }

    @Override
    public void move(Loop home, long position, Answer<Long> answer) {
        movesUnderWay.incrementAndGet();
        new MessageMove(this, side(home), folders.get(Place.folder(position)), position, new Answer<>() {
                    @Override
                    public void ready(Long moved) {
                        movesUnderWay.decrementAndGet();
                        answer.ready(moved);
                    }

                    @Override
                    public void failed(IoFailure why) {
                        movesUnderWay.decrementAndGet();
                        answer.failed(why);
                    }
                })
                .start();
    }

    long movesUnderWay() {
        return movesUnderWay.get();
    }

    // ---- how it does

    /// `folder, segment n, offset m`.
    String where(long place) {
        return folders.get(Place.folder(place)).journal().folder() + ", " + Position.text(Place.local(place));
    }

    void found(Damage damage) {
        found(damage.toString(), damage.isLoss());
    }

    void found(String what) {
        found(what, true);
    }

    private void found(String what, boolean isLoss) {
        findingCount.incrementAndGet();
        if (findings.size() < MAX_FINDINGS) {
            findings.add(what);
        }
        if (isLoss) {
            LOG.error("damage in the spool: {}", what);
        } else {
            LOG.warn("spool: {}", what);
        }
    }

    /// What was found damaged since the start, with places; the first thousand.
    public List<String> findings() {
        synchronized (findings) {
            return List.copyOf(findings);
        }
    }

    /// @param reader its name for life
    /// @param bytes of events that are kept for it
    public record ReaderBehind(String reader, long bytes) {}

    /// How far each reader of events is behind; what is kept for one that stands still grows without a bound of its
    /// own. Safe from any thread.
    public List<ReaderBehind> readersBehind() {
        return folders.getFirst().journal().followersBehind().stream()
                .map(each -> new ReaderBehind(each.follower(), each.bytes()))
                .toList();
    }

    @Override
    public SpoolFacts facts() {
        int suspect = 0;
        int failed = 0;
        long free = 0;
        int used = 0;
        int spare = 0;
        Written content = Written.NOTHING;
        Written events = Written.NOTHING;
        for (SpoolFolder folder : folders) {
            suspect += folder.journal().isSuspect() ? 1 : 0;
            failed += folder.journal().hasFailed() ? 1 : 0;
            free += folder.journal().freeBytes();
            used += folder.journal().usedFiles();
            spare += folder.journal().spareFiles();
            content = content.plus(folder.journal().content());
            events = events.plus(folder.journal().events());
        }
        return new SpoolFacts(
                folders.size(),
                suspect,
                failed,
                free,
                acceptedMessages.sum(),
                checkpoints.written(),
                findingCount.get(),
                used,
                spare,
                content,
                events);
    }

    /// Writes a checkpoint now. Answers on the home loop; fails when one is being written or cannot be.
    public void checkpoint(Answer<Disk.Done> answer) {
        home.post(() -> checkpoints.begin(answer));
    }

    /// What has gathered is covered by a checkpoint begun now.
    void checkpointBegins() {
        eventBytes.set(0);
        newRecipients.set(0);
    }

    /// Takes no more, writes what waits, lets go of the folders. Answers on the home loop.
    public void close(Answer<Disk.Done> answer) {
        home.post(() -> {
            stragglers.stop();
            checkpoints.stop();
            closeNext(0, answer);
        });
    }

    private void closeNext(int number, Answer<Disk.Done> answer) {
        if (number == folders.size()) {
            answer.ready(Disk.Done.DONE);
            return;
        }
        Journal journal = folders.get(number).journal();
        journal.close(new Answer<>() {
            @Override
            public void ready(Disk.Done done) {
                closeNext(number + 1, answer);
            }

            @Override
            public void failed(IoFailure why) {
                found(journal.folder() + ": " + why.text());
                closeNext(number + 1, answer);
            }
        });
    }

    /// For what nobody waits for; failures are told where they happen.
    private enum Quiet implements Answer<Disk.Done> {
        ANSWER;

        @Override
        public void ready(Disk.Done done) {}

        @Override
        public void failed(IoFailure why) {
            LOG.warn("spool: no checkpoint at the start: {}", why.text());
        }
    }
}
