package org.sluicemta.smtp;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Who a client says it is, and what it offers as proof.
public sealed interface Credentials {
    /// Not empty; any characters but NUL.
    String user();

    /// Whether the proof is that of somebody who knows the password. Takes the same time for right and wrong ones.
    boolean prove(String password);

    /// By PLAIN or LOGIN.
    record Password(String user, String password) implements Credentials {
        @Override
        public boolean prove(String expected) {
            return MessageDigest.isEqual(
                    password.getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8));
        }

        /// Passwords are never printed.
        @Override
        public String toString() {
            return "password of " + user;
        }
    }

    /// By CRAM-MD5. Source: RFC 2195 section 2.
    ///
    /// @param digest in lower-case hexadecimal digits
    record Digest(String user, String challenge, String digest) implements Credentials {
        @Override
        public boolean prove(String expected) {
            try {
                Mac mac = Mac.getInstance("HmacMD5");
                byte[] key = expected.getBytes(StandardCharsets.UTF_8);
                mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, "HmacMD5"));
                String right = HexFormat.of().formatHex(mac.doFinal(challenge.getBytes(StandardCharsets.US_ASCII)));
                return MessageDigest.isEqual(
                        right.getBytes(StandardCharsets.US_ASCII), digest.getBytes(StandardCharsets.US_ASCII));
            } catch (GeneralSecurityException missing) {
                throw new IllegalStateException("every Java platform has HmacMD5", missing);
            }
        }

        /// Whoever has the digest may try passwords on it.
        @Override
        public String toString() {
            return "digest of " + user;
        }
    }
}
