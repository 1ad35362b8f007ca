package org.sluicemta.config;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Finds the name that was probably meant. Owner: the thread of one check.
final class NearNames {
    /// A file of nonsense has a new unknown name on each line; past this many nothing is suggested any more.
    private static final int MOST = 5_000;
    /// Two edits: a letter too many, too few, wrong, or two swapped.
    private static final int FARTHEST = 2;

    private final Map<String, Optional<String>> known = new HashMap<>();

    /// The nearest of `legal` within two edits, and nearer than half the word.
    Optional<String> find(String scope, String word, Collection<String> legal) {
        String key = scope + ' ' + word;
        Optional<String> before = known.get(key);
        if (before != null) {
            return before;
        }
        if (known.size() >= MOST || word.length() > 60) {
            return Optional.empty();
        }
        int farthest = Math.min(FARTHEST, (word.length() - 1) / 2);
        String best = null;
        int least = farthest + 1;
        for (String each : legal) {
            if (Math.abs(each.length() - word.length()) <= farthest) {
                int distance = distance(word, each, farthest + 1);
                // Of equally near names the first in the alphabet, so that the advice never varies.
                if (distance < least || distance == least && best != null && each.compareTo(best) < 0) {
                    least = distance;
                    best = each;
                }
            }
        }
        Optional<String> found = Optional.ofNullable(best);
        known.put(key, found);
        return found;
    }

    /// Edits from one word to the other, a swap of neighbours counting one; `limit` for `limit` and more.
    static int distance(String a, String b, int limit) {
        int[] before = new int[b.length() + 1];
        int[] above = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            int least = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int value = Math.min(above[j - 1] + (same ? 0 : 1), Math.min(above[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    value = Math.min(value, before[j - 2] + 1);
                }
                row[j] = value;
                least = Math.min(least, value);
            }
            if (least >= limit) {
                return limit;
            }
            int[] oldest = before;
            before = above;
            above = row;
            row = oldest;
        }
        return Math.min(limit, above[b.length()]);
    }
}
