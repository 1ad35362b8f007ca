package org.sluicemta.inject;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.smtp.Reply;
import org.sluicemta.spool.HeapSlice;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Takes the files of a folder as messages: each is handed to the intake, and deleted when the intake has it on disk.
/// So a crash may take a file twice, [#MOST_UNDER_WAY] files at most, and never loses one.
///
/// A file is taken when two looks, a second apart, found it of the same size, it is not empty, and nobody else has
/// locked it. Whoever writes files best writes them elsewhere and moves them here. A file that holds no message, or
/// whose message is refused for good, goes to another folder, and the log says why. One that is refused for now
/// stays.
///
/// Owner: its lane. Only a few files are under way at one time, so that thousands of them take no memory and leave the
/// intake to others.
public final class Pickup {
    static final int MOST_UNDER_WAY = 16;
    /// A larger file is bad: it is whole in memory.
    static final long MOST_BYTES = 64L << 20;
    /// All files under way together.
    private static final long MOST_BYTES_UNDER_WAY = MOST_BYTES;
    /// Names of files that could be neither taken nor moved, and sizes that are remembered.
    private static final int MOST_NAMES = 100_000;

    /// Each has the time in it.
    private static final int MOST_NAMES_TRIED = 16;

    private static final long LOOK_NANOS = 1_000_000_000;
    private static final Logger LOG = LoggerFactory.getLogger(Pickup.class);

    /// Takes messages.
    public interface Intake {
        /// @param answer hears, on the lane, 2yz when the message is on disk, else why not
        void take(PickedMail mail, Consumer<Reply> answer);
    }

    private final Disk disk;
    private final Loop lane;
    private final Intake intake;
    private final Alarm look;
    private final Set<String> stuck = new HashSet<>();
    private final ArrayDeque<Disk.Entry> ready = new ArrayDeque<>();
    private Map<String, Long> sizes = new HashMap<>();
    private @Nullable PickupPolicy policy;
    private int underWay;
    private long bytesUnderWay;
    private boolean isLooking;
    private boolean isTold;

    /// To be made in a turn of `lane`, or before it has any.
    public Pickup(Disk disk, Loop lane, Intake intake) {
        this.disk = disk;
        this.lane = lane;
        this.intake = intake;
        this.look = lane.alarm(this::look);
    }

    /// From now on files are taken from there, or, with null, from nowhere; what is under way is finished. From any
    /// thread.
    public void adopt(@Nullable PickupPolicy next) {
        lane.post(() -> {
            if (next == null || !next.equals(policy)) {
                policy = next;
                ready.clear();
                sizes.clear();
                stuck.clear();
                isTold = false;
            }
            look.set(lane.nanos());
        });
    }

    private void look() {
        PickupPolicy now = policy;
        if (now == null || isLooking) {
            return;
        }
        if (!ready.isEmpty() || underWay > 0) {
            look.set(lane.nanos() + LOOK_NANOS);
            return;
        }
        isLooking = true;
        disk.list(lane, now.folder(), new Answer<>() {
            @Override
            public void ready(List<Disk.Entry> entries) {
                isLooking = false;
                isTold = false;
                if (now == policy) {
                    looked(entries);
                }
                look.set(lane.nanos() + LOOK_NANOS);
            }

            @Override
            public void failed(IoFailure why) {
                isLooking = false;
                if (!isTold) {
                    isTold = true;
                    LOG.error("pickup: {} cannot be read: {}", now.folder(), why.text());
                }
                look.set(lane.nanos() + LOOK_NANOS);
            }
        });
    }

    private void looked(List<Disk.Entry> entries) {
        var found = new HashMap<String, Long>();
        for (Disk.Entry each : entries) {
            if (each.isFolder() || each.name().startsWith(".") || found.size() >= MOST_NAMES) {
                continue;
            }
            found.put(each.name(), each.sizeBytes());
            Long before = sizes.get(each.name());
            if (each.sizeBytes() > 0 && before != null && before == each.sizeBytes() && !stuck.contains(each.name())) {
                ready.add(each);
            }
        }
        sizes = found;
        goOn();
    }

    private void goOn() {
        while (!ready.isEmpty()
                && underWay < MOST_UNDER_WAY
                && (underWay == 0 || bytesUnderWay + ready.getFirst().sizeBytes() <= MOST_BYTES_UNDER_WAY)) {
            PickupPolicy now = policy;
            if (now == null) {
                ready.clear();
                return;
            }
            Disk.Entry next = ready.removeFirst();
            underWay++;
            bytesUnderWay += next.sizeBytes();
            new Taking(now, next).start();
        }
    }

