package org.sluicemta.world;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/// Where to listen.
public sealed interface ListenPlan {
    /// @param address port 0 takes any
    /// @param backlog connections that the system may hold for us, 1 or more
    record Tcp(InetSocketAddress address, int backlog) implements ListenPlan {}

    /// A Unix socket; a file left there by a dead server is replaced, one of a living server is an error.
    ///
    /// @param mode the file's permissions, e.g. 0660
    record Unix(Path path, int mode) implements ListenPlan {}
}
