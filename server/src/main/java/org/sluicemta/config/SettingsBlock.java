package org.sluicemta.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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
    /// Of lines that add up, each line's.
    private final Map<Directive<?>, List<Place>> places = new HashMap<>();

    private Map<String, Assigned> unbuilt = Map.of();

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

    /// Where the lines of a directive stand that add up, in their order.
    List<Place> places(Directive<?> directive) {
        return places.getOrDefault(directive, List.of());
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
        if (directive.addsUp()) {
            places.computeIfAbsent(directive, _ -> new ArrayList<>()).add(place);
        }
        return before == null || directive.addsUp() ? null : before;
    }

    /// A line without effect in this version: kept for checks and for explaining.
    ///
    /// @param name as in the reference dialect
    /// @param addsUp whether lines of this name add up; then the value is a list of them
    /// @return what stood there before and is replaced, or null
    @Nullable
    Assigned assignUnbuilt(String name, Object value, boolean addsUp, Place place) {
        if (unbuilt.isEmpty()) {
            unbuilt = new HashMap<>();
        }
        Assigned before = unbuilt.get(name);
        Object kept = addsUp ? added(before, new Located(value.toString(), place)) : value;
        unbuilt.put(name, new Assigned(kept, place.origin(scope), place));
        return addsUp ? null : before;
    }

    private static List<Object> added(@Nullable Assigned before, Located line) {
        List<Object> all = new ArrayList<>();
        if (before != null && before.value() instanceof List<?> lines) {
            all.addAll(lines);
        }
        all.add(line);
        return all;
    }

    Map<String, Assigned> unbuilt() {
        return unbuilt;
    }

    /// What the block says, whether it has an effect yet or not.
    ///
    /// @param name as in the reference dialect
    @Nullable
    Assigned get(BlockKind kind, String name) {
        Directive<?> directive = Directives.find(kind, name);
        return directive == null ? unbuilt.get(name) : settings.get(directive);
    }

    boolean isEmpty() {
        return settings.isEmpty() && unbuilt.isEmpty();
    }

    /// This block with a later one of the same name laid over it.
    SettingsBlock overlaid(SettingsBlock later, int newId) {
        SettingsBlock merged = new SettingsBlock(newId, scope);
        merged.settings.putAll(settings);
        merged.settings.putAll(later.settings);
        if (!unbuilt.isEmpty() || !later.unbuilt.isEmpty()) {
            merged.unbuilt = new HashMap<>(unbuilt);
            merged.unbuilt.putAll(later.unbuilt);
        }
        return merged;
    }
}
