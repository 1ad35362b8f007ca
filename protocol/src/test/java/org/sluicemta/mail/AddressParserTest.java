package org.sluicemta.mail;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressParserTest {
    @Test
    void anAddressIsReadAsItStands() {
        assertThat(AddressParser.parse("Ann.O'Neil+x@Example.COM"))
                .contains(new Address("Ann.O'Neil+x", "Example.COM"));
        assertThat(AddressParser.parse("\"a@b\"@c.d")).contains(new Address("\"a@b\"", "c.d"));
        assertThat(AddressParser.parse("jörg@bücher.example")).contains(new Address("jörg", "bücher.example"));
        assertThat(AddressParser.parse("Postmaster")).contains(new Address("Postmaster", ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a@",
                "@b",
                "a@b c",
                "a@b>",
                "a@b\r\nRCPT",
                "a\n@b",
                "a b@c",
                "\"a@b",
                "a@b@c",
                "a@[b]",
                "<a@b>"
            })
    void whatIsNoAddressIsNotRead(String text) {
        assertThat(AddressParser.parse(text)).isEmpty();
    }

    @Test
    void theCursorStopsBehindTheAddress() {
        var parser = new AddressParser();
        byte[] bytes = "xa@b.c> SIZE=1".getBytes(java.nio.charset.StandardCharsets.UTF_8);

        assertThat(parser.parse(bytes, 1, bytes.length)).isTrue();

        assertThat(parser.address()).isEqualTo(new Address("a", "b.c"));
        assertThat(parser.end()).isEqualTo(6);
    }

    @Test
    void theNullPathIsNoInternationalAddress() {
        assertThat(Address.NULL_PATH.isNullPath()).isTrue();
        assertThat(Address.NULL_PATH.isInternational()).isFalse();
        assertThat(new Address("a", "bücher.example").isInternational()).isTrue();
        assertThat(Address.ofChecked("").isNullPath()).isTrue();
    }
}
