package org.sluicemta.account;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/// What an accounting file tells instead of a recipient's local part: the same text for the same local part, in lower
/// case before.
public sealed interface PrivacyPolicy {
    PrivacyPolicy RETAIN = new Retain();

    /// The local part itself.
    record Retain() implements PrivacyPolicy {}

    /// One text for all.
    record Redact(String text) implements PrivacyPolicy {}

    /// SipHash-2-4 in upper-case hexadecimal digits, the lowest byte first.
    ///
    /// @param key 16 bytes; a shorter one is filled with zeros
    record Sip(Key key) implements PrivacyPolicy {
        public Sip {
            if (key.bytes.length > SipHash.KEY_BYTES) {
                throw new AccountException("privacy-policy siphash has a key of " + key.bytes.length + " bytes; write "
                        + SipHash.KEY_BYTES + " at most");
            }
            key = new Key(Arrays.copyOf(key.bytes, SipHash.KEY_BYTES));
        }
    }

    /// HMAC-SHA256 in upper-case hexadecimal digits. Source: RFC 2104.
    record Hmac(Key key) implements PrivacyPolicy {
        public Hmac {
            if (key.bytes.length == 0) {
                throw new AccountException("privacy-policy hmac-sha256 has no key; write one behind it");
            }
        }
    }

    /// A secret: it prints itself nowhere.
    final class Key {
        private final byte[] bytes;

        Key(byte[] bytes) {
            this.bytes = bytes.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key that && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return "(a key)";
        }
    }

    /// @param kind `retain`, `redact`, `siphash`, `siphash-hexkey`, `hmac-sha256`, `hmac-sha256-hexkey`
    /// @param argument the text of `redact` (empty: three dots), the key of the others
    /// @throws AccountException for another kind, or for a key that is none
    static PrivacyPolicy of(String kind, String argument) {
        return switch (kind.toLowerCase(Locale.ROOT)) {
            case "retain" -> RETAIN;
            case "redact" -> new Redact(argument.isEmpty() ? "..." : argument);
            case "siphash" -> new Sip(new Key(argument.getBytes(StandardCharsets.UTF_8)));
            case "siphash-hexkey" -> new Sip(new Key(hex(argument)));
            case "hmac-sha256" -> new Hmac(new Key(argument.getBytes(StandardCharsets.UTF_8)));
            case "hmac-sha256-hexkey" -> new Hmac(new Key(hex(argument)));
            default ->
                throw new AccountException("privacy-policy has " + kind
                        + "; write retain, redact, siphash, siphash-hexkey, hmac-sha256 or hmac-sha256-hexkey");
        };
    }

    private static byte[] hex(String digits) {
        try {
            return HexFormat.of().parseHex(digits);
        } catch (IllegalArgumentException notHex) {
            throw new AccountException("privacy-policy has a key that is not hexadecimal; write two digits a byte");
        }
    }

    /// What stands for a local part; of [Retain] the local part as it is.
    default String hidden(String localPart) {
        String lower = localPart.toLowerCase(Locale.ROOT);
        return switch (this) {
            case Retain _ -> localPart;
            case Redact(String text) -> text;
            case Sip(Key key) -> KeyedHash.sip(key.bytes, lower);
            case Hmac(Key key) -> KeyedHash.hmacSha256(key.bytes, lower);
        };
    }
}
