package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Type;

class ZoneTableTest {
    @Test
    void textAndBuilderSayTheSame() {
        ZoneTable text = ZoneTable.parse("""
                ttl 30   # short
                Example.com.  MX 10 mx.example.com
                mx.example.com A 127.0.0.2
                mx.example.com SILENT
                mx.example.com DELAY 250ms
                """);
        ZoneTable built = ZoneTable.builder()
                .ttl(30)
                .mx("example.com", 10, "mx.example.com")
                .address("mx.example.com", "127.0.0.2")
                .fault("mx.example.com", ZoneFault.SILENT)
                .delay("mx.example.com", Duration.ofMillis(250))
                .build();

        assertThat(text.find("example.com")).isEqualTo(built.find("example.com"));
        assertThat(text.find("mx.example.com")).isEqualTo(built.find("mx.example.com"));
        assertThat(text.find("mx.example.com").orElseThrow().delay()).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void aWildcardStandsForNamesThatDoNotExist() {
        ZoneTable zones = ZoneTable.parse("""
                *.many.example MX 10 mx.example
                own.many.example A 127.0.0.1
                """);

        assertThat(zones.find("a.many.example")
                        .orElseThrow()
                        .records()
                        .getFirst()
                        .getName()
                        .toString())
                .isEqualTo("a.many.example.");
        assertThat(zones.chain("own.many.example", Type.MX).records()).isEmpty();
        assertThat(zones.chain("own.many.example", Type.MX).exists()).isTrue();
        assertThat(zones.find("a.own.many.example")).isEmpty();
        assertThat(zones.find("example")).isPresent();
        assertThat(zones.find("other.example")).isEmpty();
    }

    @Test
    void aliasesAreFollowedWithinTheTable() {
        ZoneTable zones = ZoneTable.parse("""
                a.example CNAME b.example
                b.example CNAME c.example
                c.example A 127.0.0.1
                d.example CNAME nowhere.example
                e.example CNAME e.example
                """);

        assertThat(zones.chain("a.example", Type.A).records()).hasSize(3);
        assertThat(zones.chain("d.example", Type.A).exists()).isFalse();
        assertThat(zones.chain("e.example", Type.A).records()).hasSizeBetween(1, 20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "example.com",
                "example.com MX ten mx",
                "example.com A mx",
                "example.com WRONG",
                "ttl x",
                "example.com DELAY soon",
                "a..b A 127.0.0.1"
            })
    void whatCannotBeReadIsRefusedWithItsLine(String line) {
        assertThatThrownBy(() -> ZoneTable.parse("# a comment\n" + line))
                .isInstanceOf(ZoneException.class)
                .hasMessageStartingWith("line 2: ");
    }
}
