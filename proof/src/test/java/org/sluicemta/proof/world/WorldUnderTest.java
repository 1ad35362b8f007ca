package org.sluicemta.proof.world;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.sluicemta.world.World;

/// A world and what a test needs around it. Made anew for each test.
public interface WorldUnderTest extends AutoCloseable {
    World world();

    /// Returns when `claim` holds. The real world waits for its events and fails after 10 s; the simulated one takes
    /// turns and advances its clock until the claim holds, and fails when nothing is left to do or 10 minutes of
    /// its time have gone.
    void until(BooleanSupplier claim);

    /// An empty folder of the world's disk.
    Path folder();

    /// A path at which every write fails with [org.sluicemta.world.IoFailure.Kind#NO_SPACE]; it can be opened with
    /// [org.sluicemta.world.Disk.OpenPlan#WRITE].
    Path pathWithoutRoom();

    /// An address that answers nothing: who connects there waits.
    InetSocketAddress silentAddress();

    /// The command that starts a program which does this; further arguments may be added.
    List<String> command(Script script);

    /// Publishes a document on a web server of loopback.
    ///
    /// @param path beginning with a slash
    /// @return its address, `http`
    URI publish(String path, Page page);

    /// An address of a web server that does not run.
    URI addressWithoutServer();

    @Override
    void close();
}
