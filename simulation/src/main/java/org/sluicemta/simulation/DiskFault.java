package org.sluicemta.simulation;

import java.time.Duration;
import org.sluicemta.world.IoFailure;

/// What goes wrong with a call on a disk.
public sealed interface DiskFault {
    /// The call fails. A failed sync first loses a random part of what was unsynced and then reports clean, as Linux
    /// does; of a failed durable write any part may have reached the disk.
    record Fails(IoFailure.Kind kind) implements DiskFault {}

    /// The first `bytes` of a write reach the disk, then it fails.
    record WritesShort(int bytes, IoFailure.Kind kind) implements DiskFault {}

    /// No answer until [InjectedFault#release]. Where home is a lane, the lane stands still meanwhile.
    record Hangs() implements DiskFault {}

    /// The answer takes this much longer.
    record Slow(Duration by) implements DiskFault {}

    /// A read delivers one bit wrong, of the seed's choice; the platter stays as it was.
    record FlipsBit() implements DiskFault {}
}
