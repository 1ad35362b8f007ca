package org.sluicemta.web;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Comparing secrets, and signing with them. Every comparison takes as long for a wrong secret as for the right one.
final class Proof {
    private static final String HMAC = "HmacSHA256";
    private static final String PREFIX = "sha256=";

    private Proof() {}

    static byte[] hmac(byte[] key, byte[] text) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            return mac.doFinal(text);
        } catch (GeneralSecurityException missing) {
            throw new WebException("the JDK has no " + HMAC, missing);
        }
    }

    private static byte[] digest(String text) {
        return digest(text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException missing) {
            throw new WebException("the JDK has no SHA-256", missing);
        }
    }

    /// Neither the place of the first difference nor the length shows in the time.
    static boolean areEqual(String given, String secret) {
        return MessageDigest.isEqual(digest(given), digest(secret));
    }

    /// Whether it is one of several; all are looked at.
    static boolean isOneOf(String given, List<String> secrets) {
        byte[] digest = digest(given);
        boolean isFound = false;
        for (String each : secrets) {
            isFound |= MessageDigest.isEqual(digest, digest(each));
        }
        return isFound;
    }

    /// Whether a body was signed as git hosts do.
    ///
    /// @param header value of `X-Hub-Signature-256`: `sha256=` and the HMAC-SHA-256 of the body in hexadecimal
    /// digits
    static boolean isSigned(String header, byte[] body, String secret) {
        if (!header.startsWith(PREFIX)) {
            return false;
        }
        String expected = HexFormat.of().formatHex(hmac(secret.getBytes(StandardCharsets.UTF_8), body));
        return areEqual(header.substring(PREFIX.length()), expected);
    }
}
