package org.sluicemta.spool;

/// A message read back or still fresh: its facts and its content. Counted through [#content].
///
/// @param position where its acceptance stands in the journal
/// @param content whole when it was read; of a message that came in chunks, fresh from [Spool#acceptChunked], only the
///     part behind the chunks
public record StoredMessage(AcceptedMessage message, long position, Content content) {
    /// Whether nothing is missing in front of the content: only then it can be sent.
    public boolean isWhole() {
        return content.lengthBytes() == message.shape().sizeBytes();
    }
}
