package org.sluicemta.lab;

/// What a benchmark can find out. The name is for budgets and programs, the words are for people.
///
/// Margins are what a stored budget allows beyond the figures of the run that it was made from: little where only the
/// program decides, much where the machine does.
enum BenchFigure {
    ACCEPTED("relay.accepted-per-second", "messages accepted", "/s", Bound.AT_LEAST, 2, 0),
    RELAYED("relay.relayed-per-second", "messages relayed", "/s", Bound.AT_LEAST, 2, 0),
    LATENCY_50("relay.accept-p50-ms", "from the hand-over to the 250, median", "ms", Bound.AT_MOST, 3, 1),
    LATENCY_99("relay.accept-p99-ms", "from the hand-over to the 250, 99 of 100", "ms", Bound.AT_MOST, 3, 1),
    PROCESSOR("relay.cpu-us-per-message", "processor time of the server", "µs a message", Bound.AT_MOST, 2, 0),
    SYNCS("relay.syncs-per-message", "syncs of the disk", "a message", Bound.AT_MOST, 1.5, 3),
    JOURNAL_BYTES(
            "relay.journal-bytes-per-message", "written to the journal", "bytes a message", Bound.AT_MOST, 1.1, 0),
    DISK_BYTES("relay.disk-bytes-per-message", "written to the disk in all", "bytes a message", Bound.AT_MOST, 1.25, 0),
    HEAP_BYTES("relay.heap-bytes-per-message", "heap taken by objects", "bytes a message", Bound.AT_MOST, 1.15, 0),
    MEMORY("waiting.memory-bytes-per-recipient", "resident memory", "bytes a recipient", Bound.AT_MOST, 1.25, 0),
    TABLES("waiting.table-bytes-per-recipient", "of it in the tables", "bytes a recipient", Bound.AT_MOST, 1.1, 0);

    /// Which side of a limit is the good one.
    enum Bound {
        AT_MOST("at-most"),
        AT_LEAST("at-least");

        private final String word;

        Bound(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    private final String figureName;
    private final String words;
    private final String unit;
    private final Bound bound;
    private final double margin;
    private final int decimals;

    BenchFigure(String figureName, String words, String unit, Bound bound, double margin, int decimals) {
        this.figureName = figureName;
        this.words = words;
        this.unit = unit;
        this.bound = bound;
        this.margin = margin;
        this.decimals = decimals;
    }

    String figureName() {
        return figureName;
    }

    String words() {
        return words;
    }

    String unit() {
        return unit;
    }

    Bound bound() {
        return bound;
    }

    /// Digits behind the point that mean something.
    int decimals() {
        return decimals;
    }

    /// What a budget made from this value allows.
    double withMargin(double value) {
        return switch (bound) {
            case AT_MOST -> value * margin;
            case AT_LEAST -> value / margin;
        };
    }
}
