package org.sluicemta.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.dns.HostList.Host;

class HostListTest {
    @Test
    void commasMakeEqualsAndSemicolonsMakeLevels() {
        assertThat(HostList.parse(" [192.0.2.1] , relay.Example.com:2525;lookup-mx:example.org ; 192.0.2.9", 25))
                .isEqualTo(new HostList(List.of(
                        List.of(
                                new Host.Literal(InetAddress.ofLiteral("192.0.2.1"), 25),
                                new Host.Named("relay.example.com", 2525)),
                        List.of(new Host.MailOf("example.org", 25)),
                        List.of(new Host.Literal(InetAddress.ofLiteral("192.0.2.9"), 25)))));
    }

    @Test
    void addressesComeInEveryUsualSpelling() {
        var v6 = InetAddress.ofLiteral("2001:db8::1");
        var v4 = InetAddress.ofLiteral("192.0.2.1");

        assertThat(only("[IPv6:2001:db8::1]:26")).isEqualTo(new Host.Literal(v6, 26));
        assertThat(only("[2001:db8::1]")).isEqualTo(new Host.Literal(v6, 25));
        assertThat(only("2001:db8::1")).isEqualTo(new Host.Literal(v6, 25));
        assertThat(only("192.0.2.1:26")).isEqualTo(new Host.Literal(v4, 26));
        assertThat(only("[192.0.2.1]:26")).isEqualTo(new Host.Literal(v4, 26));
    }

    @Test
    void aBareNameStandsForADomainAndANameWithAPortForAHost() {
        assertThat(only("yahoo.com")).isEqualTo(new Host.MailOf("yahoo.com", 25));
        assertThat(only("yahoo.com:25")).isEqualTo(new Host.Named("yahoo.com", 25));
        assertThat(only("LOOKUP-MX:yahoo.com:2525")).isEqualTo(new Host.MailOf("yahoo.com", 2525));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",",
                "a.example,",
                ";a.example",
                "[a.example]",
                "[192.0.2.1",
                "a.example:0",
                "a.example:70000",
                "a.example:x",
                "a.example:",
                "[192.0.2.1]25",
                "lookup-mx:",
                "lookup-mx:[192.0.2.1]",
                "a b.example",
                "[IPv6:192.0.2.1]",
                "-"
            })
    void whatIsNoHostListIsRefusedWithAReason(String text) {
        if (text.equals("-")) {
            assertThat(only(text)).isEqualTo(new Host.MailOf("-", 25)); // odd, but a name
            return;
        }
        assertThatThrownBy(() -> HostList.parse(text, 25))
                .isInstanceOf(DnsException.class)
                .message()
                .isNotBlank();
    }

    private static Host only(String text) {
        return HostList.parse(text, 25).levels().getFirst().getFirst();
    }
}
