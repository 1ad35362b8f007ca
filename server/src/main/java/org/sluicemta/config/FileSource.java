package org.sluicemta.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Where configuration files come from. Rooms do no I/O; `app` brings the real one, a test or a simulation its own.
public interface FileSource {
    /// A configuration file larger than this is a mistake in the path.
    int MOST_BYTES = 64 << 20;

    /// Blocks.
    Content read(Path file);

    /// The names in a folder, without those of sub-folders' content; empty when there is no such folder. Blocks.
    List<Entry> list(Path folder);

    /// A document of the web that a configuration includes. Blocks.
    default Fetched fetch(URI address) {
        return new Fetched.Failed("nothing is fetched here");
    }

    /// What fetching gave.
    sealed interface Fetched {
        /// The document as it is now.
        record Fresh(byte[] bytes) implements Fetched {}

        /// It cannot be fetched; this is the last good copy.
        ///
        /// @param why for a person
        /// @param at when the copy was fetched
        record Kept(byte[] bytes, String why, Instant at) implements Fetched {}

        /// It cannot be fetched, and there is no copy.
        ///
        /// @param why for a person
        record Failed(String why) implements Fetched {}

        /// Nothing was tried, because nothing is to be fetched, and there is no copy.
        record NotTried() implements Fetched {}
    }

    /// @param isFolder whether it is a folder, after following links
    record Entry(String name, boolean isFolder) {}

    /// What reading gave.
    sealed interface Content {
        /// The file's bytes.
        record Found(byte[] bytes) implements Content {}

        /// There is no such file.
        record Missing() implements Content {}

        /// It is there and cannot be read.
        ///
        /// @param why for a person, e.g. "permission denied"
        record Unreadable(String why) implements Content {}
    }

    /// This source with some folders moved: a file below a key is read below its value instead. Names in messages
    /// stay as they are. So a configuration of another machine can be checked where its `/etc/pmta` is not.
    default FileSource mapped(Map<Path, Path> moved) {
        FileSource plain = this;
        return new FileSource() {
            @Override
            public Content read(Path file) {
                return plain.read(move(file));
            }

            @Override
            public List<Entry> list(Path folder) {
                return plain.list(move(folder));
            }

            @Override
            public Fetched fetch(URI address) {
                return plain.fetch(address);
            }

            private Path move(Path path) {
                Path best = path;
                int depth = -1;
                for (Map.Entry<Path, Path> each : moved.entrySet()) {
                    Path from = each.getKey();
                    if (path.startsWith(from) && from.getNameCount() > depth) {
                        depth = from.getNameCount();
                        best = each.getValue().resolve(from.relativize(path));
                    }
                }
                return best;
            }
        };
    }
}
