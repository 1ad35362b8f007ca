package org.sluicemta.world;

/// One reusable alarm. Owner: its loop.
public interface Alarm {
    /// Rings once at or after `nanos` on [Loop#nanos], in a turn of its own; replaces an earlier setting. A moment in
    /// the past rings in the next turn, never within this one.
    void set(long nanos);

    /// Forgets the setting: after this call returns it does not ring.
    void clear();
}
