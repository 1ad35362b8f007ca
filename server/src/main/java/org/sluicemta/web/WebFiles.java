package org.sluicemta.web;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/// The log and accounting files that may be looked at. Implemented by `app`. Blocks; for virtual threads.
public interface WebFiles {
    /// @param name without its folder; no two are alike
    /// @param changedMillis since 1970
    record Listed(String name, long sizeBytes, long changedMillis) {}

    /// At most a thousand, the newest first.
    List<Listed> list();

    /// Opens one of [#list]; anything else is empty, whatever its name says.
    Optional<InputStream> open(String name);
}
