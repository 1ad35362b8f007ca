package org.sluicemta.journal;

/// Mistakes that a journal can be made with on purpose, to prove that the power-cut checker finds them. Fixed when a
/// journal is made, reachable from this package only; a correct journal has none.
///
/// @param acknowledgesEarly says durable before the disk did
/// @param ignoresLife takes batches of a file's past life for its own
/// @param leavesTailOpen goes on behind a torn tail without sealing it
/// @param trustsFailedSegment goes on in a segment after a write failed there
record JournalFlaws(
        boolean acknowledgesEarly, boolean ignoresLife, boolean leavesTailOpen, boolean trustsFailedSegment) {
    static final JournalFlaws NONE = new JournalFlaws(false, false, false, false);
}
