package org.sluicemta.simulation;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Which faults a batch of simulations really met. A point is declared by name, marked when it happens, and reported
/// at the end: a fault that no seed reached proves nothing. One object may serve many universes.
/// Owner: the thread that runs the simulations.
public final class FaultPoints {
    private final NavigableMap<String, Long> hits = new TreeMap<>();

    /// Makes the points known, so that the report shows them if nothing ever marks them.
    public void declare(String... names) {
        for (String name : names) {
            hits.putIfAbsent(name, 0L);
        }
    }

    public void mark(String name) {
        hits.merge(name, 1L, Long::sum);
    }

    /// Takes over what another batch knew and met.
    public void add(FaultPoints other) {
        other.hits.forEach((name, count) -> hits.merge(name, count, Long::sum));
    }

    /// How many points were declared or marked.
    public int known() {
        return hits.size();
    }

    public long hits(String name) {
        return hits.getOrDefault(name, 0L);
    }

    /// Declared and never marked, sorted.
    public List<String> missed() {
        return hits.entrySet().stream()
                .filter(e -> e.getValue() == 0)
                .map(e -> e.getKey())
                .toList();
    }

    /// One line a point, sorted: the count and the name; last the share that was covered.
    public String report() {
        StringBuilder lines = new StringBuilder();
        hits.forEach((name, count) -> lines.append(String.format("%10d  %s%n", count, name)));
        int covered = hits.size() - missed().size();
        return lines.append(String.format("%d of %d fault points covered%n", covered, hits.size()))
                .toString();
    }
}
