package org.sluicemta.queue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.sluicemta.spool.RecipientEvent;

/// Counts what becomes of recipients: for each virtual MTA since the start, and for each domain of the queues in the
/// last minutes. Bounded in both, as names come from strangers: what is beyond is counted together ([#OTHERS]), or not
/// at all.
///
/// Owner: its shard. Costs two look-ups an event, no allocation for a known name.
final class OutcomeTally {
    /// Minutes that are "lately", the present one among them.
    static final int MINUTES = 5;
    /// Beyond so many, the virtual MTAs of this shard are counted as one.
    static final int MOST_VIRTUAL_MTAS = 1_000;
    /// The name of what is beyond; no virtual MTA can have it.
    static final String OTHERS = "{others}";

    static final int MOST_DOMAINS = 4_096;
    private static final int KINDS = RecipientEvent.What.values().length;

    /// One domain's minutes, in a ring.
    private static final class Minutes {
        final int[] counts = new int[MINUTES * KINDS];
        long newest;

        /// Clears what has become old.
        void turn(long minute) {
            if (minute - newest >= MINUTES) {
                Arrays.fill(counts, 0);
            } else {
                for (long each = newest + 1; each <= minute; each++) {
                    int from = (int) (each % MINUTES) * KINDS;
                    Arrays.fill(counts, from, from + KINDS, 0);
                }
            }
            newest = Math.max(newest, minute);
        }

        OutcomeCounts sum(long minute) {
            long[] all = new long[KINDS];
            for (int back = 0; back < MINUTES; back++) {
                long each = minute - back;
                if (each <= newest && each > newest - MINUTES) {
                    for (int kind = 0; kind < KINDS; kind++) {
                        all[kind] += counts[(int) (each % MINUTES) * KINDS + kind];
                    }
                }
            }
            return counts(all);
        }
    }

    private final Map<String, long[]> byVirtualMta = new HashMap<>();
    private final Map<String, Minutes> byDomain = new HashMap<>();
    private long sweptMinute;

    void add(RecipientEvent event) {
        int kind = event.what().ordinal();
        String name = event.virtualMta();
        long[] total = byVirtualMta.get(name);
        if (total == null) {
            String kept = byVirtualMta.size() < MOST_VIRTUAL_MTAS ? name : OTHERS;
            total = byVirtualMta.computeIfAbsent(kept, _ -> new long[KINDS]);
        }
        total[kind]++;
        long minute = event.atMillis() / 60_000;
        Minutes minutes = byDomain.get(event.queue().domain());
        if (minutes == null) {
            if (byDomain.size() >= MOST_DOMAINS && !hasRoom(minute)) {
                return;
            }
            minutes = new Minutes();
            minutes.newest = minute;
            byDomain.put(event.queue().domain(), minutes);
        }
        minutes.turn(minute);
        minutes.counts[(int) (minute % MINUTES) * KINDS + kind]++;
    }

    /// Forgets domains without news, once a minute.
    private boolean hasRoom(long minute) {
        if (minute > sweptMinute) {
            sweptMinute = minute;
            byDomain.values().removeIf(each -> minute - each.newest >= MINUTES);
        }
        return byDomain.size() < MOST_DOMAINS;
    }

    Map<String, OutcomeCounts> totals() {
        var totals = new HashMap<String, OutcomeCounts>();
        byVirtualMta.forEach((name, counts) -> totals.put(name, counts(counts)));
        return totals;
    }

    /// Of the domains that had any.
    Map<String, OutcomeCounts> lately(long nowMillis) {
        long minute = nowMillis / 60_000;
        var lately = new HashMap<String, OutcomeCounts>();
        byDomain.forEach((domain, minutes) -> {
            OutcomeCounts sum = minutes.sum(minute);
            if (sum.total() > 0) {
                lately.put(domain, sum);
            }
        });
        return lately;
    }

    private static OutcomeCounts counts(long[] all) {
        return new OutcomeCounts(
                all[RecipientEvent.What.DELIVERED.ordinal()],
                all[RecipientEvent.What.DEFERRED.ordinal()],
                all[RecipientEvent.What.BOUNCED.ordinal()]);
    }
}
