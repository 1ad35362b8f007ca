package org.sluicemta.mail;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpTextTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "0:0:0:0:0:0:0:1, ::1",
        "0:0:0:0:0:0:0:0, ::",
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:DB8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "1:2:3:4:5:6:0:0, 1:2:3:4:5:6::",
        "0:0:3:4:5:6:7:8, ::3:4:5:6:7:8"
    })
    void anAddressHasOneForm(String given, String written) {
        assertThat(IpText.of(InetAddress.ofLiteral(given))).isEqualTo(written);
    }

    @Property
    void whatIsWrittenIsReadBack(@ForAll @Size(16) byte[] bytes, @ForAll byte mask) throws UnknownHostException {
        byte[] thinned = bytes.clone();
        for (int i = 0; i < 8; i++) {
            if ((mask >> i & 1) == 1) {
                thinned[2 * i] = 0;
                thinned[2 * i + 1] = 0;
            }
        }
        InetAddress address = InetAddress.getByAddress(thinned);
        assertThat(InetAddress.ofLiteral(IpText.of(address))).isEqualTo(address);
    }
}
