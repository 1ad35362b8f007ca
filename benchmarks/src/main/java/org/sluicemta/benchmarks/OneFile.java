package org.sluicemta.benchmarks;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.sluicemta.config.Check;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.Snapshot;

/// A configuration that is one text in memory.
public final class OneFile implements FileSource {
    private final byte[] bytes;

    private OneFile(String text) {
        bytes = text.getBytes(StandardCharsets.UTF_8);
    }

    /// As the server would have it; the text must be free of errors.
    public static Snapshot snapshot(String text) {
        var report = Check.of(new OneFile(text), Path.of("/etc/sluice/config"), Check.Strictness.USUAL);
        return Snapshot.of(report.configuration().orElseThrow(), "mx.example.com", List.of());
    }

    @Override
    public Content read(Path file) {
        return new Content.Found(bytes);
    }

    @Override
    public List<Entry> list(Path folder) {
        return List.of();
    }
}
