package org.sluicemta.sign;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderAddressesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a@example.com|a@example.com",
                "A <a@example.com>|a@example.com",
                "\"Doe, John <x@y>\" <a@example.com>|a@example.com",
                "(b@c) a@example.com (d@e)|a@example.com",
                "a@example.com, b@example.net|a@example.com",
                "<a@example.com>, <b@example.net>|a@example.com",
                "Team: a@example.com, b@example.net;|a@example.com",
                "\"odd\\\" one\"@example.com|\"odd\\\" one\"@example.com",
                "A\\r\\n <a@example.com>|a@example.com",
                "<@relay:a@example.com>|a@example.com",
            })
    void theFirstAddressCounts(String value, String address) {
        byte[] header =
                ("To: z@z\r\nFrom: " + value.replace("\\r\\n", "\r\n") + "\r\n").getBytes(StandardCharsets.UTF_8);
        assertThat(HeaderAddresses.first(header, "from")).contains(address);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"nobody", "<>", "undisclosed-recipients:;", "@", "a@", "@b"})
    void noneIsSaid(String value) {
        byte[] header = ("From: " + value + "\r\n").getBytes(StandardCharsets.UTF_8);
        assertThat(HeaderAddresses.first(header, "from")).isEmpty();
    }
}
