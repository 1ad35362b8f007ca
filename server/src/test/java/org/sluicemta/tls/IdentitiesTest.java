package org.sluicemta.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.world.TlsIdentity;

class IdentitiesTest {
    private static final Instant NOW = Instant.parse("2027-01-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource({"rsa.crt,rsa.key", "rsa.crt,rsa-old.key", "ec.crt,ec.key", "ec.crt,ec-old.key", "ed.crt,ed.key"})
    void everyUsualFormOfKeyIsGivenOnAsPkcs8(String certificate, String key) {
        TlsIdentity identity = identity(certificate, key);

        assertThat(text(identity.keyPem())).startsWith("-----BEGIN PRIVATE KEY-----\n");
        assertThat(text(identity.chainPem())).startsWith("-----BEGIN CERTIFICATE-----\n");
        assertThat(Identities.ofPem(joined(identity), Optional.empty(), NOW)).isEqualTo(identity);
    }

    @Test
    void theOldAndTheNewFormOfOneKeyMakeTheSameIdentity() {
        assertThat(identity("rsa.crt", "rsa-old.key")).isEqualTo(identity("rsa.crt", "rsa.key"));
    }

    @Test
    void theKeyMayStandBeforeTheCertificate() {
        assertThat(identity("ec.key", "ec.crt")).isEqualTo(identity("ec.crt", "ec.key"));
    }

    @Test
    void anEncryptedKeyNeedsItsPassword() {
        byte[] pem = files("rsa.crt", "rsa-locked.key");

        assertThat(Identities.ofPem(pem, Optional.of("secret"), NOW)).isEqualTo(identity("rsa.crt", "rsa.key"));
        assertThatThrownBy(() -> Identities.ofPem(pem, Optional.empty(), NOW)).hasMessageContaining("encrypted");
        assertThatThrownBy(() -> Identities.ofPem(pem, Optional.of("wrong"), NOW))
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("password");
        assertThatThrownBy(() -> identity("rsa.crt", "rsa-old-locked.key")).hasMessageContaining("old form");
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThatThrownBy(() -> identity("rsa.crt")).hasMessageContaining("no private key");
        assertThatThrownBy(() -> identity("rsa.key")).hasMessageContaining("no certificate");
        assertThatThrownBy(() -> Identities.ofPem(new byte[0], Optional.empty(), NOW))
                .isInstanceOf(TlsException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ec.key", "ed.key", "rsa.key"})
    void aKeyOfAnotherCertificateIsRefused(String key) {
        String certificate = key.startsWith("rsa") ? "ec.crt" : "rsa.crt";

        assertThatThrownBy(() -> identity(certificate, key)).isInstanceOf(TlsException.class);
    }

    @Test
    void theKeysOwnCertificateComesFirst() {
        assertThatThrownBy(() -> identity("rsa.crt", "ec.crt", "ec.key")).isInstanceOf(TlsException.class);
        assertThat(identity("ec.crt", "rsa.crt", "ec.key")).isNotNull();
    }

    @Test
    void aCertificateOutsideItsTimeIsRefused() {
        byte[] pem = files("rsa.crt", "rsa.key");

        assertThatThrownBy(() -> Identities.ofPem(pem, Optional.empty(), Instant.parse("2200-01-01T00:00:00Z")))
                .hasMessageContaining("expired on 2126-");
        assertThatThrownBy(() -> Identities.ofPem(pem, Optional.empty(), Instant.parse("2020-01-01T00:00:00Z")))
                .hasMessageContaining("only from 2026-");
    }

    @Test
    void damagedFilesAreRefusedWithAReasonAndNothingElse() {
        byte[] good = files("ec.crt", "ec-old.key");
        var random = new Random(3);
        for (int i = 0; i < 500; i++) {
            byte[] bad = good.clone();
            for (int n = 0; n <= random.nextInt(3); n++) {
                bad[random.nextInt(bad.length)] = (byte) (32 + random.nextInt(95));
            }
            try {
                assertThat(Identities.ofPem(bad, Optional.empty(), NOW)).isNotNull();
            } catch (TlsException refused) {
                assertThat(refused).message().isNotBlank();
            }
        }
    }

    private static TlsIdentity identity(String... names) {
        return Identities.ofPem(files(names), Optional.empty(), NOW);
    }

    private static byte[] joined(TlsIdentity identity) {
        var all = new ByteArrayOutputStream();
        all.writeBytes(identity.chainPem());
        all.writeBytes(identity.keyPem());
        return all.toByteArray();
    }

    private static byte[] files(String... names) {
        var all = new ByteArrayOutputStream();
        for (String name : names) {
            try (InputStream in = Objects.requireNonNull(IdentitiesTest.class.getResourceAsStream(name), name)) {
                all.writeBytes(in.readAllBytes());
            } catch (IOException broken) {
                throw new java.io.UncheckedIOException(broken);
            }
        }
        return all.toByteArray();
    }

    private static String text(byte[] pem) {
        return new String(pem, StandardCharsets.US_ASCII);
    }
}
