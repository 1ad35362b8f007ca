package org.sluicemta.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsTrust;

/// Reads a certificate chain with its key from the content of a PEM file, and refuses at the start what would fail at
/// the first handshake: no certificate, no key, a key of another certificate, a certificate past its time.
///
/// Keys may be PKCS#8 (with a password too) and the older forms `RSA PRIVATE KEY` and `EC PRIVATE KEY`; what is given
/// on is always PKCS#8 in clear. Blocks, by hashing a password for milliseconds: not for the mail path.
public final class Identities {
    /// What is signed to see whether key and certificate belong together.
    private static final byte[] PROBE = {'s', 'l', 'u', 'i', 'c', 'e'};

    private static final byte[] RSA_ALGORITHM = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    private static final byte[] EC_ALGORITHM_OID = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};
    /// A chain and a key are a dozen blocks at most.
    private static final int MOST_BLOCKS = 50;
    /// The platforms' files of all authorities hold 150.
    private static final int MOST_AUTHORITIES = 2_000;

    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

    private Identities() {}

    /// @param pem certificate first, then its issuers, and the key anywhere
    /// @param password of the key, if it has one
    /// @param now at which the certificate must hold
    /// @throws TlsException saying what is wrong and how to mend it
    public static TlsIdentity ofPem(byte[] pem, Optional<String> password, Instant now) {
        List<Pem> blocks = Pem.blocks(pem, MOST_BLOCKS);
        List<X509Certificate> chain = chain(blocks);
        if (chain.isEmpty()) {
            throw new TlsException("there is no certificate; put the block BEGIN CERTIFICATE into the file");
        }
        X509Certificate leaf = chain.getFirst();
        PrivateKey key = key(blocks, password, leaf.getPublicKey().getAlgorithm());
        if (!belong(key, leaf)) {
            throw new TlsException(
                    chain.stream().anyMatch(c -> belong(key, c))
                            ? "the key's own certificate is not the first; put it before those of its issuers"
                            : "the key does not belong to the certificate of " + leaf.getSubjectX500Principal());
        }
        if (now.isAfter(leaf.getNotAfter().toInstant())) {
            throw new TlsException(
                    "the certificate expired on " + leaf.getNotAfter().toInstant() + "; renew it");
        }
        if (now.isBefore(leaf.getNotBefore().toInstant())) {
            throw new TlsException("the certificate holds only from "
                    + leaf.getNotBefore().toInstant() + "; check the clock, or use it later");
        }
        return identity(chain, key);
    }

    /// Reads a file of authorities: every certificate in it, whatever stands between them.
    ///
    /// @throws TlsException saying what is wrong and how to mend it
    public static TlsTrust trustOfPem(byte[] pem) {
        List<X509Certificate> authorities = chain(Pem.blocks(pem, MOST_AUTHORITIES));
        if (authorities.isEmpty()) {
            throw new TlsException("there is no certificate; put a block BEGIN CERTIFICATE of each authority into it");
        }
        return new TlsTrust(certificates(authorities));
    }

    private static TlsIdentity identity(List<X509Certificate> chain, PrivateKey key) {
        return new TlsIdentity(certificates(chain), Pem.encode("PRIVATE KEY", key.getEncoded()));
    }

    private static byte[] certificates(List<X509Certificate> chain) {
        var text = new ByteArrayOutputStream();
        try {
            for (X509Certificate certificate : chain) {
                text.writeBytes(Pem.encode("CERTIFICATE", certificate.getEncoded()));
            }
        } catch (CertificateException parsedBefore) {
            throw new IllegalStateException("a certificate that was read has an encoding", parsedBefore);
        }
        return text.toByteArray();
    }

    private static List<X509Certificate> chain(List<Pem> blocks) {
        var chain = new ArrayList<X509Certificate>();
        for (Pem block : blocks) {
            if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
                try {
                    chain.add((X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(block.der())));
                } catch (CertificateException wrong) {
                    throw new TlsException(
                            "certificate " + (chain.size() + 1) + " cannot be read: " + wrong.getMessage());
                }
            }
        }
        return chain;
    }

    private static PrivateKey key(List<Pem> blocks, Optional<String> password, String algorithm) {
        for (Pem block : blocks) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return key(block.der(), algorithm);
                }
                case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> {
                    if (block.hasHeaders()) {
                        throw new TlsException("the key is encrypted in OpenSSL's old form; write it anew with"
                                + " 'openssl pkcs8 -topk8'");
                    }
                    boolean isRsa = block.label().startsWith("RSA");
                    return key(isRsa ? wrapRsa(block.der()) : wrapEc(block.der()), algorithm);
                }
                case "ENCRYPTED PRIVATE KEY" -> {
                    return key(decrypted(block.der(), password), algorithm);
                }
                default -> {
                    // Certificates, parameters, what else people keep in such files.
                }
            }
        }
        throw new TlsException("there is no private key; put the block BEGIN PRIVATE KEY into the file");
    }

    private static PrivateKey key(byte[] pkcs8, String algorithm) {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException wrong) {
            throw new TlsException(
                    "the key is not the certificate's, which is " + algorithm + ": " + wrong.getMessage());
        }
    }

    private static byte[] decrypted(byte[] der, Optional<String> password) {
        if (password.isEmpty()) {
            throw new TlsException("the key is encrypted; write its password behind the file's name");
        }
        try {
            var sealed = new EncryptedPrivateKeyInfo(der);
            // For PBES2 the name of the algorithm says nothing; its parameters print the scheme.
            String scheme = sealed.getAlgName().startsWith("PBEWith")
                    ? sealed.getAlgName()
                    : sealed.getAlgParameters().toString();
            var secret = SecretKeyFactory.getInstance(scheme)
                    .generateSecret(new PBEKeySpec(password.get().toCharArray()));
            Cipher cipher = Cipher.getInstance(scheme);
            cipher.init(Cipher.DECRYPT_MODE, secret, sealed.getAlgParameters());
            return sealed.getKeySpec(cipher).getEncoded();
        } catch (IOException | GeneralSecurityException wrong) {
            throw new TlsException("the key cannot be decrypted; is the password right? (" + wrong.getMessage() + ")");
        }
    }

    private static boolean belong(PrivateKey key, X509Certificate certificate) {
        String algorithm =
                switch (certificate.getPublicKey()) {
                    case RSAPublicKey rsa -> "SHA256withRSA";
                    case ECPublicKey ec -> "SHA256withECDSA";
                    case EdECPublicKey ed -> "EdDSA";
                    default ->
                        throw new TlsException("keys of the kind "
                                + certificate.getPublicKey().getAlgorithm() + " are not supported; use RSA or EC");
                };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (GeneralSecurityException anotherKind) {
            return false; // a key of another kind or curve belongs to another certificate
        }
    }

    /// PKCS#1 inside PKCS#8. Source: RFC 5208 section 5, RFC 8017 appendix A.1.2.
    private static byte[] wrapRsa(byte[] pkcs1) {
        return der(0x30, VERSION_0, RSA_ALGORITHM, der(0x04, pkcs1));
    }

    /// SEC 1 inside PKCS#8; the curve stands in its element [0]. Source: RFC 5915 section 3.
    private static byte[] wrapEc(byte[] sec1) {
        byte[] curve = curve(sec1);
        return der(0x30, VERSION_0, der(0x30, EC_ALGORITHM_OID, curve), der(0x04, sec1));
    }

    private static byte[] curve(byte[] sec1) {
        try {
            int at = contentStart(sec1, 0);
            while (at < sec1.length) {
                int start = contentStart(sec1, at);
                int end = start + length(sec1, at);
                if (sec1[at] == (byte) 0xa0) {
                    return java.util.Arrays.copyOfRange(sec1, start, end);
                }
                at = end;
            }
        } catch (IndexOutOfBoundsException | IllegalArgumentException cutShort) {
            throw new TlsException("the EC key cannot be read");
        }
        throw new TlsException("the EC key names no curve; write it anew with 'openssl pkcs8 -topk8 -nocrypt'");
    }

    private static int contentStart(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return first < 0x80 ? at + 2 : at + 2 + (first & 0x7f);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int octets = first & 0x7f;
        if (octets == 0 || octets > 3) {
            throw new IllegalArgumentException("no length of DER");
        }
        return new BigInteger(1, java.util.Arrays.copyOfRange(der, at + 2, at + 2 + octets)).intValueExact();
    }

    private static byte[] der(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        int length = content.size();
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else if (length < 0x100) {
            out.write(0x81);
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
