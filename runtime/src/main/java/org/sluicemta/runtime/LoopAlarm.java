package org.sluicemta.runtime;

import org.sluicemta.world.Alarm;

/// An alarm in its loop's heap. Owner: the loop.
final class LoopAlarm implements Alarm {
    private final TurnLoop loop;
    final Runnable ring;

    /// When to ring.
    long due;

    /// The time by which the heap sorts it: [#due], or earlier where it was postponed since.
    long placedAt;

    /// Index in the heap, -1 when not set.
    int place = -1;

    LoopAlarm(TurnLoop loop, Runnable ring) {
        this.loop = loop;
        this.ring = ring;
    }

    @Override
    public void set(long nanos) {
        loop.requireTurn("set an alarm");
        loop.alarms.set(this, nanos);
    }

    @Override
    public void clear() {
        loop.requireTurn("clear an alarm");
        loop.alarms.clear(this);
    }
}
