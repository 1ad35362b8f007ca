package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Sums by a name, in columns: 100,000 names are a few arrays and no object each, so that adding them up costs neither
/// allocation nor the collector.
///
/// Owner: the loop that makes it, then the one that it is sent to.
final class SumTable {
    private final int mostNotes;

    private int size;
    private String[] names;
    private long[] recipients;
    private int[] queues;
    private long[] bytes;
    private int[] connections;
    private @Nullable List<QueueNote>[] notes;

    /// Rows + 1 by the hash of their names, open addressing; at most half full.
    private int[] places;

    /// @param expected names, 1 or more; it grows
    /// @param mostNotes kept of a name, the newest
    SumTable(int expected, int mostNotes) {
        this.mostNotes = mostNotes;
        names = new String[expected];
        recipients = new long[expected];
        queues = new int[expected];
        bytes = new long[expected];
        connections = new int[expected];
        notes = noNotes(expected);
        places = new int[Integer.highestOneBit(expected) << 2];
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static @Nullable List<QueueNote>[] noNotes(int rows) {
        return new List[rows];
    }

    int size() {
        return size;
    }

    String name(int row) {
        return names[row];
    }

    long recipients(int row) {
        return recipients[row];
    }

    long bytes(int row) {
        return bytes[row];
    }

    int connections(int row) {
        return connections[row];
    }

    QueueSum told(int row) {
        @Nullable List<QueueNote> noted = notes[row];
        return new QueueSum(
                names[row],
                recipients[row],
                queues[row],
                bytes[row],
                connections[row],
                noted == null ? List.of() : noted);
    }

    /// The row of a name, made if it is not there.
    int row(String name) {
        int place = place(name);
        int known = places[place];
        if (known != 0) {
            return known - 1;
        }
        if (size == names.length) {
            grow();
            place = place(name);
        }
        names[size] = name;
        places[place] = size + 1;
        return size++;
    }

    void add(int row, long moreRecipients, int moreQueues, long moreBytes, int moreConnections) {
        recipients[row] += moreRecipients;
        queues[row] += moreQueues;
        bytes[row] += moreBytes;
        connections[row] += moreConnections;
    }

    /// @param more newest first
    void note(int row, List<QueueNote> more) {
        @Nullable List<QueueNote> known = notes[row];
        if (known == null) {
            notes[row] = more.isEmpty() ? null : more;
        } else if (!more.isEmpty()) {
            var all = new ArrayList<>(known);
            all.addAll(more);
            all.sort(Comparator.comparingLong(QueueNote::atMillis).reversed());
            notes[row] = List.copyOf(all.subList(0, Math.min(mostNotes, all.size())));
        }
    }

    void addAll(SumTable other) {
        for (int i = 0; i < other.size; i++) {
            int row = row(other.names[i]);
            add(row, other.recipients[i], other.queues[i], other.bytes[i], other.connections[i]);
            @Nullable List<QueueNote> more = other.notes[i];
            if (more != null) {
                note(row, more);
            }
        }
    }

    private int place(String name) {
        int place = spread(name) & (places.length - 1);
        while (places[place] != 0 && !names[places[place] - 1].equals(name)) {
            place = place + 1 & (places.length - 1);
        }
        return place;
    }

    private static int spread(String name) {
        int hash = name.hashCode() * 0x9E3779B9;
        return hash ^ hash >>> 16;
    }

    private void grow() {
        int rows = Math.multiplyExact(size, 2);
        names = Arrays.copyOf(names, rows);
        recipients = Arrays.copyOf(recipients, rows);
        queues = Arrays.copyOf(queues, rows);
        bytes = Arrays.copyOf(bytes, rows);
        connections = Arrays.copyOf(connections, rows);
        notes = Arrays.copyOf(notes, rows);
        places = new int[Integer.highestOneBit(rows) << 2];
        for (int row = 0; row < size; row++) {
            int place = spread(names[row]) & (places.length - 1);
            while (places[place] != 0) {
                place = place + 1 & (places.length - 1);
            }
            places[place] = row + 1;
        }
    }
}
