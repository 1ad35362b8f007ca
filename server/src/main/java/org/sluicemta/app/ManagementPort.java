package org.sluicemta.app;

import java.time.ZoneId;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Snapshot;
import org.sluicemta.web.WebException;
import org.sluicemta.web.WebPort;
import org.sluicemta.web.WebSettings;
import org.sluicemta.world.Loop;
import org.sluicemta.world.World;

/// Connects the management port with the server. Mail does not wait for it: a port that cannot be opened is said and
/// left out.
///
/// Owner: the first mail loop; what blocks runs on virtual threads, one after the other.
final class ManagementPort {
    private static final Logger LOG = LoggerFactory.getLogger(ManagementPort.class);

    private final Loop home;
    private final Server server;
    /// The snapshot whose configuration is shown. Any thread.
    private volatile Snapshot shown;

    private final Object oneAtATime = new Object();
    /// Guarded by `oneAtATime`.
    private @Nullable WebPort port;

    private ManagementPort(Loop home, Server server) {
        this.home = home;
        this.server = server;
        this.shown = server.snapshot();
    }

    /// Opens the port if the configuration has one. On the first mail loop.
    ///
    /// @param opened hears there what to say of it: empty where there is none
    static ManagementPort start(World world, Server server, Pulling pulling, String version, Consumer<String> opened) {
        var management = new ManagementPort(world.loops().getFirst(), server);
        WebSettings settings = server.snapshot().web();
        if (settings.port() == 0) {
            opened.accept("");
            return management;
        }
        var around = new WebPort.Around(
                world,
                management.home,
                world.lane("web"),
                server.control(),
                server.operations(),
                server::measure,
                new LookableFiles(management::configuration),
                pulling::soon,
                server.ownIdentity(),
                ZoneId.systemDefault(),
                version);
        server.onReload(management::reloaded);
        Thread.ofVirtual().name("management").start(() -> {
            String said = management.open(settings, around);
            management.home.post(() -> opened.accept(said));
        });
        return management;
    }

    private Configuration configuration() {
        return shown.configuration();
    }

    private String open(WebSettings settings, WebPort.Around around) {
        try {
            synchronized (oneAtATime) {
                WebPort open = WebPort.open(settings, around);
                port = open;
                return "management on port " + open.port() + (settings.redirectsToTls() ? " (HTTPS)" : "");
            }
        } catch (WebException broken) {
            LOG.error("{}; mail goes on without it", broken.getMessage());
            return "no management port";
        }
    }

    /// In a turn of the first mail loop.
    private void reloaded() {
        Snapshot next = server.snapshot();
        shown = next;
        Thread.ofVirtual().name("management").start(() -> {
            synchronized (oneAtATime) {
                // Of two reloads in a row the last one counts, in whatever order they come here.
                if (port != null && shown == next) {
                    try {
                        port.adopt(next.web());
                    } catch (WebException broken) {
                        LOG.error("the management port stays as it was: {}", broken.getMessage());
                    }
                }
            }
        });
    }

    /// From any thread; does not wait.
    void stop() {
        Thread.ofVirtual().name("management").start(() -> {
            synchronized (oneAtATime) {
                if (port != null) {
                    port.stop();
                    port = null;
                }
            }
        });
    }
}
