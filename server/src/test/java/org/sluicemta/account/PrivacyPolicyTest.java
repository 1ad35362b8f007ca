package org.sluicemta.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrivacyPolicyTest {
    @ParameterizedTest
    @CsvSource({
        "hmac-sha256, secretkey, 614648A140A88192D375C22E606BEC922E8CFA71A5063C067E6BE7CB49C506AA",
        "siphash, secretkey, EB938A2508145899",
        "hmac-sha256-hexkey, 1234abcd, 3BB5D751EB1C3ECCD12C10B315DADEBA35C3A6DF822E44A347FC01B38001477A",
        "siphash-hexkey, 1234abcd, D343D887797D2CFB",
    })
    void hashesAreThoseThatExistingToolsMake(String kind, String key, String hash) {
        assertThat(PrivacyPolicy.of(kind, key).hidden("port25")).isEqualTo(hash);
        assertThat(PrivacyPolicy.of(kind, key).hidden("PORT25")).isEqualTo(hash);
    }

    /// Source: the paper's appendix A: key 00..0f, input 00..0e.
    @Test
    void sipHashIsThatOfItsPaper() {
        byte[] key = new byte[16];
        byte[] text = new byte[15];
        for (int i = 0; i < 16; i++) {
            key[i] = (byte) i;
        }
        for (int i = 0; i < 15; i++) {
            text[i] = (byte) i;
        }

        assertThat(SipHash.of(key, text)).containsExactly(0xe5, 0x45, 0xbe, 0x49, 0x61, 0xca, 0x29, 0xa1);
    }

    @Test
    void badKeysAreRefusedAndGoodOnesAreNotPrinted() {
        assertThatThrownBy(() -> PrivacyPolicy.of("siphash", "12345678901234567"))
                .hasMessageContaining("16 at most");
        assertThatThrownBy(() -> PrivacyPolicy.of("siphash-hexkey", "12x4")).hasMessageContaining("hexadecimal");
        assertThatThrownBy(() -> PrivacyPolicy.of("hmac-sha256", "")).hasMessageContaining("no key");
        assertThatThrownBy(() -> PrivacyPolicy.of("md5", "")).hasMessageContaining("write retain");
        assertThat(PrivacyPolicy.of("hmac-sha256", "secretkey").toString()).doesNotContain("secretkey");
    }

    @Test
    void onlyWholeWordsAreHidden() {
        var text = new PrivateText(PrivacyPolicy.of("redact", ""), "Bob@example.net");

        assertThat(text.address()).isEqualTo("...@example.net");
        assertThat(text.of("smtp;550 5.1.1 <bob@example.net>, bobby is no BOB"))
                .isEqualTo("smtp;550 5.1.1 <...@example.net>, bobby is no ...");
        assertThat(text.of("news-bob=example.net@bounce.example.com"))
                .isEqualTo("news-...=example.net@bounce.example.com");
    }
}
