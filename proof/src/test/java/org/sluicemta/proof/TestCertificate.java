package org.sluicemta.proof;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/// A certificate for `mx.sluice.example` and 127.0.0.1 that vouches for itself, made by the JDK's keytool.
final class TestCertificate {
    private static final String PASSWORD = "secret";

    private TestCertificate() {}

    /// Writes certificate and key to `server.pem`, and the certificate alone to `server.crt`.
    static Path pem(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
        Path store = folder.resolve("key.p12");
        Process keytool = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/keytool",
                        "-genkeypair",
                        "-alias",
                        "mx",
                        "-keyalg",
                        "RSA",
                        "-keysize",
                        "2048",
                        "-dname",
                        "CN=mx.sluice.example",
                        "-ext",
                        "SAN=dns:mx.sluice.example,ip:127.0.0.1",
                        "-validity",
                        "3650",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        if (keytool.waitFor() != 0) {
            throw new AssertionError(Files.readString(folder.resolve("keytool.log")));
        }
        KeyStore keys = keys(folder);
        Files.writeString(
                folder.resolve("server.crt"),
                block("CERTIFICATE", keys.getCertificate("mx").getEncoded()));
        return Files.writeString(
                folder.resolve("server.pem"),
                block("CERTIFICATE", keys.getCertificate("mx").getEncoded())
                        + block(
                                "PRIVATE KEY",
                                keys.getKey("mx", PASSWORD.toCharArray()).getEncoded()));
    }

    private static KeyStore keys(Path folder) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve("key.p12"))) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    /// Writes the certificate again, with its key under a password, by OpenSSL.
    static Path locked(Path folder, String password) throws IOException, InterruptedException {
        Path locked = Files.copy(folder.resolve("server.crt"), folder.resolve("locked.pem"));
        Process openssl = new ProcessBuilder(
                        "openssl",
                        "pkcs8",
                        "-topk8",
                        "-in",
                        folder.resolve("server.pem").toString(),
                        "-passout",
                        "pass:" + password)
                .redirectError(folder.resolve("openssl.log").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(locked.toFile()))
                .start();
        if (openssl.waitFor() != 0) {
            throw new AssertionError(Files.readString(folder.resolve("openssl.log")));
        }
        return locked;
    }

    /// Whoever is behind a certificate that [#pem] has written: it shows that, and takes any.
    static SSLContext showing(Path folder) throws IOException, GeneralSecurityException {
        var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys(folder), PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), new TrustManager[] {new TakingAll()}, null);
        return context;
    }

    /// A client that takes the certificate of [#pem] in that folder and no other.
    static SSLContext taking(Path folder) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("mx", keys(folder).getCertificate("mx"));
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static String block(String what, byte[] der) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + what + "-----\n";
    }

    /// A client that takes any certificate.
    static SSLContext takingAll() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TakingAll()}, null);
        return context;
    }

    private static final class TakingAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
