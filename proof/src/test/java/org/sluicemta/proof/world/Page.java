package org.sluicemta.proof.world;

/// Documents that a world under test can be asked to publish.
sealed interface Page {
    record Holds(byte[] bytes, String etag) implements Page {}

    /// @param to a path, or an address
    record Redirects(String to) implements Page {}

    record Says(int status) implements Page {}

    record Hangs() implements Page {}

    /// Sends a head that promises more than comes.
    record Breaks() implements Page {}

    /// Shown to `user:password` only.
    record Locked(String userInfo, byte[] bytes) implements Page {}
}
