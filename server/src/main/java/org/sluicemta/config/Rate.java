package org.sluicemta.config;

import java.time.Duration;

/// So many in a time: recipients, connections or bytes, as the directive says.
public sealed interface Rate {
    /// The calendar units in which rates are written.
    enum Unit {
        SECOND(1, 's'),
        MINUTE(60, 'm'),
        HOUR(3_600, 'h'),
        DAY(86_400, 'd');

        private final int seconds;
        private final char letter;

        Unit(int seconds, char letter) {
            this.seconds = seconds;
            this.letter = letter;
        }
    }

    /// No limit: written `0` or `unlimited`.
    enum Unlimited implements Rate {
        UNLIMITED;

        @Override
        public String toString() {
            return "unlimited";
        }
    }

    /// `100/15m` is 100, 15, MINUTE.
    ///
    /// @param amount 1 or more
    /// @param times units in which the amount is allowed, 1 or more
    record Limited(long amount, int times, Unit unit) implements Rate {
        public Limited {
            if (amount < 1 || times < 1) {
                throw new ConfigException("a rate of " + amount + " in " + times + " units; write 1/s or more");
            }
        }

        /// The time in which the amount is allowed.
        public Duration per() {
            return Duration.ofSeconds((long) times * unit.seconds);
        }

        /// For comparing: events a day.
        double perDay() {
            return (double) amount * Unit.DAY.seconds / per().toSeconds();
        }

        @Override
        public String toString() {
            return amount + "/" + (times == 1 ? "" : String.valueOf(times)) + unit.letter;
        }
    }

    static Rate unlimited() {
        return Unlimited.UNLIMITED;
    }
}
