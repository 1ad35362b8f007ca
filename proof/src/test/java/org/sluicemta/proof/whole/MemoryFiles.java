package org.sluicemta.proof.whole;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.sluicemta.app.ServerPlan;
import org.sluicemta.config.Check;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.Report;
import org.sluicemta.config.ReportText;
import org.sluicemta.config.Snapshot;

/// A configuration that is one text in memory.
record MemoryFiles(String text) implements FileSource {
    private static final Path FILE = Path.of("/etc/sluice/config");

    @Override
    public Content read(Path file) {
        return file.equals(FILE) ? new Content.Found(text.getBytes(StandardCharsets.UTF_8)) : new Content.Missing();
    }

    @Override
    public List<Entry> list(Path folder) {
        return List.of();
    }

    /// As `run` and `reload` read it.
    static ServerPlan.Reloading load(String text, List<InetAddress> local) {
        Report report = Check.of(new MemoryFiles(text), FILE, Check.Strictness.STRICT);
        if (report.hasErrors()) {
            return new ServerPlan.Reloading(null, ReportText.of(report).strip(), List.of());
        }
        return new ServerPlan.Reloading(
                Snapshot.of(report.configuration().orElseThrow(), "mta.sluice.example", local), "", List.of());
    }

    /// The snapshot of a text without errors.
    static Snapshot snapshot(String text, List<InetAddress> local) {
        ServerPlan.Reloading loaded = load(text, local);
        Snapshot snapshot = loaded.snapshot();
        if (snapshot == null) {
            throw new AssertionError(loaded.failure() + "\n" + text);
        }
        return snapshot;
    }
}
