package org.sluicemta.config;

import java.time.Duration;

/// So many in a time: recipients, connections or bytes, as the directive says.
public sealed interface Rate {
    /// No limit: written `0` or `unlimited`.
    enum Unlimited implements Rate {
        UNLIMITED;

        @Override
        public String toString() {
            return "unlimited";
        }
    }

    /// @param amount 1 or more
    /// @param per 1 s or more
    record Limited(long amount, Duration per) implements Rate {
        public Limited {
            if (amount < 1 || per.toSeconds() < 1) {
                throw new ConfigException("a rate of " + amount + " per " + per + "; write 1/s or more");
            }
        }

        /// For comparing: events a day.
        double perDay() {
            return (double) amount * 86_400 / per.toSeconds();
        }

        @Override
        public String toString() {
            return amount + "/" + ValueType.spell(per);
        }
    }

    static Rate unlimited() {
        return Unlimited.UNLIMITED;
    }
}
