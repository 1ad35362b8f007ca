package org.sluicemta.config;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Files in memory, by path.
final class MemoryFiles implements FileSource {
    private final TreeMap<String, byte[]> files = new TreeMap<>();
    private final TreeMap<String, Fetched> documents = new TreeMap<>();

    static MemoryFiles with(String path, String text) {
        return new MemoryFiles().and(path, text);
    }

    MemoryFiles and(String path, String text) {
        files.put(path, text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    MemoryFiles andBytes(String path, byte[] bytes) {
        files.put(path, bytes);
        return this;
    }

    @Override
    public Content read(Path file) {
        byte[] bytes = files.get(file.toString());
        return bytes == null ? new Content.Missing() : new Content.Found(bytes);
    }

    MemoryFiles andDocument(String address, String text) {
        return andDocument(address, new Fetched.Fresh(text.getBytes(StandardCharsets.UTF_8)));
    }

    MemoryFiles andDocument(String address, Fetched fetched) {
        documents.put(address, fetched);
        return this;
    }

    @Override
    public Fetched fetch(URI address) {
        return documents.getOrDefault(address.toString(), new Fetched.Failed("the web server answers 404"));
    }

    @Override
    public List<Entry> list(Path folder) {
        List<Entry> found = new ArrayList<>();
        String prefix = folder.toString().equals("/") || folder.toString().isEmpty() ? folder.toString() : folder + "/";
        for (String each : files.descendingKeySet()) {
            if (each.startsWith(prefix)) {
                String rest = each.substring(prefix.length());
                int slash = rest.indexOf('/');
                Entry entry = slash < 0 ? new Entry(rest, false) : new Entry(rest.substring(0, slash), true);
                if (!found.contains(entry)) {
                    found.add(entry);
                }
            }
        }
        return found;
    }

    static Report check(String text) {
        return check(text, Check.Strictness.USUAL);
    }

    static Report check(String text, Check.Strictness strictness) {
        return Check.of(with("/etc/sluice/config", text), Path.of("/etc/sluice/config"), strictness);
    }

    /// The snapshot of a text that has no error.
    static Configuration load(String text) {
        Report report = check(text);
        return report.configuration().orElseThrow(() -> new AssertionError(ReportText.of(report)));
    }
}
