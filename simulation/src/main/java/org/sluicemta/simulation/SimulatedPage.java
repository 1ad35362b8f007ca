package org.sluicemta.simulation;

import java.net.URI;

/// What is found at an address of the simulated web.
public sealed interface SimulatedPage {
    /// @param etag its version; empty for none
    record Holds(byte[] bytes, String etag) implements SimulatedPage {}

    record Redirects(URI to) implements SimulatedPage {}

    record Says(int status) implements SimulatedPage {}

    /// Takes the request and never answers.
    record Hangs() implements SimulatedPage {}

    /// Nobody listens there.
    record RefusesConnection() implements SimulatedPage {}

    /// The connection breaks in the middle of the document.
    record Breaks() implements SimulatedPage {}

    /// Shown to a user with this password only, else status 401.
    ///
    /// @param userInfo `user:password`
    record Locked(String userInfo, SimulatedPage inside) implements SimulatedPage {}
}
