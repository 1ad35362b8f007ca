package org.sluicemta.config;

import java.util.ArrayList;
import java.util.List;

/// What a configuration names outside of itself: files, folders, programs and local addresses, in the order of its
/// lines. Owner: the thread of one check.
final class Mentions {
    private final List<NamedFile> files = new ArrayList<>();
    private final List<OnThisMachine.Address> addresses = new ArrayList<>();

    List<NamedFile> files() {
        return files;
    }

    List<OnThisMachine.Address> addresses() {
        return addresses;
    }

    /// A file that a tag names.
    void file(NamedFile file) {
        files.add(file);
    }

    /// @param value as the entry's type has read it
    void line(Node.Line line, Catalogue.Entry entry, Object value) {
        if (value instanceof SourceHost host && entry.state() == Catalogue.State.BUILT) {
            host.address().ifPresent(range -> wanted(range, line.valuePlace(), "smtp-source-host"));
        } else if (value instanceof Listener listener) {
            wanted(listener.address(), line.valuePlace(), "smtp-listener");
        }
        if (NamedFile.isNamedBy(entry.keptAs())) {
            named(line, entry, value);
        } else if (entry.name().equals("domain-key")) {
            keyFile(line);
        }
    }

    /// An address that a tag names.
    void wanted(Cidr range, Place place, String directive) {
        addresses.add(new OnThisMachine.Address(range, directive, place));
    }

    /// `SELECTOR, DOMAIN, FILE`; a key in a vault has no file.
    private void keyFile(Node.Line line) {
        List<Words.Word> words = Words.items(line.value());
        if (words.size() == 3 && !words.get(2).text().startsWith("{")) {
            Words.Word file = words.get(2);
            files.add(new NamedFile(
                    NamedFile.Use.KEY, file.text(), "domain-key", line.placeOf(file.offset(), file.length())));
        }
    }

    private void named(Node.Line line, Catalogue.Entry entry, Object value) {
        switch (value) {
            case FileAndPassword(String path, String _) ->
                files.add(NamedFile.of(entry.keptAs(), path, line.valuePlace()));
            case PickupLine(String folder, String bad) -> {
                files.add(NamedFile.of(entry.keptAs(), folder, line.valuePlace()));
                files.add(NamedFile.of(entry.keptAs(), bad, line.valuePlace()));
            }
            case String path
            when !path.isEmpty() && !path.equals("none") ->
                files.add(NamedFile.of(entry.keptAs(), path, line.valuePlace()));
            default -> {}
        }
    }
}
