package org.sluicemta.config;

import java.nio.file.Path;
import java.util.Set;

/// What the file system says about paths that a configuration names. Rooms do no I/O; `app` brings the real one.
public interface FileRights {
    /// Nothing is known about any path.
    FileRights UNKNOWN = _ -> new Look.Hidden();

    /// Follows links. Blocks.
    Look look(Path path);

    /// What looking at a path gave.
    sealed interface Look {
        /// It is there.
        ///
        /// @param path after following links
        /// @param owner the number of its owner
        /// @param group the number of its group
        /// @param mode the nine bits of rights
        /// @param shown owner and group for a person, e.g. `root:pmta`
        record Found(Path path, boolean isFolder, int owner, int group, int mode, String shown) implements Look {}

        /// It is not there.
        record Missing() implements Look {}

        /// Nothing can be said: a folder on the way is closed to whoever runs the check.
        record Hidden() implements Look {}
    }

    /// A user of the machine.
    ///
    /// @param groups the numbers of all groups
    record Account(String name, int user, Set<Integer> groups) {
        public Account {
            groups = Set.copyOf(groups);
        }
    }
}
