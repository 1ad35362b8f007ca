package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.mail.Address;

class CommandParserTest {
    private static final Set<Extension> ALL = EnumSet.complementOf(EnumSet.of(Extension.BINARYMIME, Extension.AUTH));

    private static Command parse(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return new CommandParser(ALL).parse(bytes, bytes.length, false);
    }

    private static String answer(String line) {
        return ((Command.Malformed) parse(line)).answer().text();
    }

    @Test
    void everyParameterOfMailIsRead() {
        assertThat(parse("MAIL FROM:<a@b.c> SIZE=5 body=8bitmime SMTPUTF8 RET=HDRS ENVID=Q+2B1"))
                .isEqualTo(new Command.Mail(
                        new Address("a", "b.c"),
                        5,
                        Command.Body.EIGHT_BIT_MIME,
                        true,
                        Command.ReturnOf.HEADERS,
                        "Q+2B1"));
    }

    @Test
    void everyParameterOfRcptIsRead() {
        assertThat(parse("RCPT TO:<a@b.c> NOTIFY=SUCCESS,delay ORCPT=rfc822;a+40b.c"))
                .isEqualTo(new Command.Rcpt(
                        new Address("a", "b.c"),
                        Set.of(Command.Notify.SUCCESS, Command.Notify.DELAY),
                        "rfc822;a+40b.c"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<a@b.c>|a|b.c",
                "<A.b+c=d@Example.COM>|A.b+c=d|Example.COM",
                "<\"a b\"@b.c>|\"a b\"|b.c",
                "<\"a\\\"b>\"@b.c>|\"a\\\"b>\"|b.c",
                "<\"\"@b.c>|\"\"|b.c",
                "<a@[192.0.2.1]>|a|[192.0.2.1]",
                "<a@[IPv6:2001:db8::1]>|a|[IPv6:2001:db8::1]",
                "<a@[ipv6:::ffff:192.0.2.1]>|a|[ipv6:::ffff:192.0.2.1]",
                "<a..b.@b.c>|a..b.|b.c",
                "<a@b_c.d>|a|b_c.d",
                "a@b.c|a|b.c",
                "  <a@b.c>  |a|b.c",
                "<@x,@[192.0.2.1]:a@b.c>|a|b.c",
                "<pOstmaster>|pOstmaster|''",
                "<postmaster@b.c>|postmaster|b.c"
            })
    void pathsAreRead(String path, String local, String domain) {
        assertThat(parse("RCPT TO:" + path)).isEqualTo(new Command.Rcpt(new Address(local, domain), Set.of(), ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<>",
                "<a>",
                "<a@>",
                "<@b.c>",
                "<a@b.c",
                "<a b@c.d>",
                "<a@b..c>",
                "<a@.b>",
                "<a@b.>",
                "<a@-b.c>",
                "<a@b-.c>",
                "<a@b.c>x",
                "<a@b@c>",
                "<a,b@c.d>",
                "<a@[192.0.2.256]>",
                "<a@[192.0.2]>",
                "<a@[IPv6:1:2]>",
                "<a@[IPv6:1::2::3]>",
                "<a@[x:y]>",
                "<a@[192.0.2.1>",
                "<\"a@b.c>",
                "<\"a\"b@c.d>",
                "<@x:>",
                "<@x a@b.c>",
                "<<a@b.c>>",
                "<(a)@b.c>",
                "<a\\@b.c>"
            })
    void whatIsNoPathIsRefused(String path) {
        assertThat(answer("RCPT TO:" + path)).startsWith("501 5.1.3");
    }

    @Test
    void theLeastSizesOfTheStandardAreTaken() {
        String label = "b".repeat(63) + ".";
        String path = "a".repeat(64) + "@" + label + label + label.repeat(1).substring(0, 50) + "c";

        assertThat(parse("RCPT TO:<" + path + ">")).isInstanceOf(Command.Rcpt.class);
        assertThat(answer("RCPT TO:<" + "a".repeat(256) + "@b.c>")).startsWith("501");
        assertThat(answer("RCPT TO:<a@" + "b.".repeat(128) + "c>")).startsWith("501");
    }

    @ParameterizedTest
    @CsvSource({
        "MAIL FROM:<a@b.c> SIZE=,501 5.5.4",
        "MAIL FROM:<a@b.c> SIZE=123456789012345678901,501 5.5.4",
        "MAIL FROM:<a@b.c> BODY=9BIT,501 5.5.4",
        "MAIL FROM:<a@b.c> RET=ALL,501 5.5.4",
        "MAIL FROM:<a@b.c> ENVID=a+4,501 5.5.4",
        "MAIL FROM:<a@b.c> AUTH=<>,504 5.5.4",
        "MAIL FROM:<a@b.c>SIZE=1,501 5.1.7",
        "MAIL FROM:<postmaster>,501 5.1.7",
        "RCPT TO:<a@b.c> NOTIFY=,501 5.5.4",
        "'RCPT TO:<a@b.c> NOTIFY=NEVER,DELAY',501 5.5.4",
        "'RCPT TO:<a@b.c> NOTIFY=DELAY,',501 5.5.4",
        "RCPT TO:<a@b.c> ORCPT=a@b.c,501 5.5.4",
        "RCPT TO:<a@b.c> SIZE=1,555 5.5.4",
        "RCPT <a@b.c>,501 5.5.4",
        "BDAT,501 5.5.4",
        "BDAT -1,501 5.5.4",
        "EHLO a b,501 5.5.4",
        "EHLO a(b),501 5.5.4",
        "VRFY,501 5.5.4",
        "QUIT now,501 5.5.4",
        "DATAX,500 5.5.1",
        "DAT,500 5.5.1",
        "AUTH PLAIN,502 5.5.1"
    })
    void whatCannotBeCarriedOutSaysWhy(String line, String start) {
        assertThat(answer(line)).startsWith(start);
    }

    @Test
    void anEmptyLineAndControlCharactersAreNoCommands() {
        assertThat(answer("")).startsWith("500 5.5.1");
        assertThat(answer("NOOP \0")).startsWith("500 5.5.2");
        assertThat(answer("RCPT TO:<a\u0007@b.c>")).startsWith("500 5.5.2");
    }
}
