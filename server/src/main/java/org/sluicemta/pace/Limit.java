package org.sluicemta.pace;

import org.sluicemta.settings.Setting;

/// A limit that binds somebody, with its present number and where it was set: enough to explain a wait.
public sealed interface Limit {
    LimitKey key();

    /// The directive, e.g. `max-smtp-msg-rate`.
    String directive();

    /// The place that set it, e.g. `/etc/sluice/config:41`.
    String origin();

    /// So many in a time.
    record OfRate(LimitKey key, Rate rate, String directive, String origin) implements Limit {
        public OfRate {
            if (rate.isUnlimited()) {
                throw new PaceException(directive + " is unlimited and binds nobody; leave it out");
            }
        }

        public static OfRate of(LimitKey key, Setting<Rate> setting) {
            return new OfRate(
                    key, setting.value(), setting.directive(), setting.origin().toString());
        }
    }

    /// So many at one time.
    record OfConnections(LimitKey key, int most, String directive, String origin) implements Limit {
        public static OfConnections of(LimitKey key, Setting<Integer> setting) {
            return new OfConnections(
                    key, setting.value(), setting.directive(), setting.origin().toString());
        }
    }
}
