package org.sluicemta.sign;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// A private key for signing.
///
/// @param algorithm the only one that the key is used with
/// @param bits of an RSA modulus, 1024 or more; 256 for Ed25519
public record DomainKey(Algorithm algorithm, PrivateKey key, int bits) {
    /// Shorter RSA keys are refused. Source: RFC 8301 section 3.2.
    public static final int LEAST_BITS = 1024;
    /// Shorter RSA keys should be replaced. Source: RFC 8301 section 3.2.
    public static final int GOOD_BITS = 2048;

    private static final int MAX_BITS = 8192;

    /// AlgorithmIdentifier rsaEncryption with NULL. Source: RFC 8017 appendix A.
    private static final byte[] RSA_IDENTIFIER = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    /// What stands before the 32 octets of a raw Ed25519 private key in PKCS #8. Source: RFC 8410 section 7.
    private static final byte[] ED25519_PREFIX = {
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20
    };
    private static final int ED25519_OCTETS = 32;

    /// How a signature is made. rsa-sha1 is not among them. Source: RFC 8301 section 3.1, RFC 8463.
    public enum Algorithm {
        RSA_SHA256("rsa-sha256", "SHA256withRSA", "rsa"),
        ED25519_SHA256("ed25519-sha256", "Ed25519", "ed25519");

        private final String tag;
        private final String jca;
        private final String keyType;

        Algorithm(String tag, String jca, String keyType) {
            this.tag = tag;
            this.jca = jca;
            this.keyType = keyType;
        }

        /// As it stands in the tag `a=`.
        public String tag() {
            return tag;
        }

        String jca() {
            return jca;
        }

        /// As it stands in the tag `k=` of a key record.
        public String keyType() {
            return keyType;
        }
    }

    /// Reads an unencrypted private key: PKCS #8 or PKCS #1 (RSA) in PEM, or what stands between the lines BEGIN and
    /// END alone.
    ///
    /// @throws SignException saying what is wrong
    public static DomainKey parse(String text) {
        String label = "PRIVATE KEY";
        String base64 = text;
        int begin = text.indexOf("-----BEGIN ");
        while (begin >= 0) {
            int labelEnd = text.indexOf("-----", begin + 11);
            if (labelEnd < 0) {
                throw new SignException("the line BEGIN has no end");
            }
            label = text.substring(begin + 11, labelEnd);
            int end = text.indexOf("-----END " + label + "-----", labelEnd + 5);
            if (end < 0) {
                throw new SignException("the block BEGIN " + label + " has no line END");
            }
            base64 = text.substring(labelEnd + 5, end);
            if (label.endsWith("PRIVATE KEY")) {
                break;
            }
            begin = text.indexOf("-----BEGIN ", end);
            base64 = "";
        }
        if (label.equals("ENCRYPTED PRIVATE KEY") || base64.indexOf(':') >= 0) {
            throw new SignException("the key is encrypted; take the password off, for instance with openssl pkey");
        }
        byte[] der;
        try {
            der = Base64.getDecoder().decode(base64.replaceAll("\\s+", ""));
        } catch (IllegalArgumentException wrong) {
            throw new SignException("the key is no base64: " + wrong.getMessage(), wrong);
        }
        if (der.length == 0) {
            throw new SignException("there is no private key in it");
        }
        return switch (label) {
            case "RSA PRIVATE KEY" -> ofPkcs8(pkcs8OfPkcs1(der));
            case "PRIVATE KEY" -> ofPkcs8(der);
            default -> throw new SignException("a key of the kind " + label + " cannot sign mail; use RSA or Ed25519");
        };
    }

    /// @throws SignException if it is neither RSA nor Ed25519, or too short
    public static DomainKey ofPkcs8(byte[] der) {
        try {
            var spec = new PKCS8EncodedKeySpec(der);
            if (contains(der, Arrays.copyOfRange(ED25519_PREFIX, 5, 12))) {
                return new DomainKey(
                        Algorithm.ED25519_SHA256,
                        KeyFactory.getInstance("Ed25519").generatePrivate(spec),
                        256);
            }
            var key = (RSAPrivateKey) KeyFactory.getInstance("RSA").generatePrivate(spec);
            int bits = key.getModulus().bitLength();
            if (bits < LEAST_BITS || bits > MAX_BITS) {
                throw new SignException("an RSA key of " + bits + " bits is not used; make one of " + GOOD_BITS);
            }
            return new DomainKey(Algorithm.RSA_SHA256, key, bits);
        } catch (InvalidKeySpecException | ClassCastException wrong) {
            throw new SignException("it is neither an RSA nor an Ed25519 private key", wrong);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java platform has RSA and Ed25519", missing);
        }
    }