    /// One file on its way. Owner: the lane.
    private final class Taking {
        private final PickupPolicy where;
        private final Disk.Entry entry;
        private final Path path;
        private Disk.@Nullable Lock lock;
        private @Nullable DiskFile open;

        Taking(PickupPolicy where, Disk.Entry entry) {
            this.where = where;
            this.entry = entry;
            this.path = where.folder().resolve(entry.name());
        }

        void start() {
            if (entry.sizeBytes() > MOST_BYTES) {
                bad("the file is larger than " + (MOST_BYTES >> 20) + " MB");
                return;
            }
            disk.lock(lane, path, new Step<>(held -> {
                lock = held;
                disk.open(lane, path, Disk.OpenPlan.READ, new Step<>(file -> {
                    open = file;
                    file.size(new Step<>(this::sized));
                }));
            }));
        }

        private void sized(long size) {
            DiskFile file = open;
            if (file == null || size != entry.sizeBytes()) {
                // It grew, or went: the next looks see what becomes of it.
                end();
                return;
            }
            byte[] bytes = new byte[(int) size];
            file.read(0, new HeapSlice(bytes), new Step<>(came -> {
                if (came != bytes.length) {
                    end();
                } else {
                    read(bytes);
                }
            }));
        }

        private void read(byte[] bytes) {
            switch (PickupFile.read(bytes, where.removesDots())) {
                case PickupFile.Found.Bad(String why) -> bad(why);
                case PickupFile.Found.Mail(PickedMail mail) -> intake.take(mail, this::answered);
            }
        }

        private void answered(Reply reply) {
            switch (reply) {
                case Reply.Completion _ ->
                    disk.delete(lane, path, new Answer<>() {
                        @Override
                        public void ready(Disk.Done done) {
                            end();
                        }

                        @Override
                        public void failed(IoFailure why) {
                            stay("its message was taken, and it cannot be deleted: " + why.text());
                        }
                    });
                case Reply.PermanentNegative refused -> bad(refused.text());
                case Reply.TransientNegative _, Reply.Intermediate _ -> {
                    // The others would hear the same now.
                    ready.clear();
                    end();
                }
            }
        }

        private void bad(String why) {
            LOG.warn("pickup: {} is bad and goes to {}: {}", entry.name(), where.bad(), why);
            moveTo(where.bad().resolve(entry.name()), 1);
        }

        /// Moves it where nothing is: another bad file may have its name.
        private void moveTo(Path target, int attempt) {
            disk.open(lane, target, Disk.OpenPlan.READ, new Answer<>() {
                @Override
                public void ready(DiskFile another) {
                    another.close();
                    next();
                }

                @Override
                public void failed(IoFailure why) {
                    if (why.kind() == IoFailure.Kind.NOT_FOUND) {
                        rename(target);
                    } else {
                        next();
                    }
                }

                private void next() {
                    if (attempt == MOST_NAMES_TRIED) {
                        stay(where.bad() + " has files of its name");
                        return;
                    }
                    String ending = "." + Long.toString(lane.serverMillis(), 36) + "." + attempt;
                    moveTo(where.bad().resolve(entry.name() + ending), attempt + 1);
                }
            });
        }

        private void rename(Path target) {
            disk.rename(lane, path, target, new Answer<>() {
                @Override
                public void ready(Disk.Done done) {
                    end();
                }

                @Override
                public void failed(IoFailure failure) {
                    stay("it cannot be moved: " + failure.text());
                }
            });
        }

        /// It is not looked at again until the next start, or another folder.
        private void stay(String why) {
            LOG.error("pickup: {} stays and is left alone: {}", entry.name(), why);
            if (stuck.size() < MOST_NAMES) {
                stuck.add(entry.name());
            }
            end();
        }

        private void end() {
            DiskFile file = open;
            if (file != null) {
                file.close();
                open = null;
            }
            Disk.Lock held = lock;
            if (held != null) {
                held.release();
                lock = null;
            }
            underWay--;
            bytesUnderWay -= entry.sizeBytes();
            goOn();
        }

        /// A call that goes on where it succeeds, and leaves the file to the next look where it fails.
        private final class Step<T> implements Answer<T> {
            private final Consumer<T> next;

            Step(Consumer<T> next) {
                this.next = next;
            }

            @Override
            public void ready(T value) {
                next.accept(value);
            }

            @Override
            public void failed(IoFailure why) {
                LOG.debug("pickup: {} cannot be read now: {}", entry.name(), why.text());
                end();
            }
        }
    }
}
