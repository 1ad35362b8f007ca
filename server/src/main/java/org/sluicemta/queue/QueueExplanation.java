package org.sluicemta.queue;

import java.util.List;
import org.sluicemta.mail.QueueKey;

/// Everything that decides when a queue's mail goes out, at one moment.
///
/// @param ready recipients that could go now
/// @param held recipients that could go now if their jobs were not paused
/// @param aside recipients that wait out their own retry time
/// @param carried recipients in transactions
/// @param reason what holds its mail, the limit that binds among them
/// @param earliestMillis server time of the earliest possible attempt; 0 where nobody can tell (an operator, a
///     connection that ends), the present where nothing holds it
/// @param mode since when and why it is in backoff mode, or empty
/// @param modeUntilMillis 0 where the mode does not end by itself
/// @param failures of the queue in a row, and `lastFailure` what the last one was
/// @param limits every limit that applies, the narrowest scope first
/// @param sources its source addresses where they are limited or disabled
/// @param modeNotes changes of its mode, newest first
public record QueueExplanation(
        QueueKey key,
        int ready,
        int held,
        int aside,
        int carried,
        int owed,
        int connections,
        Wait reason,
        long nowMillis,
        long earliestMillis,
        boolean isBackoff,
        String mode,
        long modeSinceMillis,
        long modeUntilMillis,
        int failures,
        String lastFailure,
        List<Bound> limits,
        List<SourceState> sources,
        List<QueueNote> notes,
        List<QueueNote> modeNotes) {
    public QueueExplanation {
        limits = List.copyOf(limits);
        sources = List.copyOf(sources);
        notes = List.copyOf(notes);
        modeNotes = List.copyOf(modeNotes);
    }

    /// One limit.
    ///
    /// @param level `queue`, `source address 192.0.2.1`, `virtual MTA`, `server`
    /// @param value as it would be written
    /// @param origin file and line, or `built-in`
    /// @param overrode what it overrode, the nearest first: `value (origin)`
    /// @param binds whether it is what holds mail back now
    /// @param use how far it is used, or empty
    public record Bound(
            String level,
            String directive,
            String value,
            String origin,
            List<String> overrode,
            boolean binds,
            String use) {
        public Bound {
            overrode = List.copyOf(overrode);
        }
    }

    /// @param untilMillis of a disabled address; 0 for ever
    public record SourceState(String address, int connections, boolean isDisabled, long untilMillis, String reason) {}
}
