package org.sluicemta.config;

import java.time.Duration;

/// After a time, or never.
public sealed interface Delay {
    /// Written `never`, or `no` where a truth value is allowed.
    enum Never implements Delay {
        NEVER;

        @Override
        public String toString() {
            return "never";
        }
    }

    /// @param time zero means at once
    record After(Duration time) implements Delay {
        @Override
        public String toString() {
            return ValueType.spell(time);
        }
    }
}
