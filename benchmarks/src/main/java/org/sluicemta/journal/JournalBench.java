package org.sluicemta.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.sluicemta.benchmarks.Samples;
import org.sluicemta.benchmarks.StillSlice;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// A journal on a real file. State: one journal in a new folder below that for temporary files; workload: records of a
/// head of 200 bytes and a body of 10 KB, as many as go together; an operation is one record, from the append to
/// durable, so the time is the disk's.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JournalBench {
    private static final int TOGETHER = 20;
    private static final long MEMORY_BYTES = 64L << 20;

    /// A record that can be written again and again.
    private static final class Note extends Entry {
        private final byte[] head = new byte[200];
        private final Slice body = new StillSlice(Samples.message());
        private CountDownLatch open = new CountDownLatch(0);
        long at;

        @Override
        public int type() {
            return 1;
        }

        @Override
        public int version() {
            return 1;
        }

        @Override
        public int headLength() {
            return head.length;
        }

        @Override
        public void writeHead(ByteBuffer to) {
            to.put(head);
        }

        @Override
        public Slice body() {
            return body;
        }

        @Override
        public void durable(long position) {
            at = position;
            open.countDown();
        }

        @Override
        public void refused(IoFailure why) {
            throw new IllegalStateException(why.text());
        }
    }

    private static List<Note> notes() {
        var notes = new ArrayList<Note>();
        for (int i = 0; i < TOGETHER; i++) {
            notes.add(new Note());
        }
        return notes;
    }

    /// A batch in memory: no lane, no disk.
    @State(Scope.Thread)
    public static class Codec {
        private final List<Note> notes = notes();
        private final ArrayDeque<Entry> waiting = new ArrayDeque<>();
        private final Segment segment =
                new Segment(StreamKind.CONTENT, 7, 1, new ServerId(1, 2), Path.of("content-7"), 128 << 20, 4096);
        private final BatchEncoder encoder = new BatchEncoder(8 << 20, 16 << 20, _ -> {});
        private final Checksum checksum = new Checksum();
        private final StoredHead head = new StoredHead(ByteBuffer.allocate(64), 0);
        private ByteBuffer batch = ByteBuffer.allocate(0);

        @Setup
        public void prepare() {
            encoder.buffer = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
            batch = encoded();
        }

        private ByteBuffer encoded() {
            waiting.addAll(notes);
            if (encoder.gather(waiting, 64 << 20) != BatchEncoder.Gathered.BATCH) {
                throw new IllegalStateException("no batch");
            }
            ByteBuffer made = encoder.encode(segment, 4096, 9);
            encoder.take();
            return made;
        }
    }

    @Benchmark
    @OperationsPerInvocation(TOGETHER)
    public ByteBuffer encodeRecord10k(Codec codec) {
        return codec.encoded();
    }

    @Benchmark
    @OperationsPerInvocation(TOGETHER)
    public long decodeHead(Codec codec) {
        long sum = 0;
        codec.checksum.salt(codec.segment.server, codec.segment.id, codec.segment.generation);
        for (int i = 0; i < TOGETHER; i++) {
            StoredHead found = BatchView.head(codec.batch, 0, i, codec.checksum, codec.head, JournalFlaws.NONE);
            if (found == null) {
                throw new IllegalStateException("the checksum does not fit");
            }
            sum += found.head().remaining();
        }
        return sum;
    }

    /// A lane, and a file on the disk.
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init") // set before the first call
    public static class OnDisk {
        private final List<Note> notes = notes();
        private RealWorld world;
        private Journal journal;
        private Path folder;

        @Setup
        public void open() throws Exception {
            folder = Files.createTempDirectory("sluice-jmh-");
            world = RealWorld.start(new RealWorldPlan(1, 1, 100, 1, true));
            Loop home = world.lane("home");
            Memory memory = world.memory("journal", MEMORY_BYTES);
            var opened = new CompletableFuture<Journal>();
            Journal.open(
                    new JournalPorts(
                            world.disk(), home, world.lane("content"), world.lane("events"), memory, world.entropy()),
                    folder.resolve("spool"),
                    JournalSettings.defaults(),
                    new Nothing(),
                    new Answer<>() {
                        @Override
                        public void ready(Journal made) {
                            made.startReuse();
                            opened.complete(made);
                        }

                        @Override
                        public void failed(IoFailure why) {
                            opened.completeExceptionally(new IllegalStateException(why.text()));
                        }
                    });
            journal = opened.get(60, TimeUnit.SECONDS);
        }

        @TearDown
        public void close() throws IOException {
            world.close();
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(TOGETHER)
    public void appendTwentyOf10kUntilDurable(OnDisk on) throws InterruptedException {
        var open = new CountDownLatch(TOGETHER);
        for (int i = 0; i < TOGETHER; i++) {
            Note note = on.notes.get(i);
            note.open = open;
            if (!on.journal.content().append(note)) {
                throw new IllegalStateException("the journal takes no record");
            }
        }
        open.await();
        for (int i = 0; i < TOGETHER; i++) {
            on.journal.release(on.notes.get(i).at);
        }
    }

    private static final class Nothing implements Replay {
        @Override
        public boolean knows(StreamKind stream, int type, int version) {
            return true;
        }

        @Override
        public void checkpoint(ByteBuffer frame) {}

        @Override
        public void content(long position, StoredHead head) {}

        @Override
        public void event(long position, StoredHead head) {}

        @Override
        public void damaged(Damage damage) {}
    }
}
