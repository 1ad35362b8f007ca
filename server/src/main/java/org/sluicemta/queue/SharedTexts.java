package org.sluicemta.queue;

/// Texts that are kept for many queues and mostly say the same: one of each is enough. It knows the last few
/// hundred and forgets whom another takes the place of.
///
/// Owner: its shard.
final class SharedTexts {
    private static final int PLACES = 512;

    private final String[] known = new String[PLACES];

    /// The text itself, or the one that equals it and came before.
    String of(String text) {
        int place = (text.hashCode() * 0x9E3779B9 >>> 8) % PLACES;
        String before = known[place];
        if (text.equals(before)) {
            return before;
        }
        known[place] = text;
        return text;
    }
}
