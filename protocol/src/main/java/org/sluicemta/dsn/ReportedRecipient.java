package org.sluicemta.dsn;

import java.time.Instant;

/// What a report says of one recipient. Source: RFC 3464 section 2.3.
///
/// @param finalRecipient the address as it was sent to
/// @param originalRecipient ORCPT decoded, with its type (`rfc822;ann@example.com`), or empty
/// @param status enhanced status code, with words in a comment: `5.1.1 (bad destination mailbox address)`
/// @param remoteMta `host (ip)`, or empty where none was reached
/// @param diagnostic `smtp;550 5.1.1 unknown user`; empty, or without its type, where no remote spoke
/// @param category bounce category; empty for none
/// @param lastAttempt of the delivery
/// @param willRetryUntil when a delayed message expires; null for any other action
public record ReportedRecipient(
        String finalRecipient,
        String originalRecipient,
        Action action,
        String status,
        String remoteMta,
        String diagnostic,
        String category,
        Instant lastAttempt,
        @org.jspecify.annotations.Nullable Instant willRetryUntil) {
    /// What became of it. Source: RFC 3464 section 2.3.3.
    public enum Action {
        FAILED("failed", "delivery failed; will not continue trying"),
        DELAYED("delayed", "delivery delayed; will continue trying"),
        DELIVERED("delivered", "delivered"),
        RELAYED("relayed", "relayed to a server that sends no reports of its own");

        private final String word;
        private final String explanation;

        Action(String word, String explanation) {
            this.word = word;
            this.explanation = explanation;
        }

        String word() {
            return word;
        }

        String explanation() {
            return explanation;
        }
    }
}
