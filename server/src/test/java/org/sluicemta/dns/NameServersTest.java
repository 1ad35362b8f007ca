package org.sluicemta.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class NameServersTest {
    @Test
    void anAddressMayHaveAPort() {
        assertThat(NameServers.parse("127.0.0.1")).isEqualTo(at("127.0.0.1", 53));
        assertThat(NameServers.parse(" 127.0.0.1:5353 ")).isEqualTo(at("127.0.0.1", 5353));
        assertThat(NameServers.parse("::1")).isEqualTo(at("::1", 53));
        assertThat(NameServers.parse("[::1]:5353")).isEqualTo(at("::1", 5353));
    }

    @Test
    void aNameIsRefused() {
        assertThatThrownBy(() -> NameServers.parse("dns.example.com"))
                .isInstanceOf(DnsException.class)
                .hasMessageContaining("no IP address");
    }

    @Test
    void resolvConfGivesItsNameServersUpToThree() {
        assertThat(NameServers.ofResolvConf("""
                # made by hand
                search example.com
                nameserver 192.0.2.53
                nameserver fe80::1%eth0
                nameserver   2001:db8::53
                options timeout:1
                nameserver 192.0.2.54
                nameserver 192.0.2.55
                """))
                .containsExactly(at("192.0.2.53", 53), at("2001:db8::53", 53), at("192.0.2.54", 53));
    }

    @Test
    void anEmptyResolvConfMeansThisMachine() {
        assertThat(NameServers.ofResolvConf("")).containsExactly(at("127.0.0.1", 53));
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }
}
