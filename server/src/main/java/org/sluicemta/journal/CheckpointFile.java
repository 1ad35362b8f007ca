package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// A checkpoint on disk: a header with both noted places, frames, an end with their count. Little-endian.
///
/// ```
/// header  0 magic "SLUICECP"  8 crc of 12..96  12 format version  14 least reader  16 server id  32 number
///         40 event segment  48 event offset  56 content segment  64 content offset  72 made, millis  80 zeros to 96
/// frame   0 length, 1 to 1 MiB  4 crc of the bytes and the frame's number  8 bytes, zeros to a multiple of 8
/// end     0 length 0  4 crc of 8..24  8 how many frames  16 their bytes
/// ```
/// Written under a name of its own, synced, renamed, folder synced: a file with the right name is whole, unless the
/// disk damaged it. Owner: the journal's home loop.
final class CheckpointFile {
    /// How many are kept: the older is for the day the newer cannot be read.
    static final int KEPT = 2;

    /// Of checkpoints, and the least that reads those of this server. It rises with whatever a frame may hold that
    /// older servers do not know: to them an unknown frame is damage, and what waits in it would be lost.
    /// 1: as it began. 2: jobs of recipients, and what operators said.
    static final int FORMAT_VERSION = 2;

    static final int HEADER = 96;
    static final int FRAME = 8;
    static final int END = 24;
    static final int MAX_FRAME = 1 << 20;
    private static final long MAGIC = 0x50434543_49554C53L;

    private CheckpointFile() {}

    /// What a checkpoint says of itself.
    record Summary(
            long number,
            long eventSegment,
            long eventOffset,
            long contentSegment,
            long contentOffset,
            long madeMillis) {}

    static int padded(int length) {
        return FRAME + length + 7 & -8;
    }

    static void encodeHeader(ByteBuffer to, ServerId server, Summary summary) {
        for (int i = 0; i < HEADER; i += 8) {
            to.putLong(i, 0);
        }
        to.putLong(0, MAGIC);
        to.putShort(12, (short) FORMAT_VERSION);
        to.putShort(14, (short) FORMAT_VERSION);
        to.putLong(16, server.high());
        to.putLong(24, server.low());
        to.putLong(32, summary.number);
        to.putLong(40, summary.eventSegment);
        to.putLong(48, summary.eventOffset);
        to.putLong(56, summary.contentSegment);
        to.putLong(64, summary.contentOffset);
        to.putLong(72, summary.madeMillis);
        to.putInt(8, Checksum.plain(to, 12, HEADER - 12));
    }

    /// Puts length and checksum before the bytes that stand at `at + FRAME`, and zeros behind them.
    static void encodeFrame(ByteBuffer to, int at, int length, long index, Checksum checksum, ServerId server) {
        to.putInt(at, length);
        for (int i = at + FRAME + length; i < at + padded(length); i++) {
            to.put(i, (byte) 0);
        }
        to.putInt(at + 4, checksum.salt(server, index, length).of(to, at + FRAME, length));
    }

    static void encodeEnd(ByteBuffer to, int at, long frames, long bytes) {
        to.putInt(at, 0);
        to.putLong(at + 8, frames);
        to.putLong(at + 16, bytes);
        to.putInt(at + 4, Checksum.plain(to, at + 8, END - 8));
    }

    /// Reads one file: whole and checked before the first frame is handed out, because a state half taken from a bad
    /// file is worse than an older one.
    static final class Reading {
        private static final int WINDOW = 2 * MAX_FRAME + FRAME;

        private final Loop home;
        private final Path path;
        private final ServerId server;
        private final Memory memory;
        private @Nullable Slice slice;
        private ByteBuffer window = ByteBuffer.allocate(0);
        private final Checksum checksum = new Checksum();
        private final Consumer<ByteBuffer> frames;
        private final Answer<Summary> answer;
        private @Nullable DiskFile file;
        private @Nullable Summary summary;
        private long size;
        private long at;
        private long windowAt;
        private int windowLength;
        private boolean delivers;
        private final boolean onlyHeader;
        private long count;
        private long bytes;

        /// @param frames takes the frames once all are known to be good
        /// @param answer `ready` after the last; `failed` when the file cannot be used, with the reason:
        ///     [IoFailure.Kind#DENIED] for a later format, [IoFailure.Kind#EXHAUSTED] for want of memory
        static void start(
                Disk disk,
                Loop home,
                Path path,
                ServerId server,
                Memory memory,
                boolean onlyHeader,
                Consumer<ByteBuffer> frames,
                Answer<Summary> answer) {
            new Reading(home, path, server, memory, onlyHeader, frames, answer).open(disk);
        }

