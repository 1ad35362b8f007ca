package org.sluicemta.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;

class JournalSpoolTest {
    private static final QueueKey QUEUE = new QueueKey("example.net", "mta1");

    @Test
    void anAcceptedMessageKeepsItsContentInMemoryForWhoeverDeliversIt() {
        var house = booted(1);
        byte[] bytes = bytes(3000);
        var content = HeapContent.of(bytes, 2);

        StoredMessage stored = accept(house, content, List.of(QUEUE)).stored();

        assertThat(stored.content()).isSameAs(content);
        assertThat(HeapContent.bytes(stored.content())).isEqualTo(bytes);
        assertThat(((HeapContent) content.slices().getFirst()).holders()).isEqualTo(1);
    }

    @Test
    void idsAreNeverTheSameAgainAfterARestart() {
        var house = booted(1);
        MessageId first = house.spool().nextId();
        house.world().kill();
        house.boot();

        assertThat(house.spool().nextId().incarnation()).isNotEqualTo(first.incarnation());
    }

    @Test
    void aMessageOfTooManyRecipientsIsRefusedAndItsContentLetGo() {
        var house = booted(1);
        var content = HeapContent.of(bytes(10), 1);

        var answer = accept(house, content, Collections.nCopies(1001, QUEUE));

        assertThat(answer.refusal).isEqualTo("Too many recipients");
        assertThat(((HeapContent) content.slices().getFirst()).holders()).isZero();
    }

    @Test
    void aFullDiskRefusesNewMailAndStillTakesEvents() {
        var house = booted(1);
        accept(house, HeapContent.of(bytes(3000), 1), List.of(QUEUE));
        house.host().disk().capacity(house.host().disk().usedBytes());
        var last = new Answered();
        for (int i = 0; i < 40 && last.refusal == null; i++) {
            last = accept(house, HeapContent.of(bytes(6000), 1), List.of(QUEUE));
        }

        house.universe().advance(Duration.ofSeconds(2));

        assertThat(last.refusal).isEqualTo("Insufficient system storage");
        assertThat(house.spool().refusesNewMail()).isEqualTo(new Spool.Refusal("Insufficient system storage"));
        assertThat(house.spool().record(RecordSamples.fixedEvent(), -1)).isTrue();
    }

    @Test
    void whenSpaceIsBackSoIsTheMail() {
        var house = booted(1);
        house.host().disk().capacity(house.host().disk().usedBytes());
        var last = new Answered();
        for (int i = 0; i < 60 && last.refusal == null; i++) {
            last = accept(house, HeapContent.of(bytes(6000), 1), List.of(QUEUE));
        }
        house.universe().advance(Duration.ofSeconds(2));
        assertThat(last.refusal).isNotNull();

        house.host().disk().capacity(Long.MAX_VALUE);
        house.universe().advance(Duration.ofSeconds(5));

        assertThat(house.spool().refusesNewMail()).isNull();
        accept(house, HeapContent.of(bytes(6000), 1), List.of(QUEUE)).stored();
    }

    @Test
    void aFlippedBitLosesOneMessageWithItsPlaceAndTheRestGoesOn() {
        var house = booted(1);
        List<StoredMessage> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(accept(house, HeapContent.of(bytes(3000), 1), List.of(QUEUE))
                    .stored());
        }
        StoredMessage hit = all.get(2);
        long offset = org.sluicemta.journal.Position.offset(Place.local(hit.position()));
        Path segment = house.host().disk().files().stream()
                .filter(path -> path.getFileName().toString().startsWith("content-"))
                .findFirst()
                .orElseThrow();
        house.world().kill();
        house.host().disk().flipBit(segment, offset + 30, 3);

        house.boot();

