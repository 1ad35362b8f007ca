package org.sluicemta.app;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.World;
import picocli.CommandLine.Option;

/// What commands that read a configuration without a server ask about documents of the web, and the world in which they
/// are fetched: it is made only where there is one.
final class WebOptions implements AutoCloseable {
    @Option(
            names = "--offline",
            description = "Fetches no included documents of the web; copies that the server keeps stand in.")
    private boolean isOffline;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "As for run: the server keeps copies of included documents in DIR/included.")
    private @Nullable Path data;

    private @Nullable RealWorld world;

    WebIncludes includes() {
        var copies = new WebCopies(RunCommand.copies(data));
        return isOffline ? WebIncludes.offline(copies) : WebIncludes.fetching(this::world, copies);
    }

    private World world() {
        RealWorld made = world;
        if (made == null) {
            made = RealWorld.start(new RealWorldPlan(1, 1, 16, 1, false));
            world = made;
        }
        return made;
    }

    @Override
    public void close() {
        if (world != null) {
            world.close();
        }
    }
}
