package org.sluicemta.config;

import java.net.URI;
import java.time.Duration;

/// Where the configuration is pulled from, and how often: the value of `config-source`.
public sealed interface ConfigSource {
    /// Between two pulls that go well, 10 s to 1 day.
    Duration every();

    /// How many virtual MTAs a new version may take away without being asked for, 0 to 10,000.
    int maxRemoved();

    /// The address for a person: without a user, a password or a query.
    String shown();

    /// The words of the address that may be secret; to be cut out of what other programs say about it.
    /// Empty for none.
    String secret();

    /// A repository of git.
    ///
    /// @param address as git takes it; not beginning with a hyphen
    /// @param branch empty for the one that the repository shows first
    /// @param path of the main file in the repository
    record Git(String address, String branch, String path, Duration every, int maxRemoved) implements ConfigSource {
        @Override
        public String shown() {
            return "git:" + ConfigSourceReader.withoutSecrets(address) + (branch.isEmpty() ? "" : " branch=" + branch)
                    + (path.equals(DEFAULT_PATH) ? "" : " path=" + path);
        }

        @Override
        public String secret() {
            return ConfigSourceReader.userOf(address);
        }

        @Override
        public String toString() {
            return shown() + ConfigSourceReader.options(this);
        }
    }

    /// One file, by HTTP.
    record Document(URI address, Duration every, int maxRemoved) implements ConfigSource {
        @Override
        public String shown() {
            return ConfigSourceReader.withoutSecrets(address.toString());
        }

        @Override
        public String secret() {
            return ConfigSourceReader.userOf(address.toString());
        }

        @Override
        public String toString() {
            return shown() + ConfigSourceReader.options(this);
        }
    }

    /// The main file of a repository where none is named.
    String DEFAULT_PATH = "config";
    /// How often is pulled where nothing is said.
    Duration DEFAULT_EVERY = Duration.ofMinutes(5);
    /// As few as a slip of the hand may take along.
    int DEFAULT_MAX_REMOVED = 3;
}
