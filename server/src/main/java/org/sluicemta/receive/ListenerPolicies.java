package org.sluicemta.receive;

/// What the configuration says of listeners. Immutable; from any loop, never blocks.
@FunctionalInterface
public interface ListenerPolicies {
    /// @param listener its name, as it was given to [SmtpListener]; one that the configuration no longer has gets what
    ///     is global
    ListenerPolicy of(String listener);
}