    /// @param raw the 32 octets of RFC 8032
    public static DomainKey ofEd25519(byte[] raw) {
        if (raw.length != ED25519_OCTETS) {
            throw new SignException("an Ed25519 private key has " + ED25519_OCTETS + " octets, not " + raw.length);
        }
        byte[] der = Arrays.copyOf(ED25519_PREFIX, ED25519_PREFIX.length + ED25519_OCTETS);
        System.arraycopy(raw, 0, der, ED25519_PREFIX.length, ED25519_OCTETS);
        return ofPkcs8(der);
    }

    private static boolean contains(byte[] all, byte[] part) {
        // The algorithm stands in the first 16 octets.
        for (int i = 0; i <= Math.min(16, all.length) - part.length; i++) {
            if (Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    private static byte[] pkcs8OfPkcs1(byte[] pkcs1) {
        byte[] octets = derOf(0x04, pkcs1);
        byte[] body = new byte[3 + RSA_IDENTIFIER.length + octets.length];
        body[0] = 0x02;
        body[1] = 0x01;
        System.arraycopy(RSA_IDENTIFIER, 0, body, 3, RSA_IDENTIFIER.length);
        System.arraycopy(octets, 0, body, 3 + RSA_IDENTIFIER.length, octets.length);
        return derOf(0x30, body);
    }

    private static byte[] derOf(int tag, byte[] content) {
        int length = content.length;
        byte[] head = length < 0x80
                ? new byte[] {(byte) tag, (byte) length}
                : length < 0x100
                        ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
                        : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        byte[] der = Arrays.copyOf(head, head.length + length);
        System.arraycopy(content, 0, der, head.length, length);
        return der;
    }

    /// What a new pair is: the key to keep and the record to publish.
    ///
    /// @param pem the private key in PKCS #8
    /// @param record the value of the TXT record at `SELECTOR._domainkey.DOMAIN`
    public record NewPair(String pem, String record) {}

    /// Makes a new pair.
    ///
    /// @param bits of the RSA modulus, [#LEAST_BITS] to 8192; not heard for Ed25519
    public static NewPair generate(Algorithm algorithm, int bits) {
        if (algorithm == Algorithm.RSA_SHA256 && (bits < LEAST_BITS || bits > MAX_BITS)) {
            throw new SignException("an RSA key has " + LEAST_BITS + " to " + MAX_BITS + " bits, not " + bits);
        }
        try {
            var generator = KeyPairGenerator.getInstance(algorithm == Algorithm.RSA_SHA256 ? "RSA" : "Ed25519");
            if (algorithm == Algorithm.RSA_SHA256) {
                generator.initialize(bits);
            }
            var pair = generator.generateKeyPair();
            String pem = "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'})
                            .encodeToString(pair.getPrivate().getEncoded())
                    + "\n-----END PRIVATE KEY-----\n";
            return new NewPair(pem, record(algorithm, pair.getPublic()));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java platform has RSA and Ed25519", missing);
        }
    }

    /// The TXT record that belongs to the key; empty for an Ed25519 key, whose public half is not in it.
    /// Source: RFC 6376 section 3.6.1.
    public Optional<String> record() {
        if (!(key instanceof RSAPrivateCrtKey rsa)) {
            return Optional.empty();
        }
        try {
            return Optional.of(record(
                    algorithm,
                    KeyFactory.getInstance("RSA")
                            .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()))));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java platform has RSA", missing);
        }
    }

    private static String record(Algorithm algorithm, PublicKey key) {
        byte[] encoded = key.getEncoded();
        // Of Ed25519 only the 32 octets themselves. Source: RFC 8463 section 4.2.
        byte[] published = algorithm == Algorithm.ED25519_SHA256
                ? Arrays.copyOfRange(encoded, encoded.length - ED25519_OCTETS, encoded.length)
                : encoded;
        return "v=DKIM1; k=" + algorithm.keyType() + "; p="
                + Base64.getEncoder().encodeToString(published);
    }

    /// Keys are never printed.
    @Override
    public String toString() {
        return algorithm.tag() + " key of " + bits + " bits";
    }
}
