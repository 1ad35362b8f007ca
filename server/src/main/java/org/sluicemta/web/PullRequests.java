package org.sluicemta.web;

/// Has the configuration pulled. Implemented by `app`.
public interface PullRequests {
    /// Pulls before the next interval would, unless pulling is held. However often it is called, at most one pull is
    /// made in five seconds, and one behind the last call. From any thread; never blocks.
    void soon();
}
