package org.sluicemta.queue;

/// What became of one recipient in one attempt.
public sealed interface Outcome {
    /// The remote took it.
    record Delivered(RemoteFacts remote, String status, String diagnostic) implements Outcome {}

    /// The remote said later (4yz), or the attempt broke after this recipient's part had begun: it waits out its own
    /// retry time.
    record Deferred(RemoteFacts remote, String status, String diagnostic) implements Outcome {}

    /// The remote refused it for good (5yz), or this server did.
    record Bounced(RemoteFacts remote, String status, String diagnostic) implements Outcome {}

    /// Not answered, not to be marked: back to its place, to be tried with the next session.
    record Untouched() implements Outcome {}

    /// Of whom and from where; empty texts where nothing was reached.
    ///
    /// @param mta `host (ip)`
    /// @param capabilities EHLO keywords, upper case, comma separated
    /// @param deliveryType `smtp`, `discard`, `file`, `pipe`
    /// @param tlsProtocol e.g. `TLSv1.3`, or empty in clear
    /// @param tlsCipher the suite's name, or empty in clear
    record RemoteFacts(
            String mta,
            String remoteIp,
            String sourceIp,
            String capabilities,
            String deliveryType,
            String tlsProtocol,
            String tlsCipher) {
        /// In clear.
        public RemoteFacts(String mta, String remoteIp, String sourceIp, String capabilities, String deliveryType) {
            this(mta, remoteIp, sourceIp, capabilities, deliveryType, "", "");
        }

        public static final RemoteFacts NONE = new RemoteFacts("", "", "", "", "smtp");

        /// Whether the remote told this keyword.
        boolean offers(String keyword) {
            return ("," + capabilities + ",").contains("," + keyword + ",");
        }
    }
}
