package org.sluicemta.web;

import java.util.Locale;

/// How much somebody may do; each level includes those before it.
public enum AccessLevel {
    NONE,
    /// Sees everything, changes nothing.
    MONITOR,
    /// Pauses, resumes, schedules, sets modes and source addresses.
    OPERATOR,
    /// Everything that a command can do.
    ADMIN;

    boolean includes(AccessLevel other) {
        return compareTo(other) >= 0;
    }

    /// As in the configuration.
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
