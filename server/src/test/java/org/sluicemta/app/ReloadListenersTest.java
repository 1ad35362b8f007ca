package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.config.Check;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.Snapshot;
import org.sluicemta.control.About;
import org.sluicemta.journal.JournalSettings;
import org.sluicemta.queue.RecordedModes;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.spool.SpoolSettings;
import org.sluicemta.world.Loop;

class ReloadListenersTest {
    private static final Path CONFIG = Path.of("/etc/sluice/config");
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("10.0.0.1");

    /// A configuration that is one text.
    private record OneFile(String text) implements FileSource {
        @Override
        public Content read(Path file) {
            return file.equals(CONFIG)
                    ? new Content.Found(text.getBytes(StandardCharsets.UTF_8))
                    : new Content.Missing();
        }

        @Override
        public List<Entry> list(Path folder) {
            return List.of();
        }
    }

    private static Snapshot snapshot() {
        var files = new OneFile("host-name mx.sluice.example\nsmtp-listener 10.0.0.1:25\n");
        return Snapshot.of(
                Check.of(files, CONFIG, Check.Strictness.STRICT).configuration().orElseThrow(),
                "mx.sluice.example",
                List.of(ADDRESS));
    }

    @Test
    void oneThatBreaksStopsNeitherTheOthersNorTheNextReload() {
        SimulatedUniverse universe = SimulatedUniverse.seeded(1);
        var host = universe.host("server", ADDRESS).loops(1);
        host.disk().makeFolders(Path.of("/spool"));
        SimulatedWorld world = host.boot();
        Loop home = world.loops().getFirst();
        var plan = new ServerPlan(
                snapshot(),
                new SpoolSettings(
                        List.of(Path.of("/spool/a")),
                        JournalSettings.defaults(),
                        64 << 20,
                        50_000,
                        1_000,
                        64 << 10,
                        100),
                null,
                List.of(new InetSocketAddress(ADDRESS, 53)),
                null,
                ZoneOffset.UTC,
                new MemoryBudgets(1L << 30, 8 << 20, 1536L << 20, 128L << 20),
                RecordedModes.KEPT,
                answer -> answer.accept(new ServerPlan.Reloading(snapshot(), "", List.of())),
                About.version("simulated"));
        var heard = new ArrayList<String>();
        home.post(() -> Server.start(world, plan, new Server.Started() {
            @Override
            public void ready(Server server) {
                server.onReload(() -> {
                    heard.add("one");
                    throw new IllegalStateException("broken");
                });
                server.onReload(() -> heard.add("other"));
                // The second waits for the first; the third comes when both are over.
                server.reload(0, done -> heard.add("first" + done.failure()));
                server.reload(0, done -> {
                    heard.add("second" + done.failure());
                    home.post(() -> server.reload(0, again -> heard.add("third" + again.failure())));
                });
            }

            @Override
            public void failed(String why) {
                heard.add(why);
            }
        }));

        universe.advance(Duration.ofSeconds(10));

        assertThat(heard).containsExactly("one", "other", "first", "one", "other", "second", "one", "other", "third");
    }
}
