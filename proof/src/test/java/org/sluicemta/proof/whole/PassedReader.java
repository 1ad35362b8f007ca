package org.sluicemta.proof.whole;

import java.time.Duration;
import org.sluicemta.simulation.SimulatedHost;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.spool.EventFollower;
import org.sluicemta.spool.JournalSpool;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.ReaderOffset;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.SpoolSettings;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Opens a spool, records that a reader has passed everything in it, and closes it.
final class PassedReader {
    private final SimulatedWorld world;
    private final SpoolSettings settings;
    private final String reader;
    private boolean isDone;

    PassedReader(SimulatedHost host, SpoolSettings settings, String reader) {
        this.world = host.boot();
        this.settings = settings;
        this.reader = reader;
    }

    void run(SimulatedUniverse universe) {
        Loop lane = world.lane("passed");
        var look = new SpoolLook(world, settings);
        JournalSpool.open(world, lane, settings, look, look, new Told<>() {
            @Override
            public void ready(JournalSpool spool) {
                EventFollower follower = spool.follow(reader, lane);
                spool.start();
                follower.next(new EventFollower.Taker() {
                    @Override
                    public void recipient(long position, RecipientEvent event) {}

                    @Override
                    public void queue(long position, QueueEvent event) {}

                    @Override
                    public void receipt(long position, ReceiptEvent event) {}

                    @Override
                    public void end(long last, boolean hasNews) {
                        // One place behind another until nothing of the run before is left.
                        boolean isTaken = spool.record(new ReaderOffset(reader, last, "", 0), lane, () -> {});
                        if (isTaken && !spool.isOfThisRun(last)) {
                            follower.next(this);
                        } else {
                            spool.close(new Told<Disk.Done>() {
                                @Override
                                public void ready(Disk.Done done) {
                                    isDone = true;
                                }
                            });
                        }
                    }

                    @Override
                    public void failed(IoFailure why) {
                        throw new AssertionError(why.text());
                    }
                });
            }
        });
        universe.runUntil(() -> isDone, Duration.ofMinutes(1));
        world.kill();
    }

    private abstract static class Told<T> implements Answer<T> {
        @Override
        public void failed(IoFailure why) {
            throw new AssertionError(why.text());
        }
    }
}
