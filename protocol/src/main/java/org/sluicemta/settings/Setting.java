package org.sluicemta.settings;

import org.jspecify.annotations.Nullable;

/// A value with its origin and what it overrode: enough to answer "why this value?".
///
/// @param directive the directive's name, e.g. `max-smtp-out`
/// @param overrode the setting of the next weaker scope, or null at the built-in default. The chain is at most as long
///     as there are scopes
public record Setting<T>(
        String directive, T value, Origin origin, @Nullable Setting<T> overrode) {
    public static <T> Setting<T> builtIn(String directive, T value) {
        return new Setting<>(directive, value, Origin.BuiltIn.BUILT_IN, null);
    }

    /// This directive set anew by a stronger scope.
    public Setting<T> overriddenBy(T stronger, Origin where) {
        return new Setting<>(directive, stronger, where, this);
    }
}
