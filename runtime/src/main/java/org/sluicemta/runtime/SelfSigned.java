package org.sluicemta.runtime;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import org.sluicemta.world.TlsIdentity;

/// Makes a certificate signed by its own P-256 key. The JDK has no public call for it and a library would weigh eight
/// megabytes, so the few structures of DER are written here. Source: RFC 5280 section 4.1, RFC 5758 section 3.2.
final class SelfSigned {
    /// Two years and a day: longer is refused by some clients.
    private static final long VALID_SECONDS = 731L * 86_400;

    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final byte[] ECDSA_WITH_SHA256 = sequence(object(0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02));
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'");

    private SelfSigned() {}

    static TlsIdentity of(String host, Instant now) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            byte[] body = body(host, now, pair.getPublic().getEncoded());
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(pair.getPrivate());
            signature.update(body);
            byte[] certificate = sequence(body, ECDSA_WITH_SHA256, bits(signature.sign()));
            return new TlsIdentity(
                    pem("CERTIFICATE", certificate),
                    pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("this Java has no P-256", absent);
        }
    }

    /// TBSCertificate: version 3, serial, algorithm, issuer, validity, subject, key, extensions.
    private static byte[] body(String host, Instant now, byte[] publicKey) {
        byte[] serial = new byte[16];
        new SecureRandom().nextBytes(serial);
        serial[0] = (byte) (serial[0] & 0x7F | 0x01);
        // commonName is bounded to 64 characters (ub-common-name); the name that counts is the alternative one.
        String shown = host.length() <= 64 ? host : host.substring(0, 64);
        byte[] name = sequence(tagged(SET, sequence(object(0x55, 0x04, 0x03), tagged(0x0C, utf8(shown)))));
        byte[] validity = sequence(time(now.minusSeconds(86_400)), time(now.plusSeconds(VALID_SECONDS)));
        byte[] alternative = sequence(tagged(0x82, utf8(host)));
        byte[] extensions = sequence(
                sequence(object(0x55, 0x1D, 0x11), tagged(0x04, alternative)),
                // basicConstraints, critical: not an authority.
                sequence(object(0x55, 0x1D, 0x13), tagged(0x01, new byte[] {-1}), tagged(0x04, sequence())),
                // extKeyUsage: serverAuth, clientAuth.
                sequence(
                        object(0x55, 0x1D, 0x25),
                        tagged(
                                0x04,
                                sequence(
                                        object(0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01),
                                        object(0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02)))));
        return sequence(
                tagged(0xA0, tagged(0x02, new byte[] {2})),
                tagged(0x02, serial),
                ECDSA_WITH_SHA256,
                name,
                validity,
                name,
                publicKey,
                tagged(0xA3, extensions));
    }

    private static byte[] time(Instant at) {
        // UTCTime until 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5).
        String full = TIME.format(at.atOffset(ZoneOffset.UTC));
        return at.atOffset(ZoneOffset.UTC).getYear() < 2050
                ? tagged(0x17, utf8(full.substring(2)))
                : tagged(0x18, utf8(full));
    }

    private static byte[] object(int... encoded) {
        byte[] bytes = new byte[encoded.length];
        for (int i = 0; i < encoded.length; i++) {
            bytes[i] = (byte) encoded[i];
        }
        return tagged(0x06, bytes);
    }

    private static byte[] bits(byte[] content) {
        return tagged(0x03, new byte[1], content);
    }

    private static byte[] sequence(byte[]... parts) {
        return tagged(SEQUENCE, parts);
    }

    /// Tag, length, content. Source: X.690 sections 8.1.3 and 10.1.
    private static byte[] tagged(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        var out = new ByteArrayOutputStream(length + 4);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else if (length < 0x100) {
            out.write(0x81);
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >>> 8);
            out.write(length);
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] pem(String kind, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return utf8("-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
    }
}