        assertThat(house.spool().recovered().messages()).isEqualTo(4);
        assertThat(house.spool().findings())
                .singleElement()
                .asString()
                .contains("content-")
                .contains("CORRUPT_RECORD");
    }

    @Test
    void theContentIsReadBackByteForByteOverSeveralChunks() {
        var house = booted(1);
        byte[] bytes = bytes(20_000);
        MessageId id = house.spool().nextId();
        List<Long> chunks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            var slice = new HeapContent(java.util.Arrays.copyOfRange(bytes, i * 6000, (i + 1) * 6000));
            int number = i;
            house.on(0, () -> house.spool().acceptChunk(house.loop(0), id, number, slice, new Told<>(chunks)));
            house.universe().runUntil(() -> chunks.size() > number, Duration.ofSeconds(1));
        }
        var answer = new Answered();
        var rest = HeapContent.of(java.util.Arrays.copyOfRange(bytes, 18_000, 20_000), 1);
        var message = SpoolHouse.message(id, 1, List.of(QUEUE), bytes.length);
        house.on(0, () -> house.spool().acceptChunked(house.loop(0), message, chunks, rest, answer));
        house.universe().runUntil(answer::isThere, Duration.ofSeconds(1));
        house.world().kill();

        house.boot();

        long position = house.live().shards.stream()
                .flatMap(shard -> shard.held.values().stream())
                .findFirst()
                .orElseThrow()
                .position;
        List<StoredMessage> read = new ArrayList<>();
        house.on(0, () -> house.spool().read(house.loop(0), position, new Told<>(read)));
        house.universe().runUntil(() -> !read.isEmpty(), Duration.ofSeconds(1));
        assertThat(HeapContent.bytes(read.getFirst().content())).isEqualTo(bytes);
        assertThat(read.getFirst().message()).usingRecursiveComparison().isEqualTo(message);
    }

    /// Each would get some of its parts and none the last one, again and again.
    @Test
    void ofSeveralLargeMessagesAtOnceOneIsReadAndTheOthersTakeNothing() {
        var house = booted(1);
        List<Long> positions = new ArrayList<>();
        for (int message = 0; message < 3; message++) {
            MessageId id = house.spool().nextId();
            List<Long> chunks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int number = i;
                var slice = new HeapContent(bytes(6_000));
                house.on(0, () -> house.spool().acceptChunk(house.loop(0), id, number, slice, new Told<>(chunks)));
                house.universe().runUntil(() -> chunks.size() > number, Duration.ofSeconds(1));
            }
            var answer = new Answered();
            var accepted = SpoolHouse.message(id, 1, List.of(QUEUE), 18_100);
            house.on(
                    0,
                    () -> house.spool()
                            .acceptChunked(house.loop(0), accepted, chunks, HeapContent.of(bytes(100), 1), answer));
            house.universe().runUntil(answer::isThere, Duration.ofSeconds(1));
        }
        house.world().kill();
        house.reading(40_000);
        house.boot();
        house.live().shards.forEach(shard -> shard.held.values().forEach(held -> positions.add(held.position)));
        assertThat(positions).hasSize(3);

        List<StoredMessage> read = new ArrayList<>();
        List<IoFailure> failed = new ArrayList<>();
        house.on(
                0,
                () -> positions.forEach(each -> house.spool().read(house.loop(0), each, new Answer<>() {
                    @Override
                    public void ready(StoredMessage message) {
                        read.add(message);
                    }

                    @Override
                    public void failed(IoFailure why) {
                        failed.add(why);
                    }
                })));
        house.universe().runUntil(() -> read.size() + failed.size() == 3, Duration.ofSeconds(5));

        assertThat(read).hasSize(1);
        assertThat(failed).extracting(IoFailure::kind).containsOnly(IoFailure.Kind.EXHAUSTED);
        read.getFirst().content().release();
        assertThat(house.world().slicesOut("reading")).isZero();
    }

    @Test
    void pausesAndModesAndRetryClocksOfQueuesSurviveWithAndWithoutACheckpoint() {
        var house = booted(1);
        var paused = new QueueEvent.Paused(QUEUE, 1000, true, 0, "ann");
        var failed = RecordSamples.fixedFailure();
        house.live().queueStates.add(failed);
        house.on(0, () -> {
            house.spool().record(new QueueEvent.Paused(QUEUE, 900, false, 0, "bob"));
            house.spool().record(failed);
        });
        house.universe().advance(Duration.ofMillis(50));
        List<Object> done = new ArrayList<>();
        house.spool().checkpoint(new Told<>(done));
        house.universe().runUntil(() -> !done.isEmpty(), Duration.ofSeconds(5));
        house.on(0, () -> house.spool().record(paused));
        house.universe().advance(Duration.ofMillis(50));
        house.host().cutPower();

        house.boot();

        assertThat(house.live().queueStates).containsExactlyInAnyOrder(paused, failed);
    }

    @Test
    void pausesOfJobsSurviveWithAndWithoutACheckpoint() {
        var house = booted(1);
        var told = new CommandEvent.JobPaused("told", 900, true, "ann");
        var recorded = new CommandEvent.JobPaused("recorded", 1_000, true, "ann");
        house.live().pausedJobs.add(told);
        house.on(0, () -> house.spool().record(told));
        house.universe().advance(Duration.ofMillis(50));
        List<Object> done = new ArrayList<>();
        house.spool().checkpoint(new Told<>(done));
        house.universe().runUntil(() -> !done.isEmpty(), Duration.ofSeconds(5));
        house.on(0, () -> house.spool().record(recorded));
        house.universe().advance(Duration.ofMillis(50));
        house.host().cutPower();

        house.boot();

        assertThat(house.live().pausedJobs).containsExactly(told, recorded);
    }

    @Test
    void theFolderWithTheEventsMustStayTheFirst() {
        var house = booted(2);
        house.universe().advance(Duration.ofSeconds(5));
        house.close();
        Collections.swap(house.folders, 0, 1);
        house.refolder();

        house.open();

        assertThat(house.failure).isNotNull();
        assertThat(house.failure.text()).contains("list that one first");
    }

    @Test
    void aFolderWithMailCannotBeLeftOutUnseen() {
        var house = booted(2);
        for (int i = 0; i < 10; i++) {
            accept(house, HeapContent.of(bytes(1000), 1), List.of(QUEUE));
        }
        List<Object> done = new ArrayList<>();
        house.universe().advance(Duration.ofSeconds(2));
        house.spool().checkpoint(new Told<>(done));
        house.universe().runUntil(() -> !done.isEmpty(), Duration.ofSeconds(5));
        house.close();
        house.folders.remove(1);
        house.refolder();

        house.open();

        assertThat(house.failure).isNotNull();
        assertThat(house.failure.text()).contains("/spool1").contains("list it again");
    }

    @Test
    void emptiedSegmentsAreUsedAgain() {
        var house = booted(1);
        for (int i = 0; i < 200; i++) {
            StoredMessage stored = accept(house, HeapContent.of(bytes(5000), 1), List.of(QUEUE))
                    .stored();
            house.on(0, () -> house.spool().record(RecordSamples.fixedEvent(), stored.position()));
        }
        house.universe().advance(Duration.ofSeconds(3));

        long segments = house.host().disk().files().stream()
                .filter(path -> path.getFileName().toString().startsWith("content-"))
                .count();
        assertThat(segments).isLessThanOrEqualTo(3);
    }

    private static void acceptMany(SpoolHouse house, int count) {
        for (int i = 0; i < count; i++) {
            accept(house, HeapContent.of(bytes(100), 1), List.of(QUEUE));
        }
    }

    /// A start would have to read all that waits from the stream.
    @Test
    void whenMailStopsComingACheckpointIsWrittenOnce() {
        var house = new SpoolHouse(3, 1, 1 << 20, 1_000);
        house.boot();
        acceptMany(house, 99);
        house.universe().advance(Duration.ofMinutes(5));
        assertThat(house.spool().facts().checkpoints()).isZero();

        acceptMany(house, 1);
        house.universe().advance(Duration.ofMinutes(2));
        assertThat(house.spool().facts().checkpoints()).isEqualTo(1);
        house.universe().advance(Duration.ofMinutes(30));
        assertThat(house.spool().facts().checkpoints()).isEqualTo(1);

        acceptMany(house, 100);
        house.universe().advance(Duration.ofMinutes(2));
        assertThat(house.spool().facts().checkpoints()).isEqualTo(2);
    }

    @Test
    void theNextCheckpointWaitsUntilThereIsAThirdMore() {
        var house = new SpoolHouse(3, 1, 1 << 20, 60);
        house.boot();
        acceptMany(house, 300);
        house.universe().advance(Duration.ofMinutes(2));
        long before = house.spool().facts().checkpoints();

        acceptMany(house, 90);
        assertThat(house.spool().facts().checkpoints()).isEqualTo(before);
        acceptMany(house, 20);
        house.universe().advance(Duration.ofSeconds(1));
        assertThat(house.spool().facts().checkpoints()).isEqualTo(before + 1);
    }

    private static SpoolHouse booted(int folders) {
        var house = new SpoolHouse(3, folders);
        house.boot();
        return house;
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static Answered accept(SpoolHouse house, Content content, List<QueueKey> queues) {
        var answer = new Answered();
        var message = SpoolHouse.message(house.spool().nextId(), 1, queues, content.lengthBytes());
        house.on(0, () -> house.spool().accept(house.loop(0), message, content, answer));
        house.universe().runUntil(answer::isThere, Duration.ofSeconds(30));
        StoredMessage stored = answer.stored;
        if (stored != null) {
            stored.content().retain();
            house.on(0, () -> house.live().arrived(stored));
            house.universe().advance(Duration.ofMillis(5));
        }
        return answer;
    }

    private static final class Answered implements Spool.Acceptance {
        @Nullable
        StoredMessage stored;

        @Nullable
        String refusal;

        boolean isThere() {
            return stored != null || refusal != null;
        }

        StoredMessage stored() {
            assertThat(refusal).isNull();
            return java.util.Objects.requireNonNull(stored);
        }

        @Override
        public void accepted(StoredMessage message) {
            stored = message;
        }

        @Override
        public void refused(String text) {
            refusal = text;
        }
    }

    private record Told<T>(List<? super T> to) implements Answer<T> {
        @Override
        public void ready(T value) {
            to.add(value);
        }

        @Override
        public void failed(IoFailure why) {
            throw new AssertionError(why);
        }
    }
}
