package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OpenRelaysTest {
    private static Set<String> open(String text) {
        Report report = Check.of(MemoryFiles.with("/config", text), Path.of("/config"), Check.Strictness.USUAL);
        return OpenRelays.of(report.configuration().orElseThrow(() -> new AssertionError(ReportText.of(report))));
    }

    private static String source(String range) {
        return "<source " + range + ">\nalways-allow-relaying yes\n</source>\n";
    }

    @Test
    void rangesOfPublicAddressesAreOpen() {
        assertThat(open(source("0/0"))).hasSize(1);
        assertThat(open(source("198.51.100.0/24"))).containsExactly("198.51.100.0/24");
        assertThat(open(source("2001:db8::/32"))).hasSize(1);
        assertThat(open(source("0.0.0.0/1"))).hasSize(1);
        assertThat(open(source("10.0.0.0/7"))).hasSize(1);
    }

    @Test
    void ownRangesAndSingleAddressesAreNot() {
        assertThat(open(source("10.0.0.0/8") + source("192.168.7.0/24") + source("127.0.0.1") + source("fc00::/7")))
                .isEmpty();
        assertThat(open(source("198.51.100.7"))).isEmpty();
    }

    @Test
    void aSourceWithoutServiceOrRelayingIsNot() {
        assertThat(open("<source 0/0>\nalways-allow-relaying yes\nsmtp-service no\n</source>\n"))
                .isEmpty();
        assertThat(open("<source 0/0>\nalways-allow-relaying no\n</source>\n")).isEmpty();
    }

    @Test
    void aServerThatListensOnLoopbackOnlyIsNot() {
        assertThat(open("smtp-listener 127.0.0.1:25\n" + source("0/0"))).isEmpty();
        assertThat(open("smtp-listener 127.0.0.1:25\nsmtp-listener 0.0.0.0:25\n" + source("0/0")))
                .hasSize(1);
    }

    @Test
    void aListenerThatLaysARelayingSourceOverEverybodyIs() {
        String named = "<source apps>\nalways-allow-relaying yes\n</source>\n";

        assertThat(open("smtp-listener 0.0.0.0:2525 source=apps\n" + named)).containsExactly("apps");
        assertThat(open("smtp-listener 10.0.0.1:2525 source=apps\n" + named)).isEmpty();
    }
}
