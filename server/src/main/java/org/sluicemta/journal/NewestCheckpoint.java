package org.sluicemta.journal;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;

/// Finds the newest good checkpoint and hands it to the replay: the third step of a start. Owner: the home loop.
final class NewestCheckpoint {
    private final Disk disk;
    private final Loop home;
    private final Memory memory;
    private final SpoolFolder folder;
    private final Caretaker caretaker;
    private final Tail events;
    private final Replay replay;
    private final Consumer<IoFailure> failed;
    private Runnable next = () -> {};
    private CheckpointFile.@Nullable Summary checkpoint;
    private boolean checkpointWasThere;

    NewestCheckpoint(
            JournalPorts ports,
            SpoolFolder folder,
            Caretaker caretaker,
            Tail events,
            Replay replay,
            Consumer<IoFailure> failed) {
        this.disk = ports.disk();
        this.home = ports.home();
        this.memory = ports.memory();
        this.folder = folder;
        this.caretaker = caretaker;
        this.events = events;
        this.replay = replay;
        this.failed = failed;
    }

    /// Null when there is none that can be read.
    CheckpointFile.@Nullable Summary found() {
        return checkpoint;
    }

    /// Hands out the frames of the newest good one; then `next`.
    void take(Runnable next) {
        this.next = next;
        ArrayDeque<Long> numbers = folder.names().stream()
                .map(each -> SpoolNames.asCheckpoint(each.name()))
                .flatMap(Optional::stream)
                .sorted(Comparator.reverseOrder())
                .collect(Collectors.toCollection(ArrayDeque::new));
        checkpointWasThere = !numbers.isEmpty();
        readCheckpoint(numbers);
    }

    private void readCheckpoint(ArrayDeque<Long> numbers) {
        Long number = numbers.pollFirst();
        if (number == null) {
            startWithoutCheckpoint();
            return;
        }
        Path path = folder.path().resolve(SpoolNames.checkpoint(number));
        CheckpointFile.Reading.start(
                disk,
                home,
                path,
                folder.server(),
                memory,
                false,
                replay::checkpoint,
                new Then<>(
                        summary -> {
                            checkpoint = summary;
                            // Whatever files are left: a number below the noted places would not be replayed.
                            caretaker.usedUpTo(StreamKind.CONTENT, summary.contentSegment());
                            caretaker.usedUpTo(StreamKind.EVENTS, summary.eventSegment());
                            readOlder(numbers, summary);
                        },
                        why -> {
                            if (why.kind() == IoFailure.Kind.EXHAUSTED || why.kind() == IoFailure.Kind.DENIED) {
                                // Nothing is wrong with it: it cannot be read here and now.
                                failed.accept(why);
                                return;
                            }
                            replay.damaged(new Damage(Damage.Kind.CORRUPT_CHECKPOINT, path, 0, 0, why.text()));
                            readCheckpoint(numbers);
                        }));
    }

    /// The older one is not needed now; its noted places tell what must be kept for it.
    private void readOlder(ArrayDeque<Long> numbers, CheckpointFile.Summary newest) {
        Long number = numbers.pollFirst();
        if (number == null) {
            caretaker.found(newest);
            next.run();
            return;
        }
        CheckpointFile.Reading.start(
                disk,
                home,
                folder.path().resolve(SpoolNames.checkpoint(number)),
                folder.server(),
                memory,
                true,
                frame -> {},
                new Then<>(
                        summary -> {
                            caretaker.found(summary);
                            deleteOld(numbers, () -> readOlder(new ArrayDeque<>(), newest));
                        },
                        why -> readOlder(numbers, newest)));
    }

    /// Those that a crash kept from being deleted.
    private void deleteOld(ArrayDeque<Long> numbers, Runnable next) {
        Long number = numbers.pollFirst();
        if (number == null) {
            next.run();
            return;
        }
        disk.delete(home, folder.path().resolve(SpoolNames.checkpoint(number)), then(done -> deleteOld(numbers, next)));
    }

    private void startWithoutCheckpoint() {
        boolean eventsAreGone = !events.segments.isEmpty() && events.segments.getFirst().id > 1;
        if (checkpointWasThere || eventsAreGone) {
            replay.damaged(new Damage(
                    Damage.Kind.LOST_CHECKPOINT,
                    folder.path(),
                    0,
                    0,
                    "no checkpoint can be read; what was settled before the oldest event comes back"));
        }
        next.run();
    }

    private <T> Answer<T> then(Consumer<T> following) {
        return new Then<>(following, failed);
    }
}
