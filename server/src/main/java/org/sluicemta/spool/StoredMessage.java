package org.sluicemta.spool;

/// A message read back or still fresh: its facts and its content. Counted through [#content].
///
/// @param position where its acceptance stands in the journal
public record StoredMessage(AcceptedMessage message, long position, Content content) {}
