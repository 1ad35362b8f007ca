package org.sluicemta.web;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsTrust;

/// TLS of the management port by the JDK: a few people's connections, for which its speed is enough. Immutable.
final class TlsContexts {
    private static final char[] NO_PASSWORD = new char[0];

    private final SSLContext context;
    private final String[] versions;
    private final boolean asksClients;

    private TlsContexts(SSLContext context, List<String> versions, boolean asksClients) {
        this.context = context;
        this.versions = versions.toArray(String[]::new);
        this.asksClients = asksClients;
    }

    /// @param otherwise the certificate where none is configured
    /// @throws WebException when the key is of a kind that the JDK does not know
    static TlsContexts of(WebTls tls, TlsIdentity otherwise) {
        TlsIdentity identity = tls.identity();
        try {
            KeyStore keys = keyStore(identity == null ? otherwise : identity);
            var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keyManagers.init(keys, NO_PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers.getKeyManagers(), trust(tls.clients()), null);
            return new TlsContexts(context, tls.versions(), tls.clients() != null);
        } catch (GeneralSecurityException | IOException unusable) {
            throw new WebException(
                    "the certificate of the management port cannot be used: " + unusable.getMessage(), unusable);
        }
    }

    SSLEngine engine() {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(versions);
        parameters.setUseCipherSuitesOrder(true);
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        parameters.setNeedClientAuth(asksClients);
        engine.setSSLParameters(parameters);
        return engine;
    }

    boolean isUsable() {
        return versions.length > 0;
    }

    private static KeyStore keyStore(TlsIdentity identity) throws GeneralSecurityException, IOException {
        Certificate[] chain = certificates(identity.chainPem()).toArray(Certificate[]::new);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("management", key(identity.keyPem()), NO_PASSWORD, chain);
        return keys;
    }

    private static Collection<? extends Certificate> certificates(byte[] pem) throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
    }

    /// The file does not say in clear which kind of key it holds, so each is tried.
    private static PrivateKey key(byte[] pem) throws GeneralSecurityException {
        String text = new String(pem, StandardCharsets.US_ASCII)
                .replaceAll("-----[^-]*-----", "")
                .replaceAll("\\s", "");
        var spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text));
        for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException another) {
                continue;
            }
        }
        throw new InvalidKeySpecException("its key is neither RSA, EC nor EdDSA");
    }

    private static TrustManager @Nullable [] trust(@Nullable TlsTrust clients)
            throws GeneralSecurityException, IOException {
        if (clients == null) {
            return null;
        }
        KeyStore authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null, null);
        int number = 0;
        for (Certificate each : certificates(clients.pem())) {
            authorities.setCertificateEntry("authority-" + number++, each);
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(authorities);
        return factory.getTrustManagers();
    }
}
