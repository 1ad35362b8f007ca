package org.sluicemta.pull;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.sluicemta.config.FileSource;

/// The files of a tree as if they stood in their folder already; all other files come from elsewhere. So
/// a version is checked before it is written, under the names that it will have.
public final class TreeFiles implements FileSource {
    private final Tree tree;
    private final Path folder;
    private final FileSource elsewhere;

    public TreeFiles(Tree tree, Path folder, FileSource elsewhere) {
        this.tree = tree;
        this.folder = folder.normalize();
        this.elsewhere = elsewhere;
    }

    @Override
    public Content read(Path file) {
        Path plain = file.normalize();
        if (!plain.startsWith(folder)) {
            return elsewhere.read(file);
        }
        byte[] bytes = tree.files().get(folder.relativize(plain).toString());
        return bytes == null ? new Content.Missing() : new Content.Found(bytes);
    }

    @Override
    public Fetched fetch(URI address) {
        return elsewhere.fetch(address);
    }

    @Override
    public List<Entry> list(Path asked) {
        Path plain = asked.normalize();
        if (!plain.startsWith(folder)) {
            return elsewhere.list(asked);
        }
        String inside = folder.relativize(plain).toString();
        String prefix = inside.isEmpty() ? "" : inside + "/";
        var files = new TreeSet<String>();
        var folders = new TreeSet<String>();
        for (String path : tree.files().tailMap(prefix).keySet()) {
            if (!path.startsWith(prefix)) {
                break;
            }
            String rest = path.substring(prefix.length());
            int slash = rest.indexOf('/');
            if (slash < 0) {
                files.add(rest);
            } else {
                folders.add(rest.substring(0, slash));
            }
        }
        List<Entry> found = new ArrayList<>();
        folders.forEach(name -> found.add(new Entry(name, true)));
        files.forEach(name -> found.add(new Entry(name, false)));
        return List.copyOf(found);
    }
}
