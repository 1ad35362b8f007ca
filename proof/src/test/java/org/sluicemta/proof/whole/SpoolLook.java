package org.sluicemta.proof.whole;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.JournalSpool;
import org.sluicemta.spool.LiveSource;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.Spool;
import org.sluicemta.spool.SpoolSettings;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.spool.Survivors;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.World;

/// Reads what waits in a spool after the server ended. Owner: the housekeeping lane of its world, then the first loop.
final class SpoolLook implements Survivors, LiveSource {
    private record Waiting(long position, List<LiveRecipient> recipients) {}

    private final World world;
    private final SpoolSettings settings;
    private final List<Waiting> found = new ArrayList<>();
    private final Set<Pair> waiting = new TreeSet<>();
    private final Set<Pair> owed = new TreeSet<>();
    private final List<String> findings = new ArrayList<>();
    private int unread;
    private @Nullable String failure;
    private boolean isOpen;

    SpoolLook(World world, SpoolSettings settings) {
        this.world = world;
        this.settings = settings;
    }

    void begin() {
        Loop lane = world.lane("look");
        JournalSpool.open(world, lane, settings, this, this, new Answer<>() {
            @Override
            public void ready(JournalSpool spool) {
                findings.addAll(spool.recovered().findings());
                Loop home = world.loops().getFirst();
                home.post(() -> read(spool, home));
            }

            @Override
            public void failed(IoFailure why) {
                failure = why.text();
            }
        });
    }

    private void read(Spool spool, Loop home) {
        unread = found.size();
        isOpen = true;
        for (Waiting each : found) {
            spool.read(home, each.position, new Answer<>() {
                @Override
                public void ready(StoredMessage stored) {
                    unread--;
                    for (LiveRecipient recipient : each.recipients) {
                        (recipient.isReportOwed() ? owed : waiting)
                                .add(new Pair(
                                        stored.message().reversePath(),
                                        stored.message()
                                                .recipients()
                                                .get(recipient.index())
                                                .forwardPath()));
                    }
                    stored.content().release();
                }

                @Override
                public void failed(IoFailure why) {
                    unread--;
                    findings.add(why.text());
                }
            });
        }
    }

    boolean isDone() {
        return failure != null || isOpen && unread == 0;
    }

    @Nullable
    String failure() {
        return failure;
    }

    Set<Pair> waiting() {
        return waiting;
    }

    Set<Pair> owed() {
        return owed;
    }

    List<String> findings() {
        return findings;
    }

    @Override
    public void message(
            MessageId id, long position, long queuedMillis, long sizeBytes, List<LiveRecipient> recipients) {
        found.add(new Waiting(position, recipients));
    }

    @Override
    public void queue(QueueEvent last) {
        // only mail is looked for
    }

    @Override
    public int shards() {
        return 1;
    }

    @Override
    public Loop loop(int shard) {
        return world.loops().getFirst();
    }

    @Override
    public int shardOf(QueueKey queue) {
        return 0;
    }

    @Override
    public void whenTakenIn(Loop loop, Runnable done) {
        done.run();
    }

    @Override
    public long dump(int shard, long cursor, int atMost, LiveSink sink) {
        return END;
    }

    @Override
    public long evacuate(int shard, long cursor, long from, long to, int atMost) {
        return END;
    }
}
