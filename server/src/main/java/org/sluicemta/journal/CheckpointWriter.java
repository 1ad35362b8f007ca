package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;

/// Writes one checkpoint in slices, between the turns of its loop. Owner: the journal's home loop. One call at a time.
/// The state that is dumped must hold whatever is not settled durably: what was settled, but whose event is still
/// waiting, is not found anywhere else once the tail begins behind it.
/// Until [#finish] answers the checkpoint does not exist; a crash leaves a file with another name, deleted at start.
public final class CheckpointWriter {
    /// Told on a stream's lane at the moment its place is noted, after every earlier `durable` of the stream was
    /// called. What the lane hands to other loops from here comes after what those calls handed on: a loop that has
    /// got this mark has got everything that the tail will not repeat, and may be dumped.
    @FunctionalInterface
    public interface Marks {
        void noted(StreamKind stream);
    }

    /// The longest frame, in bytes.
    public static final int MAX_FRAME_BYTES = CheckpointFile.MAX_FRAME;

    private final JournalPorts ports;
    private final Path folder;
    private final Path unfinished;
    private final ServerId server;
    private final CheckpointFile.Summary summary;
    private final Caretaker caretaker;
    private final DiskFile file;
    private final ByteBuffer buffer = Caretaker.scratch(CheckpointFile.padded(CheckpointFile.MAX_FRAME));
    private final Checksum checksum = new Checksum();
    private long at;
    private long frames;
    private long bytes;
    private boolean isOver;

    private CheckpointWriter(
            JournalPorts ports,
            Path folder,
            Path unfinished,
            ServerId server,
            CheckpointFile.Summary summary,
            Caretaker caretaker,
            DiskFile file) {
        this.ports = ports;
        this.folder = folder;
        this.unfinished = unfinished;
        this.server = server;
        this.summary = summary;
        this.caretaker = caretaker;
        this.file = file;
    }

    static void begin(
            JournalPorts ports,
            Path folder,
            ServerId server,
            CheckpointFile.Summary summary,
            Caretaker caretaker,
            Answer<CheckpointWriter> answer) {
        Path unfinished = folder.resolve(SpoolNames.checkpoint(summary.number()) + SpoolNames.UNFINISHED);
        ports.disk()
                .open(
                        ports.home(),
                        unfinished,
                        Disk.OpenPlan.WRITE,
                        new Then<>(
                                opened -> {
                                    CheckpointWriter made = new CheckpointWriter(
                                            ports, folder, unfinished, server, summary, caretaker, opened);
                                    made.cutAndWriteHeader(answer);
                                },
                                answer::failed));
    }

    /// An attempt that was given up may have left a longer file under this name.
    private void cutAndWriteHeader(Answer<CheckpointWriter> answer) {
        file.truncate(
                0,
                new Then<>(
                        cut -> {
                            CheckpointFile.encodeHeader(buffer, server, summary);
                            write(CheckpointFile.HEADER, new Then<>(done -> answer.ready(this), answer::failed));
                        },
                        why -> {
                            abandon();
                            answer.failed(why);
                        }));
    }

    /// Adds a frame: the remaining bytes, 1 to [#MAX_FRAME_BYTES]; they are copied before this returns. After a failure
    /// the checkpoint is abandoned.
    public void append(ByteBuffer frame, Answer<Disk.Done> answer) {
        int length = frame.remaining();
        if (isOver || length < 1 || length > CheckpointFile.MAX_FRAME) {
            throw new JournalException("checkpoint " + summary.number() + ": a frame of " + length
                    + " bytes; write 1 to " + CheckpointFile.MAX_FRAME + ", before it is finished");
        }
        buffer.clear().position(CheckpointFile.FRAME).put(frame);
        CheckpointFile.encodeFrame(buffer.clear(), 0, length, frames, checksum, server);
        frames++;
        bytes += length;
        write(CheckpointFile.padded(length), answer);
    }

    private void write(int length, Answer<Disk.Done> answer) {
        file.write(at, buffer.clear().limit(length), new Then<>(answer::ready, why -> {
            abandon();
            answer.failed(why);
        }));
        at += length;
    }

    /// Makes it durable and its name with it; then the oldest of those kept before is deleted.
    public void finish(Answer<Disk.Done> answer) {
        CheckpointFile.encodeEnd(buffer.clear(), 0, frames, bytes);
        Path path = folder.resolve(SpoolNames.checkpoint(summary.number()));
        write(
                CheckpointFile.END,
                orAbandon(
                        answer,
                        wrote -> file.sync(orAbandon(answer, synced -> {
                            file.close();
                            isOver = true;
                            ports.disk()
                                    .rename(
                                            ports.home(),
                                            unfinished,
                                            path,
                                            new Then<>(
                                                    renamed -> ports.disk()
                                                            .syncFolder(
                                                                    ports.home(),
                                                                    folder,
                                                                    new Then<>(
                                                                            done -> {
                                                                                caretaker.finished(summary);
                                                                                answer.ready(done);
                                                                            },
                                                                            answer::failed)),
                                                    answer::failed));
                        }))));
    }

    private Then<Disk.Done> orAbandon(Answer<Disk.Done> answer, java.util.function.Consumer<Disk.Done> next) {
        return new Then<>(next, why -> {
            abandon();
            answer.failed(why);
        });
    }

    /// Gives it up; its file is deleted.
    public void abandon() {
        if (isOver) {
            return;
        }
        isOver = true;
        file.close();
        ports.disk().delete(ports.home(), unfinished, new Then<>(done -> {}, CheckpointWriter::isLeftForTheNextStart));
    }

    /// Unfinished files are deleted at every start, so one that cannot be deleted now is in nobody's way.
    private static void isLeftForTheNextStart(@Nullable IoFailure why) {}
}