        private Reading(
                Loop home,
                Path path,
                ServerId server,
                Memory memory,
                boolean onlyHeader,
                Consumer<ByteBuffer> frames,
                Answer<Summary> answer) {
            this.home = home;
            this.path = path;
            this.server = server;
            this.memory = memory;
            this.onlyHeader = onlyHeader;
            this.frames = frames;
            this.answer = answer;
        }

        private void open(Disk disk) {
            disk.open(
                    home,
                    path,
                    Disk.OpenPlan.READ,
                    new Then<>(
                            opened -> {
                                file = opened;
                                opened.size(new Then<>(
                                        length -> {
                                            size = length;
                                            begin();
                                        },
                                        this::fail));
                            },
                            this::fail));
        }

        private void begin() {
            Slice taken = memory.take((int) Math.min(WINDOW, Math.max(size, HEADER)));
            if (taken == null) {
                fail(new IoFailure(IoFailure.Kind.EXHAUSTED, "no room in the memory budget " + memory.name()));
                return;
            }
            slice = taken;
            window = taken.view(0, taken.length());
            run();
        }

        private void fail(IoFailure why) {
            end();
            answer.failed(new IoFailure(why.kind(), path + ": " + why.text()));
        }

        private void tooNew(String why) {
            end();
            answer.failed(new IoFailure(IoFailure.Kind.DENIED, path + ": " + why));
        }

        private void bad(String why) {
            end();
            answer.failed(new IoFailure(IoFailure.Kind.ERROR, path + ":" + at + ": " + why));
        }

        private void end() {
            if (file != null) {
                file.close();
                file = null;
            }
            if (slice != null) {
                slice.release();
                slice = null;
            }
        }

        /// Steps until a read is out or all is done.
        private void run() {
            while (file != null) {
                if (!has(at, (int) Math.min(FRAME + MAX_FRAME, size - at))) {
                    load();
                    return;
                }
                if (size - at < FRAME) {
                    bad("the file ends too early");
                    return;
                }
                int here = (int) (at - windowAt);
                if (at == 0 ? !header() : !frame(here)) {
                    return;
                }
            }
        }

        private boolean header() {
            if (size < HEADER
                    || window.getLong(0) != MAGIC
                    || window.getInt(8) != Checksum.plain(window, 12, HEADER - 12)) {
                bad("no checkpoint begins here");
                return false;
            }
            if (Short.toUnsignedInt(window.getShort(14)) > FORMAT_VERSION) {
                tooNew("written in format " + window.getShort(12) + ", which needs a reader of format "
                        + window.getShort(14) + "; this one reads up to " + FORMAT_VERSION);
                return false;
            }
            if (window.getLong(16) != server.high() || window.getLong(24) != server.low()) {
                bad("made by another server");
                return false;
            }
            Summary read = new Summary(
                    window.getLong(32),
                    window.getLong(40),
                    window.getLong(48),
                    window.getLong(56),
                    window.getLong(64),
                    window.getLong(72));
            summary = read;
            if (onlyHeader) {
                end();
                answer.ready(read);
                return false;
            }
            at = HEADER;
            count = 0;
            bytes = 0;
            return true;
        }

        /// @return whether to go on
        private boolean frame(int here) {
            int length = window.getInt(here);
            if (length == 0) {
                return endFrame(here);
            }
            if (length < 0 || length > MAX_FRAME || at + padded(length) > size) {
                bad("a frame of " + length + " bytes cannot be");
                return false;
            }
            if (checksum.salt(server, count, length).of(window, here + FRAME, length) != window.getInt(here + 4)) {
                bad("frame " + count + " has a wrong checksum");
                return false;
            }
            if (delivers) {
                frames.accept(window.duplicate()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .limit(here + FRAME + length)
                        .position(here + FRAME));
            }
            count++;
            bytes += length;
            at += padded(length);
            return true;
        }

        private boolean endFrame(int here) {
            boolean isWhole = at + END <= size
                    && window.getInt(here + 4) == Checksum.plain(window, here + 8, END - 8)
                    && window.getLong(here + 8) == count
                    && window.getLong(here + 16) == bytes;
            if (!isWhole) {
                bad("the end does not fit the frames");
                return false;
            }
            if (delivers) {
                Summary read = summary;
                end();
                answer.ready(java.util.Objects.requireNonNull(read));
                return false;
            }
            delivers = true;
            at = 0;
            return true;
        }

        private boolean has(long from, int length) {
            return length >= 0 && from >= windowAt && from + length <= windowAt + windowLength;
        }

        private void load() {
            DiskFile from = file;
            Slice into = slice;
            if (from == null || into == null) {
                return;
            }
            windowAt = at;
            from.read(
                    at,
                    into,
                    new Then<>(
                            length -> {
                                windowLength = length;
                                if (!has(at, (int) Math.min(FRAME + MAX_FRAME, size - at))) {
                                    bad("the file ends too early");
                                } else {
                                    run();
                                }
                            },
                            this::fail));
        }
    }
}
