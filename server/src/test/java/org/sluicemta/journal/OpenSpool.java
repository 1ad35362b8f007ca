package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// A journal in a simulated world, with what its start found.
final class OpenSpool {
    static final Path FOLDER = Path.of("/spool");
    static final Duration PATIENCE = Duration.ofMinutes(5);

    /// Segments of 64 KiB and 32 KiB, batches of 32 KiB.
    static final JournalSettings TINY = tiny(64 << 10, 32 << 10, 32 << 10);

    final SimulatedWorld world;
    final Loop home;
    final Loop contentLane;
    final Loop eventLane;
    final Memory memory;
    final Found found;

    @Nullable
    Journal journal;

    @Nullable
    IoFailure refusal;

    static JournalSettings tiny(long contentSegment, long eventSegment, int batch) {
        return new JournalSettings(
                contentSegment,
                eventSegment,
                batch,
                batch,
                Duration.ofMillis(5),
                64,
                Duration.ofSeconds(10),
                0,
                2,
                Duration.ZERO,
                0.25,
                1 << 20,
                16 << 10);
    }

    /// What a replay told.
    static class Found implements Replay {
        final List<byte[]> frames = new ArrayList<>();
        final Map<Long, String> content = new LinkedHashMap<>();
        final Map<Long, String> events = new LinkedHashMap<>();
        final List<Damage> damages = new ArrayList<>();

        @Override
        public boolean knows(StreamKind stream, int type, int version) {
            return type < 100;
        }

        @Override
        public void checkpoint(ByteBuffer frame) {
            frames.add(bytes(frame));
        }

        @Override
        public void content(long position, StoredHead head) {
            content.put(position, text(head));
        }

        @Override
        public void event(long position, StoredHead head) {
            events.put(position, text(head));
        }

        @Override
        public void damaged(Damage damage) {
            damages.add(damage);
        }

        List<Damage> losses() {
            return damages.stream().filter(Damage::isLoss).toList();
        }
    }

    private OpenSpool(SimulatedWorld world, Replay replay) {
        this.world = world;
        this.home = world.lane("home");
        this.contentLane = world.lane("content-0");
        this.eventLane = world.lane("events-0");
        this.memory = world.memory("journal", 64 << 20);
        this.found = replay instanceof Found kept ? kept : new Found();
    }

    static OpenSpool in(SimulatedWorld world) {
        return in(world, TINY, JournalFlaws.NONE);
    }

    static OpenSpool in(SimulatedWorld world, JournalSettings settings, JournalFlaws flaws) {
        OpenSpool spool = attempt(world, settings, flaws);
        if (spool.journal == null) {
            throw new AssertionError("the journal did not open: " + spool.refusal);
        }
        return spool;
    }

    /// Opens, or notes why not.
    static OpenSpool attempt(SimulatedWorld world, JournalSettings settings, JournalFlaws flaws) {
        OpenSpool spool = begin(world, settings, flaws, new Found());
        world.runUntil(() -> spool.journal != null || spool.refusal != null, PATIENCE);
        return spool;
    }

    static OpenSpool begin(SimulatedWorld world, JournalSettings settings, JournalFlaws flaws, Replay found) {
        OpenSpool spool = new OpenSpool(world, found);
        JournalPorts ports = new JournalPorts(
                world.disk(), spool.home, spool.contentLane, spool.eventLane, spool.memory, world.entropy());
        Journal.open(
                ports,
                FOLDER,
                settings,
                found,
                flaws,
                answer(made -> spool.journal = made, why -> spool.refusal = why));
        return spool;
    }

    static <T> Answer<T> answer(Consumer<T> ready, Consumer<IoFailure> failed) {
        return new Then<>(ready, failed);
    }

    static String text(StoredHead head) {
        return new String(bytes(head.head()), StandardCharsets.UTF_8);
    }

    static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    Note accept(String head, byte[] body) {
        Note note = Note.content(1, head.getBytes(StandardCharsets.UTF_8), body, memory);
        if (!journal.content().append(note)) {
            note.refused(new IoFailure(IoFailure.Kind.EXHAUSTED, "not taken"));
        }
        return note;
    }

    Note happen(String head) {
        Note note = Note.of(head);
        if (!journal.events().append(note)) {
            note.refused(new IoFailure(IoFailure.Kind.EXHAUSTED, "not taken"));
        }
        return note;
    }

    /// Server time, as a turn that begins now reads it.
    long now() {
        long[] millis = {-1};
        home.post(() -> millis[0] = home.serverMillis());
        world.runUntil(() -> millis[0] >= 0, PATIENCE);
        return millis[0];
    }

    void await(Note... notes) {
        world.runUntil(() -> List.of(notes).stream().allMatch(Note::isAnswered), PATIENCE);
    }

    /// Reads a record back: its body, or null with the reason in `told`.
    byte @Nullable [] read(long position, List<Object> told) {
        byte[][] got = new byte[1][];
        boolean[] done = new boolean[1];
        home.post(() -> {
            JournalReader reader = journal.reader(home, memory);
            reader.read(position, new JournalReader.Reading() {
                @Override
                public void record(StoredRecord record) {
                    Slice body = record.body();
                    got[0] = body == null ? new byte[0] : bytes(body.view(0, body.length()));
                    record.release();
                    reader.close();
                    done[0] = true;
                }

                @Override
                public void damaged(Damage damage) {
                    told.add(damage);
                    reader.close();
                    done[0] = true;
                }

                @Override
                public void failed(IoFailure why) {
                    told.add(why);
                    reader.close();
                    done[0] = true;
                }
            });
        });
        world.runUntil(() -> done[0], PATIENCE);
        return got[0];
    }

    void close() {
        boolean[] closed = new boolean[1];
        home.post(() -> journal.close(answer(done -> closed[0] = true, why -> {})));
        world.runUntil(() -> closed[0], PATIENCE);
    }

    void onHome(Runnable task) {
        boolean[] done = new boolean[1];
        home.post(() -> {
            task.run();
            done[0] = true;
        });
        world.runUntil(() -> done[0], PATIENCE);
    }

    static byte[] filled(int length, int seed) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (seed * 31 + i * 7 + (i >>> 8) * 13);
        }
        return bytes;
    }
}
