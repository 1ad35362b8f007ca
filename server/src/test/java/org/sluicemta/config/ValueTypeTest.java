package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueTypeTest {
    private static <T> T good(ValueType<T> type, String text) {
        return switch (type.parse(text)) {
            case Parsed.Good<T>(T value) -> value;
            case Parsed.Odd<T>(T value, String _, String what, String _, String _) -> throw new AssertionError(what);
            case Parsed.Bad<T>(String what, String _, int _, int _) -> throw new AssertionError(what);
        };
    }

    private static String bad(ValueType<?> type, String text) {
        return type.parse(text) instanceof Parsed.Bad<?>(String what, String mend, int _, int _)
                ? what + "; " + mend
                : "no fault in " + text;
    }

    @ParameterizedTest
    @CsvSource({"1w2d12h,820800", "4d12h,388800", "300s,300", "600,600", "0,0", "10M,600", "1m30s,90"})
    void durationsAreSumsOfTheirParts(String text, long seconds) {
        assertThat(good(ValueType.DURATION, text)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void aBadDurationSaysHowToMendIt() {
        assertThat(bad(ValueType.DURATION, "10min")).contains("10m");
        assertThat(bad(ValueType.DURATION, "100ms")).contains("milliseconds").contains("1s or more");
        assertThat(bad(ValueType.DURATION, "1h30")).contains("is not a time");
        assertThat(bad(ValueType.DURATION, "99999999999999999999w")).contains("is not a time");
        assertThat(bad(ValueType.TIMEOUT, "0s")).contains("too short").contains("1s or more");
        assertThat(bad(ValueType.SHORT, "11m")).contains("too long").contains("10m or less");
        assertThat(bad(ValueType.DURATION, "")).contains("missing");
    }

    @Test
    void durationListsHoldOneToThirtyTimesOfOneSecondOrMore() {
        assertThat(good(ValueType.DURATIONS, "1h, 3h,6h"))
                .containsExactly(Duration.ofHours(1), Duration.ofHours(3), Duration.ofHours(6));
        assertThat(bad(ValueType.DURATIONS, "0s")).contains("1s or more");
        assertThat(bad(ValueType.DURATIONS, "1m,".repeat(31)))
                .contains("31 times")
                .contains("at most 30");
    }

    @ParameterizedTest
    @CsvSource({
        "100/15m,100,15,MINUTE",
        "1/20m,1,20,MINUTE",
        "250/h,250,1,HOUR",
        "25/min,25,1,MINUTE",
        "2500/s,2500,1,SECOND",
        "10/sec,10,1,SECOND",
        "5/hr,5,1,HOUR",
        "7/day,7,1,DAY",
        "7/days,7,1,DAY",
        "5 / h,5,1,HOUR",
        "5/H,5,1,HOUR"
    })
    void ratesAreANumberInATime(String text, long amount, int times, Rate.Unit unit) {
        assertThat(good(ValueType.RATE, text)).isEqualTo(new Rate.Limited(amount, times, unit));
    }

    @Test
    void zeroAndUnlimitedAreNoLimitAndZeroInATimeIsAMistake() {
        assertThat(good(ValueType.RATE, "0")).isEqualTo(Rate.unlimited());
        assertThat(good(ValueType.RATE, "Unlimited")).isEqualTo(Rate.unlimited());
        assertThat(bad(ValueType.RATE, "0/h")).contains("write unlimited");
        assertThat(bad(ValueType.RATE, "250")).contains("250/h");
        assertThat(bad(ValueType.RATE, "250/fortnight")).contains("unit of time");
        assertThat(bad(ValueType.RATE, "many/h")).contains("whole number");
    }

    @Test
    void volumeRatesAndSizesCountInPowersOf1024() {
        assertThat(good(ValueType.VOLUME_RATE, "1M /h")).isEqualTo(new Rate.Limited(1 << 20, 1, Rate.Unit.HOUR));
        assertThat(good(ValueType.SIZE, "50m")).isEqualTo(50L << 20);
        assertThat(good(ValueType.SIZE, "1024K")).isEqualTo(good(ValueType.SIZE, "1M"));
        assertThat(good(ValueType.SIZE_CAP, "0")).isEqualTo(ValueType.UNLIMITED);
        assertThat(bad(ValueType.SIZE, "50MB")).contains("such as 50M");
        assertThat(bad(ValueType.SIZE, "99999999999999T")).contains("not a size");
    }

    @Test
    void rangesMayBeShortAndHaveHostBits() throws UnknownHostException {
        InetAddress inside = InetAddress.getByAddress(new byte[] {(byte) 173, (byte) 194, 7, 9});

        assertThat(good(ValueType.CIDR, "173.194/16").contains(inside)).isTrue();
        assertThat(good(ValueType.CIDR, "10/8").contains(inside)).isFalse();
        assertThat(good(ValueType.CIDR, "0/0").contains(InetAddress.getByName("::1")))
                .isTrue();
        assertThat(good(ValueType.CIDR, "85.25.79.228/27")).hasToString("85.25.79.224/27");
        assertThat(good(ValueType.CIDR, "::1").isSingleAddress()).isTrue();
        assertThat(bad(ValueType.CIDR, "10.0.0.0/33")).contains("not an address or range");
        assertThat(bad(ValueType.CIDR, "10")).contains("not an address or range");
        assertThat(bad(ValueType.CIDR, "localhost")).contains("not an address or range");
    }

    @Test
    void hostListsHaveLevelsPortsLiteralsAndLookUps() throws UnknownHostException {
        HostList list = good(
                ValueType.HOSTS,
                "[192.0.2.1]:2525, a.example:26; lookup-mx:Example.com; [IPv6:2001:db8::1], 192.0.2.2");

        assertThat(list.levels())
                .containsExactly(
                        List.of(
                                new HostList.Host.Literal(InetAddress.getByName("192.0.2.1"), 2525),
                                new HostList.Host.Named("a.example", 26)),
                        List.of(new HostList.Host.MxOf("example.com", 0)),
                        List.of(
                                new HostList.Host.Literal(InetAddress.getByName("2001:db8::1"), 0),
                                new HostList.Host.Literal(InetAddress.getByName("192.0.2.2"), 0)));
        assertThat(good(ValueType.HOSTS, "\"\"").isEmpty()).isTrue();
    }

    @Test
    void aBadHostIsPointedAt() {
        Parsed<HostList> parsed = ValueType.HOSTS.parse("a.example, b.example:99999");

        assertThat(parsed).isInstanceOfSatisfying(Parsed.Bad.class, bad -> {
            assertThat(bad.offset()).isEqualTo(11);
            assertThat(bad.what()).contains("is not a port");
        });
        assertThat(bad(ValueType.HOSTS, "a b")).contains("is not a host");
    }

    @Test
    void listenersAreAddressAndPortAndMayNameASource() {
        assertThat(good(ValueType.LISTENER, "0/0:2525").isOnAllAddresses()).isTrue();
        assertThat(good(ValueType.LISTENER, "0.0.0.0:25").isOnAllAddresses()).isTrue();
        assertThat(good(ValueType.LISTENER, "[::1]:25 source=Inner").source()).isEqualTo("inner");
        assertThat(bad(ValueType.LISTENER, "127.0.0.1")).contains("write 127.0.0.1:25");
        assertThat(bad(ValueType.LISTENER, "::1:25")).contains("[::1]:25");
        assertThat(bad(ValueType.LISTENER, "127.0.0.1:70000")).contains("65535");
    }

    @Test
    void aSourceHostIsAnAddressAndAName() {
        assertThat(good(ValueType.SOURCE_HOST, "192.0.2.1 mail.example.com").name())
                .isEqualTo("mail.example.com");
        assertThat(good(ValueType.SOURCE_HOST, "192.0.2.1").name()).isEmpty();
        assertThat(ValueType.SOURCE_HOST.parse("mail.example.com 192.0.2.1"))
                .isInstanceOfSatisfying(Parsed.Odd.class, odd -> {
                    assertThat(odd.id()).isEqualTo("reversed-source-host");
                    assertThat(odd.mend()).isEqualTo("write smtp-source-host 192.0.2.1 mail.example.com");
                });
        assertThat(ValueType.SOURCE_HOST.parse("xx.xx.xx.x0 mta0.domain.com"))
                .isInstanceOfSatisfying(
                        Parsed.Odd.class,
                        odd -> assertThat(((SourceHost) odd.value()).address()).isEqualTo(Optional.empty()));
        assertThat(bad(ValueType.SOURCE_HOST, "300.0.2.1 mail.example.com")).contains("is not an address");
        assertThat(bad(ValueType.SOURCE_HOST, "mail.example.com other")).contains("is not an address");
    }

    @Test
    void nameServersMayHaveAPort() throws UnknownHostException {
        assertThat(good(ValueType.NAME_SERVER, "127.0.0.1:5353"))
                .isEqualTo(new Endpoint(InetAddress.getByName("127.0.0.1"), 5353));
        assertThat(good(ValueType.NAME_SERVER, "[::1]:53").port()).isEqualTo(53);
        assertThat(good(ValueType.NAME_SERVER, "::1").port()).isEqualTo(53);
        assertThat(bad(ValueType.NAME_SERVER, "dns.example")).contains("127.0.0.1:5353");
    }

    @Test
    void truthValuesTimesAndNeverCanBeOneValue() {
        assertThat(good(ValueType.BOOL_OR_DELAY, "yes")).isEqualTo(new Delay.After(Duration.ZERO));
        assertThat(good(ValueType.BOOL_OR_DELAY, "2h")).isEqualTo(new Delay.After(Duration.ofHours(2)));
        assertThat(good(ValueType.BOOL_OR_DELAY, "no")).isEqualTo(Delay.Never.NEVER);
        assertThat(good(ValueType.DELAY, "never")).isEqualTo(Delay.Never.NEVER);
        assertThat(bad(ValueType.BOOL, "maybe")).contains("neither yes nor no");
    }

    @Test
    void recordsHaveShortAndLongNames() {
        assertThat(good(ValueType.RECORDS, "d, bounce,transient-queue")).isEqualTo(Set.of("d", "b", "tq"));
        assertThat(bad(ValueType.RECORDS, "d,p")).contains("\"p\"");
    }

    @Test
    void actionsOfAReplyRuleAreHeldToTheirOrder() {
        assertThat(good(ValueType.REPLY, "/x/ mode=backoff, backoff-to-normal-after=1h,skip-mx")
                        .actions())
                .hasSize(2);
        assertThat(good(ValueType.REPLY, "// mode=backoff").regex()).isEmpty();
        assertThat(bad(ValueType.REPLY, "/x/ backoff-to-normal-after=1h")).contains("needs mode=backoff");
        assertThat(bad(ValueType.REPLY, "/x/ skip-mx,bounce-queue")).contains("exclude each other");
        assertThat(bad(ValueType.REPLY, "/x/ mode=normal,mode=backoff")).contains("exclude each other");
        assertThat(bad(ValueType.REPLY, "/x/ mode=bakoff")).contains("is not an action");
        assertThat(bad(ValueType.REPLY, "/(/ skip-mx")).contains("cannot be read");
        assertThat(ValueType.REPLY.parse("/x/")).isInstanceOf(Parsed.Odd.class);
    }
}
