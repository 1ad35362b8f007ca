package org.sluicemta.app;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.spool.LiveSource;
import org.sluicemta.world.*;
record TemporaryLive(World world, QueueRoom room) implements LiveSource {
    public int shards() { return world.loops().size(); }
    public Loop loop(int shard) { return world.loops().get(shard); }
    public int shardOf(QueueKey queue) { return room.shardOf(queue); }
    public void whenTakenIn(Loop loop, Runnable done) { done.run(); }
    public long dump(int shard, long cursor, int atMost, LiveSink sink) { return 1; }
    public long evacuate(int shard, long cursor, long from, long to, int atMost) { return END; }
}
