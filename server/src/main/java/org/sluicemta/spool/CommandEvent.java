package org.sluicemta.spool;

import java.util.List;

/// What an operator said of mail and no queue's event tells. It survives a restart.
public sealed interface CommandEvent {
    /// Recipients that one event names at most: some 20 KB on disk.
    int MOST_RECIPIENTS = 1_000;

    long atMillis();

    /// Mail of a job is handed out no more, or again.
    ///
    /// @param job its id, not empty
    /// @param by who said so
    record JobPaused(String job, long atMillis, boolean isPaused, String by) implements CommandEvent {}

    /// Waiting recipients have another priority than the one that they were accepted with.
    ///
    /// @param priority 0 to 100
    /// @param recipients at most [#MOST_RECIPIENTS]
    record PrioritySet(int priority, long atMillis, List<RecipientId> recipients) implements CommandEvent {
        public PrioritySet {
            recipients = List.copyOf(recipients);
            if (recipients.size() > MOST_RECIPIENTS) {
                throw new SpoolException(
                        "one event names " + recipients.size() + " recipients; " + MOST_RECIPIENTS + " is the most");
            }
        }
    }
}
