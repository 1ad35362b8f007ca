package org.sluicemta.receive;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.sluicemta.settings.Setting;
import org.sluicemta.smtp.SaslMechanism;

/// What the configuration says of log-ins of one client.
///
/// @param allowAuth offer AUTH, where any user is configured
/// @param requireAuth no mail before a log-in: 530 5.7.0
/// @param allowUnencryptedPlain offer PLAIN and LOGIN in clear too
/// @param requireStarttlsBefore no AUTH at all in clear
/// @param maxFailureRate failed log-ins from one address before further ones are refused unheard; empty for no bound
/// @param mechanisms those that may be used, as far as they are built (`auth-type`)
/// @param sharedPassword with it anybody logs in under a name that no user has (`password` of a source); empty: nobody
public record LoginPolicy(
        Setting<Boolean> allowAuth,
        Setting<Boolean> requireAuth,
        Setting<Boolean> allowUnencryptedPlain,
        Setting<Boolean> requireStarttlsBefore,
        Setting<Optional<FailureRate>> maxFailureRate,
        Setting<Set<SaslMechanism>> mechanisms,
        Setting<String> sharedPassword) {
    /// @param count 1 or more in each `per`
    public record FailureRate(long count, Duration per) {}

    /// Passwords are never printed.
    @Override
    public String toString() {
        return "log-ins as " + allowAuth;
    }
}
