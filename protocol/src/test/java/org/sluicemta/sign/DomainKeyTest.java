package org.sluicemta.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class DomainKeyTest {
    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\r\n" + Base64.getMimeEncoder().encodeToString(der) + "\r\n-----END "
                + label + "-----\r\n";
    }

    private static RSAPrivateCrtKey rsa(int bits) throws Exception {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return (RSAPrivateCrtKey) generator.generateKeyPair().getPrivate();
    }

    @Test
    void readsBothFormsOfRsa() throws Exception {
        RSAPrivateCrtKey key = rsa(2048);
        byte[] pkcs8 = key.getEncoded();
        // PKCS #1 is what PKCS #8 wraps: the octets behind the algorithm and the head of the octet string.
        byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length);
        DomainKey whole = DomainKey.parse(pem("PRIVATE KEY", pkcs8));
        assertThat(DomainKey.parse(pem("RSA PRIVATE KEY", pkcs1)).key()).isEqualTo(whole.key());
        assertThat(DomainKey.parse(Base64.getEncoder().encodeToString(pkcs8)).key())
                .isEqualTo(whole.key());
        assertThat(whole.bits()).isEqualTo(2048);
        assertThat(whole.record().orElseThrow()).startsWith("v=DKIM1; k=rsa; p=MII");
    }

    @Test
    void readsTheKeyBehindOtherBlocks() throws Exception {
        String text = pem("CERTIFICATE", new byte[] {1, 2, 3})
                + pem("PRIVATE KEY", rsa(1024).getEncoded());
        assertThat(DomainKey.parse(text).bits()).isEqualTo(1024);
    }

    @Test
    void newPairsAreReadBack() {
        for (DomainKey.Algorithm algorithm : DomainKey.Algorithm.values()) {
            DomainKey.NewPair pair = DomainKey.generate(algorithm, 1024);
            assertThat(DomainKey.parse(pair.pem()).algorithm()).isEqualTo(algorithm);
            assertThat(pair.record()).contains("k=" + algorithm.keyType());
        }
        assertThatThrownBy(() -> DomainKey.generate(DomainKey.Algorithm.RSA_SHA256, 512))
                .hasMessageContaining("1024 to 8192");
    }

    @Test
    void whatCannotSignIsRefusedWithTheReason() throws Exception {
        assertThatThrownBy(() -> DomainKey.parse(pem("PRIVATE KEY", rsa(768).getEncoded())))
                .hasMessageContaining("768 bits");
        assertThatThrownBy(() -> DomainKey.parse(pem("ENCRYPTED PRIVATE KEY", new byte[] {1})))
                .hasMessageContaining("encrypted");
        assertThatThrownBy(
                        () -> DomainKey.parse(
                                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----"))
                .hasMessageContaining("encrypted");
        assertThatThrownBy(() -> DomainKey.parse(pem("EC PRIVATE KEY", new byte[] {1})))
                .hasMessageContaining("EC PRIVATE KEY cannot sign mail");
        assertThatThrownBy(() -> DomainKey.parse("")).hasMessageContaining("no private key");
        assertThatThrownBy(() -> DomainKey.parse("-----BEGIN PRIVATE KEY-----\nAAAA"))
                .hasMessageContaining("no line END");
        assertThatThrownBy(() -> DomainKey.parse(pem("PRIVATE KEY", new byte[] {1, 2, 3})))
                .hasMessageContaining("neither an RSA nor an Ed25519");
        assertThatThrownBy(() -> DomainKey.parse("§§§")).hasMessageContaining("no base64");
        assertThat(DomainKey.ofEd25519(new byte[32]).toString()).isEqualTo("ed25519-sha256 key of 256 bits");
    }
}
