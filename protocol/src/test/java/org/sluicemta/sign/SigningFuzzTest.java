package org.sluicemta.sign;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What is read in order to sign. The ordinary run plays the corpus.
class SigningFuzzTest {
    private static final DomainKey KEY = DomainKey.parse(
            DomainKey.generate(DomainKey.Algorithm.ED25519_SHA256, 256).pem());

    @FuzzTest
    void aKeyIsReadOrRefused(byte[] text) {
        try {
            DomainKey key = DomainKey.parse(new String(text, StandardCharsets.UTF_8));
            assertThat(key.bits()).isGreaterThanOrEqualTo(256);
        } catch (SignException refused) {
            assertThat(refused.getMessage()).isNotEmpty();
        }
    }

    @FuzzTest
    void aHeaderIsSignedInOneFieldOrRefused(byte[] header) {
        HeaderAddresses.first(header, "from");
        HeaderAddresses.count(header, "from");
        assertThat(HeaderField.all(header).size()).isLessThanOrEqualTo(header.length);
        byte[] hash = new BodyHash(Canonicalization.RELAXED)
                .update(ByteBuffer.wrap(header))
                .digest();
        try {
            byte[] field = Signer.sign(
                    header, hash, KEY, new Identity("example.com", "s", ""), SignatureForm.DEFAULT, 1_700_000_000L);
            String text = new String(field, StandardCharsets.US_ASCII);
            assertThat(text).startsWith("DKIM-Signature: ").endsWith("\r\n");
            assertThat(HeaderField.all(field)).hasSize(1);
            assertThat(text.replace("\r\n", "")).doesNotContain("\r", "\n");
        } catch (SignException noFrom) {
            assertThat(noFrom.getMessage()).contains("From");
        }
    }

    @FuzzTest
    void anySplitOfABodyHasTheSameHash(byte[] body) {
        for (Canonicalization form : Canonicalization.values()) {
            var pieces = new BodyHash(form);
            for (byte octet : body) {
                pieces.update(ByteBuffer.wrap(new byte[] {octet}));
            }
            byte[] whole = new BodyHash(form).update(ByteBuffer.wrap(body)).digest();
            assertThat(Arrays.equals(pieces.digest(), whole)).isTrue();
        }
    }
}
