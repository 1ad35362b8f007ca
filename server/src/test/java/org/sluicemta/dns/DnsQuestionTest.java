package org.sluicemta.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DnsQuestionTest {
    @Test
    void namesAreMadeLowerCaseAscii() {
        assertThat(DnsQuestion.canonical("Example.COM.")).contains("example.com");
        assertThat(DnsQuestion.canonical("bücher.example")).contains("xn--bcher-kva.example");
        assertThat(DnsQuestion.canonical("_25._tcp.mx.example")).contains("_25._tcp.mx.example");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a..b", ".a", "a b", "a\\b", "a@b", "a,b", "\u0000", "a.b..", "[192.0.2.1]"})
    void otherTextIsNoName(String text) {
        assertThat(DnsQuestion.canonical(text)).isEmpty();
    }

    @Test
    void namesAndLabelsAreBounded() {
        assertThat(DnsQuestion.canonical("a".repeat(63) + ".example")).isPresent();
        assertThat(DnsQuestion.canonical("a".repeat(64) + ".example")).isEmpty();
        assertThat(DnsQuestion.canonical("a.".repeat(126) + "a")).isPresent();
        assertThat(DnsQuestion.canonical("a.".repeat(127) + "a")).isEmpty();
        assertThat(DnsQuestion.canonical("ü".repeat(300))).isEmpty();
    }

    @Test
    void aQuestionIsOnlyMadeOfAName() {
        assertThatThrownBy(() -> new DnsQuestion("Upper.example", DnsType.A)).isInstanceOf(DnsException.class);
    }
}
