package org.sluicemta.app;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.config.Snapshot;
import org.sluicemta.control.About;
import org.sluicemta.queue.RecordedModes;
import org.sluicemta.spool.SpoolSettings;
import org.sluicemta.world.TlsIdentity;

/// Everything a server needs to be told, beyond its world.
///
/// @param snapshot the configuration to start with
/// @param spool where messages are kept
/// @param controlSocket where operators' commands come in, or null for none
/// @param nameServers where DNS is asked
/// @param identity what clients are offered where the configuration names no certificate, or null: one is made
/// @param zone for dates in headers, rows and screens
/// @param memory how much of it may be taken, by what for
/// @param modes whether modes, pauses and disabled addresses of before go on
/// @param about what this is and where it runs
/// @param reload reads the configuration again, somewhere else; answers a snapshot or why there is none, on any thread
public record ServerPlan(
        Snapshot snapshot,
        SpoolSettings spool,
        @Nullable Path controlSocket,
        List<InetSocketAddress> nameServers,
        @Nullable TlsIdentity identity,
        ZoneId zone,
        MemoryBudgets memory,
        RecordedModes modes,
        Consumer<Consumer<Reloading>> reload,
        About about) {
    /// The same with another configuration.
    ServerPlan with(Snapshot next) {
        return new ServerPlan(next, spool, controlSocket, nameServers, identity, zone, memory, modes, reload, about);
    }

    /// @param snapshot null where reading failed
    /// @param failure why, or empty
    public record Reloading(@Nullable Snapshot snapshot, String failure, List<String> notes) {}
}
