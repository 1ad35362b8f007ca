package org.sluicemta.pull;

import java.util.Locale;
import java.util.Optional;

/// What refuses a version.
public enum Guard {
    /// The configuration cannot be used.
    ERROR(false),
    /// It protects by what is not built yet.
    PROTECTIVE(false),
    /// Public addresses may send to everywhere that could not before.
    OPEN_RELAY(true),
    /// More virtual MTAs go than `max-removed` allows.
    REMOVED(true),
    /// Mail waits for virtual MTAs that go.
    QUEUED_MAIL(true);

    private final boolean mayBeAccepted;

    Guard(boolean mayBeAccepted) {
        this.mayBeAccepted = mayBeAccepted;
    }

    /// Whether an operator may let it pass, by name, for one pull.
    public boolean mayBeAccepted() {
        return mayBeAccepted;
    }

    /// As operators write it: `open-relay`.
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<Guard> of(String word) {
        for (Guard each : values()) {
            if (each.word().equals(word)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }
}
