package org.sluicemta.queue;

/// That a queue is in backoff mode, since when, why and until when.
///
/// @param untilMillis server time; 0 where nothing but a delivery, a rule or an operator ends it
/// @param recordedMillis the end as it was recorded last; the mode may have been prolonged a little since
record Backoff(long sinceMillis, long untilMillis, String reason, long recordedMillis) {
    boolean isOver(long nowMillis) {
        return untilMillis > 0 && untilMillis <= nowMillis;
    }
}
