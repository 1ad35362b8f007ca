package org.sluicemta.queue;

/// How many recipients ended how.
///
/// @param deferred attempts that put a recipient aside; one recipient may count often
public record OutcomeCounts(long delivered, long deferred, long bounced) {
    public static final OutcomeCounts NONE = new OutcomeCounts(0, 0, 0);

    public OutcomeCounts plus(OutcomeCounts other) {
        return new OutcomeCounts(delivered + other.delivered, deferred + other.deferred, bounced + other.bounced);
    }

    public long total() {
        return delivered + deferred + bounced;
    }
}
