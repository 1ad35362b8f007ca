package org.sluicemta.account;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// What stands for a text in an accounting file that hides it, in upper-case hexadecimal digits.
public final class KeyedHash {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private KeyedHash() {}

    /// SipHash-2-4, the lowest byte first.
    ///
    /// @param key 16 bytes at most; a shorter one is filled with zeros
    public static String sip(byte[] key, String text) {
        if (key.length > SipHash.KEY_BYTES) {
            throw new AccountException("a key of " + key.length + " bytes; write " + SipHash.KEY_BYTES + " at most");
        }
        return HEX.formatHex(SipHash.of(Arrays.copyOf(key, SipHash.KEY_BYTES), text.getBytes(StandardCharsets.UTF_8)));
    }

    /// Source: RFC 2104.
    ///
    /// @param key 1 byte or more
    public static String hmacSha256(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return HEX.formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}
