package org.sluicemta.account;

import java.util.Map;

/// The words behind an enhanced status code in the column `dsnStatus`, and the category that a code alone tells.
///
/// The words are those that existing readers know; where none is known they are composed from the names of
/// RFC 3463 section 3.
public final class StatusWords {
    private static final Map<String, String> EXACT = Map.of(
            "2.0.0", "success",
            "5.0.0", "undefined status",
            "4.0.0", "undefined status",
            "5.1.1", "bad destination mailbox address",
            "4.4.1", "no answer from host",
            "4.4.7", "delivery time expired",
            "5.1.10", "recipient address has null MX");

    /// By subject and detail. Source: RFC 3463 section 3, RFC 7505 section 4.
    private static final Map<String, String> BY_DETAIL = Map.ofEntries(
            Map.entry("0.0", "undefined status"),
            Map.entry("1.0", "other address status"),
            Map.entry("1.1", "bad destination mailbox address"),
            Map.entry("1.2", "bad destination system address"),
            Map.entry("1.3", "bad destination mailbox address syntax"),
            Map.entry("1.4", "destination mailbox address ambiguous"),
            Map.entry("1.5", "destination address valid"),
            Map.entry("1.6", "destination mailbox has moved, no forwarding address"),
            Map.entry("1.7", "bad sender's mailbox address syntax"),
            Map.entry("1.8", "bad sender's system address"),
            Map.entry("1.10", "recipient address has null MX"),
            Map.entry("2.0", "mailbox-related failure"),
            Map.entry("2.1", "mailbox disabled, not accepting messages"),
            Map.entry("2.2", "mailbox full"),
            Map.entry("2.3", "message length exceeds administrative limit"),
            Map.entry("2.4", "mailing list expansion problem"),
            Map.entry("3.0", "mail system-related failure"),
            Map.entry("3.1", "mail system full"),
            Map.entry("3.2", "system not accepting network messages"),
            Map.entry("3.3", "system not capable of selected features"),
            Map.entry("3.4", "message too big for system"),
            Map.entry("3.5", "system incorrectly configured"),
            Map.entry("4.0", "network-related failure"),
            Map.entry("4.1", "no answer from host"),
            Map.entry("4.2", "bad connection"),
            Map.entry("4.3", "directory server failure"),
            Map.entry("4.4", "unable to route"),
            Map.entry("4.5", "mail system congestion"),
            Map.entry("4.6", "routing loop detected"),
            Map.entry("4.7", "delivery time expired"),
            Map.entry("5.0", "protocol-related failure"),
            Map.entry("5.1", "invalid command"),
            Map.entry("5.2", "syntax error"),
            Map.entry("5.3", "too many recipients"),
            Map.entry("5.4", "invalid command arguments"),
            Map.entry("5.5", "wrong protocol version"),
            Map.entry("6.0", "media-related failure"),
            Map.entry("6.1", "media not supported"),
            Map.entry("6.2", "conversion required and prohibited"),
            Map.entry("6.3", "conversion required but not supported"),
            Map.entry("6.4", "conversion with loss performed"),
            Map.entry("6.5", "conversion failed"),
            Map.entry("7.0", "other or undefined security status"),
            Map.entry("7.1", "delivery not authorized"),
            Map.entry("7.2", "mailing list expansion prohibited"),
            Map.entry("7.3", "security conversion required but not possible"),
            Map.entry("7.4", "security features not supported"),
            Map.entry("7.5", "cryptographic failure"),
            Map.entry("7.6", "cryptographic algorithm not supported"),
            Map.entry("7.7", "message integrity failure"));

    private StatusWords() {}

    /// `code (words)`.
    ///
    /// @param isOurs whether this server decided, without a remote reply
    public static String of(String code, boolean isOurs) {
        return code + " (" + words(code, isOurs) + ")";
    }

    private static String words(String code, boolean isOurs) {
        if (isOurs && code.equals("5.1.2")) {
            return "bad destination system: no such domain";
        }
        if (isOurs && code.equals("5.3.5")) {
            return "specified VirtualMTA does not exist";
        }
        String exact = EXACT.get(code);
        if (exact != null) {
            return exact;
        }
        if (code.startsWith("2.")) {
            return "success";
        }
        int dot = code.indexOf('.');
        String detail = dot < 0 ? "" : code.substring(dot + 1);
        String known = BY_DETAIL.get(detail);
        if (known != null) {
            return known;
        }
        int second = detail.indexOf('.');
        String subject = second < 0 ? "" : BY_DETAIL.getOrDefault(detail.substring(0, second) + ".0", "");
        return subject.isEmpty() ? "undefined status" : subject;
    }

    /// The category that the code alone tells: the last rules of the compatible default order. `success` for 2.x.x.
    public static String category(String code) {
        if (code.startsWith("2.")) {
            return "success";
        }
        int dot = code.indexOf('.');
        String detail = dot < 0 ? "" : code.substring(dot + 1);
        return switch (detail) {
            case "1.1", "1.3", "1.4", "1.6", "2.0" -> "bad-mailbox";
            // 1.10 is younger than the rules: a null MX says that the domain takes no mail (RFC 7505).
            case "1.2", "1.10" -> "bad-domain";
            case "1.7", "1.8" -> "invalid-sender";
            case "2.1" -> "inactive-mailbox";
            case "2.2" -> "quota-issues";
            case "3.3", "7.7" -> "content-related";
            case "3.5" -> "bad-configuration";
            case "4.1" -> "no-answer-from-host";
            case "4.2" -> "bad-connection";
            case "4.3", "4.4", "4.6" -> "routing-errors";
            case "4.7" -> "message-expired";
            case "5.3", "7.0", "7.1", "7.2" -> "policy-related";
            default ->
                detail.startsWith("5.") ? "protocol-errors" : detail.startsWith("6.") ? "content-related" : "other";
        };
    }
}
