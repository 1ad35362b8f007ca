package org.sluicemta.settings;

/// Where a value comes from.
public sealed interface Origin {
    /// The built-in default.
    enum BuiltIn implements Origin {
        BUILT_IN;

        @Override
        public String toString() {
            return "built in";
        }
    }

    /// A line of a configuration file.
    ///
    /// @param file as the operator named it
    /// @param line from 1
    /// @param column from 1
    /// @param scope the enclosing block for a person, e.g. `<domain example.com> in <virtual-mta m1>`;
    ///     empty at the top
    record Line(String file, int line, int column, String scope) implements Origin {
        @Override
        public String toString() {
            return file + ":" + line;
        }
    }
}
