package org.sluicemta.account;

import java.util.ArrayList;
import java.util.List;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.QueuePattern;

/// Whose rows go to an accounting file (`queue-filter`): patterns of queues, the first that matches decides. A queue
/// that none matches is left out, unless all of them are negated.
///
/// @param items in order
public record QueueFilter(List<Item> items) {
    /// Every queue's rows.
    public static final QueueFilter ALL = new QueueFilter(List.of());

    /// Bound of the list: each is looked at for each row.
    public static final int MOST_ITEMS = 1_000;

    /// @param written the pattern without its exclamation mark
    public record Item(String written, boolean isNegated, QueuePattern pattern) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Item that && written.equals(that.written) && isNegated == that.isNegated;
        }

        @Override
        public int hashCode() {
            return written.hashCode() + (isNegated ? 1 : 0);
        }
    }

    public QueueFilter {
        items = List.copyOf(items);
        if (items.size() > MOST_ITEMS) {
            throw new AccountException(
                    "queue-filter has " + items.size() + " patterns; write " + MOST_ITEMS + " at most");
        }
    }

    /// @param patterns each `domain/vmta` with `*` for any text, a missing half for any; `!` before it leaves out
    public static QueueFilter of(List<String> patterns) {
        var items = new ArrayList<Item>();
        for (String each : patterns) {
            boolean isNegated = each.startsWith("!");
            String pattern = (isNegated ? each.substring(1) : each).strip();
            if (pattern.isEmpty()) {
                throw new AccountException("queue-filter has an empty pattern; write e.g. */mta1 or !example.com/*");
            }
            items.add(new Item(pattern, isNegated, QueuePattern.of(pattern)));
        }
        return new QueueFilter(items);
    }

    boolean takes(QueueKey queue) {
        boolean areAllNegated = true;
        for (Item each : items) {
            if (each.pattern.matches(queue)) {
                return !each.isNegated;
            }
            areAllNegated &= each.isNegated;
        }
        return areAllNegated;
    }
}
