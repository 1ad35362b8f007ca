package org.sluicemta.config;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sluicemta.settings.Origin;

/// What one block, or several that were merged, sets. Filled by one thread while the snapshot is built, then only
/// read.
final class SettingsBlock {
    /// @param value as the directive's type
    record Assigned(Object value, Origin.Line origin, Place place) {}

    private final int id;
    private final String scope;
    private final Map<Directive<?>, Assigned> settings = new HashMap<>();

    /// @param id unique within a snapshot; chains of blocks are compared by it
    /// @param scope the block for a person, e.g. `<domain example.com> in <virtual-mta m1>`
    SettingsBlock(int id, String scope) {
        this.id = id;
        this.scope = scope;
    }

    int id() {
        return id;
    }

    String scope() {
        return scope;
    }

    Map<Directive<?>, Assigned> settings() {
        return settings;
    }

    @Nullable
    Assigned get(Directive<?> directive) {
        return settings.get(directive);
    }

    /// One more line; the last wins or lines add up, as the directive says.
    ///
    /// @return what stood there before and is replaced, or null
    @Nullable
    Assigned assign(Directive<?> directive, Object read, Place place) {
        Assigned before = settings.get(directive);
        Object value = before == null ? directive.lift(read) : directive.afterLine(before.value(), read);
        settings.put(directive, new Assigned(value, place.origin(scope), place));
        return before == null || directive.addsUp() ? null : before;
    }

    boolean isEmpty() {
        return settings.isEmpty();
    }

    /// This block with a later one of the same name laid over it.
    SettingsBlock overlaid(SettingsBlock later, int newId) {
        SettingsBlock merged = new SettingsBlock(newId, scope);
        merged.settings.putAll(settings);
        merged.settings.putAll(later.settings);
        return merged;
    }
}
