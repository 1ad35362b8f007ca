package org.sluicemta.spool;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.journal.Journal;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;

/// Has the last live messages of old segments copied, so that the segments can be used again. Owner: the spool's home
/// loop.
///
/// One segment at a time, one shard at a time, a few messages at a time, as fast as the journal allows copying. Only
/// the shards know what lives; each walks its own table and asks for the moves.
final class StragglerRound {
    private static final long LOOK_NANOS = 1_000_000_000L;
    private static final long STEP_NANOS = 10_000_000L;
    private static final int SLICE = 16;

    private final JournalSpool spool;
    private final Loop home;
    private final LiveSource live;
    private final List<SpoolFolder> folders;
    private final Alarm alarm;
    private @Nullable Emptying emptying;
    private final Set<Long> tried = new HashSet<>();
    private boolean isStopped;

    /// A segment that is being emptied.
    private static final class Emptying {
        final SpoolFolder folder;
        final long messageBytes;
        /// Pairs of places: first the segment itself, then each message that has a chunk there.
        final List<long[]> ranges = new ArrayList<>();

        int range;
        int shard;
        long cursor;
        boolean isAsking;

        Emptying(SpoolFolder folder, Journal.Straggler straggler, JournalSpool spool) {
            this.folder = folder;
            long from = Place.firstOf(folder.number(), straggler.segment());
            long to = Place.firstOf(folder.number(), straggler.segment() + 1);
            ranges.add(new long[] {from, to});
            spool.withChunksIn(from, to).forEach(place -> ranges.add(new long[] {place, place + 1}));
            this.messageBytes = straggler.liveBytes() / Math.max(1, straggler.liveRecords());
        }
    }

    StragglerRound(JournalSpool spool, Loop home, LiveSource live, List<SpoolFolder> folders) {
        this.spool = spool;
        this.home = home;
        this.live = live;
        this.folders = folders;
        alarm = home.alarm(this::look);
    }

    void start() {
        alarm.set(home.nanos() + LOOK_NANOS);
    }

    void stop() {
        isStopped = true;
        alarm.clear();
    }

    private void look() {
        if (isStopped) {
            return;
        }
        Emptying now = emptying;
        if (now == null) {
            now = emptying = next();
        }
        if (now == null) {
            alarm.set(home.nanos() + LOOK_NANOS);
            return;
        }
        step(now);
        alarm.set(home.nanos() + STEP_NANOS);
    }

    private @Nullable Emptying next() {
        for (SpoolFolder folder : folders) {
            Optional<Journal.Straggler> oldest = folder.journal().stragglers().stream()
                    .filter(each -> !tried.contains(Place.firstOf(folder.number(), each.segment())))
                    .findFirst();
            if (oldest.isPresent() && folder.takesContent()) {
                tried.add(Place.firstOf(folder.number(), oldest.get().segment()));
                return new Emptying(folder, oldest.get(), spool);
            }
        }
        // What could not be emptied (a message that cannot be read) has its next turn after all others.
        tried.clear();
        return null;
    }

    private void step(Emptying now) {
        boolean isBusy = now.isAsking || spool.movesUnderWay() > 0;
        if (isBusy || !now.folder.journal().mayCopy(SLICE * now.messageBytes)) {
            return;
        }
        if (now.shard == live.shards()) {
            now.shard = 0;
            now.range++;
        }
        if (now.range == now.ranges.size()) {
            emptying = null;
            return;
        }
        now.isAsking = true;
        long from = now.ranges.get(now.range)[0];
        long to = now.ranges.get(now.range)[1];
        live.loop(now.shard).post(() -> {
            long next = live.evacuate(now.shard, now.cursor, from, to, SLICE);
            home.post(() -> {
                now.isAsking = false;
                if (next == LiveSource.END) {
                    now.shard++;
                    now.cursor = 0;
                } else {
                    now.cursor = next;
                }
            });
        });
    }
}
