package org.sluicemta.pace;

/// The identity of a limit's state; it outlives reloads, so that a reload forgives no debt.
public record LimitKey(Scope scope, String name, Kind kind) {
    /// Whom the limit is counted for. Declared from the widest to the narrowest.
    public enum Scope {
        SERVER,
        VIRTUAL_MTA,
        SOURCE_ADDRESS,
        ROLLUP,
        QUEUE
    }

    /// For a person: `queue example.com/m1`.
    public String owner() {
        return switch (scope) {
            case SERVER -> "the server";
            case VIRTUAL_MTA -> "virtual MTA " + name;
            case SOURCE_ADDRESS -> "source address " + name;
            case ROLLUP -> "rollup " + name;
            case QUEUE -> "queue " + name;
        };
    }

    /// What is counted.
    public enum Kind {
        CONNECTIONS,
        CONNECT_RATE,
        MESSAGE_RATE,
        /// Bytes in a time, counted as they are sent.
        DATA_VOLUME,
        /// The pause between two connections that are opened.
        OPENING_PAUSE
    }
}
