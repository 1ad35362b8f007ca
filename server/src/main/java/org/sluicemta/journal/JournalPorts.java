package org.sluicemta.journal;

import org.sluicemta.world.Disk;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;

/// What a journal needs of the world.
///
/// @param home the loop of recovery and housekeeping, and of every question about them; may be slow
/// @param contentLane a lane of its own
/// @param eventLane a lane of its own
/// @param memory what reading, recovery and the memory of recent events take from; at least twice the largest record
public record JournalPorts(Disk disk, Loop home, Loop contentLane, Loop eventLane, Memory memory, Entropy entropy) {
    Loop lane(StreamKind stream) {
        return switch (stream) {
            case CONTENT -> contentLane;
            case EVENTS -> eventLane;
        };
    }
}
