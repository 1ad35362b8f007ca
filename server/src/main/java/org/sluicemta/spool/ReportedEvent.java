package org.sluicemta.spool;

/// The report that was owed for a recipient has been accepted, or nobody wants it: the recipient is settled.
///
/// @param atMillis server time
public record ReportedEvent(RecipientId recipient, long atMillis) {}
