package org.sluicemta.spf;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.dns.DnsAnswer;
import org.sluicemta.dns.DnsQuestion;
import org.sluicemta.dns.DnsRecord;
import org.sluicemta.dns.DnsType;

/// The zones and cases of RFC 7208, appendix A, and the bounds of section 4.6.4.
class SpfCheckTest {
    private final Map<String, List<DnsRecord>> zone = new HashMap<>();
    private final List<String> sick = new ArrayList<>();
    private final List<String> asked = new ArrayList<>();

    private void a(String name, String... addresses) {
        for (String each : addresses) {
            InetAddress address = InetAddress.ofLiteral(each);
            put(name + (each.indexOf(':') < 0 ? " A" : " AAAA"), new DnsRecord.Ip(address));
        }
    }

    private void put(String key, DnsRecord record) {
        zone.computeIfAbsent(key, k -> new ArrayList<>()).add(record);
    }

    private void mx(String name, String... hosts) {
        for (int i = 0; i < hosts.length; i++) {
            put(name + " MX", new DnsRecord.Mx(10 * (i + 1), hosts[i]));
        }
    }

    private void ptr(String name, String host) {
        put(name + " PTR", new DnsRecord.Pointer(host));
    }

    private void txt(String name, String text) {
        put(name + " TXT", new DnsRecord.Text(text));
    }

    /// Source: RFC 7208 appendix A.
    private void exampleZone() {
        a("example.com", "192.0.2.10", "192.0.2.11");
        a("amy.example.com", "192.0.2.65");
        a("bob.example.com", "192.0.2.66");
        a("mail-a.example.com", "192.0.2.129");
        a("mail-b.example.com", "192.0.2.130");
        a("mail-c.example.org", "192.0.2.140");
        mx("example.com", "mail-a.example.com", "mail-b.example.com");
        mx("example.org", "mail-c.example.org");
        ptr("10.2.0.192.in-addr.arpa", "example.com");
        ptr("11.2.0.192.in-addr.arpa", "example.com");
        ptr("65.2.0.192.in-addr.arpa", "amy.example.com");
        ptr("66.2.0.192.in-addr.arpa", "bob.example.com");
        ptr("129.2.0.192.in-addr.arpa", "mail-a.example.com");
        ptr("130.2.0.192.in-addr.arpa", "mail-b.example.com");
        ptr("140.2.0.192.in-addr.arpa", "mail-c.example.org");
        // A stranger's address that claims a name of the domain.
        ptr("4.0.0.10.in-addr.arpa", "bob.example.com");
    }

    private DnsAnswer find(DnsQuestion question) {
        asked.add(question.toString());
        if (sick.contains(question.toString())) {
            return new DnsAnswer.Failed("SERVFAIL");
        }
        List<DnsRecord> records = zone.get(question.toString());
        if (records != null) {
            return new DnsAnswer.Records(question.name(), records);
        }
        boolean isThere =
                List.of(DnsType.values()).stream().anyMatch(type -> zone.containsKey(question.name() + " " + type));
        return isThere ? new DnsAnswer.NoRecords() : new DnsAnswer.NoSuchDomain();
    }

    private SpfFinding check(String ip, String helo, String mailFrom) {
        var found = new ArrayList<SpfFinding>();
        SpfCheck.start(
                (question, then) -> then.accept(find(question)),
                new SpfCheck.Query(
                        InetAddress.ofLiteral(ip), helo, mailFrom, "mx.receiver.example", 1_700_000_000_000L),
                found::add);
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private String result(String ip) {
        return check(ip, "client.example.net", "joe@example.com").result().word();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "v=spf1 +all; 203.0.113.9; pass",
                "v=spf1 a -all; 192.0.2.10; pass",
                "v=spf1 a -all; 192.0.2.11; pass",
                "v=spf1 a -all; 192.0.2.65; fail",
                "v=spf1 a:example.org -all; 192.0.2.10; fail",
                "v=spf1 mx -all; 192.0.2.129; pass",
                "v=spf1 mx -all; 192.0.2.130; pass",
                "v=spf1 mx -all; 192.0.2.10; fail",
                "v=spf1 mx:example.org -all; 192.0.2.140; pass",
                "v=spf1 mx mx:example.org -all; 192.0.2.140; pass",
                "v=spf1 mx/30 mx:example.org/30 -all; 192.0.2.131; pass",
                "v=spf1 mx/30 mx:example.org/30 -all; 192.0.2.143; pass",
                "v=spf1 mx/30 mx:example.org/30 -all; 192.0.2.144; fail",
                "v=spf1 ptr -all; 192.0.2.65; pass",
                "v=spf1 ptr -all; 192.0.2.140; fail",
                "v=spf1 ptr -all; 10.0.0.4; fail",
                "v=spf1 ip4:192.0.2.128/28 -all; 192.0.2.65; fail",
                "v=spf1 ip4:192.0.2.128/28 -all; 192.0.2.129; pass",
                "v=spf1 -ip4:192.0.2.65 ?all; 192.0.2.65; fail",
                "v=spf1 ~all; 192.0.2.65; softfail",
                "v=spf1 ?all; 192.0.2.65; neutral",
                "v=spf1; 192.0.2.65; neutral",
                "v=spf1 ip6:2001:db8::/32 -all; 2001:db8:1::5; pass",
                "v=spf1 ip6:2001:db8::/32 -all; 2001:db9::5; fail",
                "v=spf1 ip4:0.0.0.0/0 -all; 2001:db8::1; fail",
                "V=SPF1 IP4:192.0.2.65 -ALL; 192.0.2.65; pass",
                "v=spf1 unknown-modifier=%{d}x a -all; 192.0.2.10; pass"
            })
    void theExamplesOfTheStandard(String policy, String ip, String result) {
        exampleZone();
        txt("example.com", policy);

        assertThat(result(ip)).isEqualTo(result);
    }

    @Test
    void addressesOfTheOtherFamilyHaveAPrefixOfTheirOwn() {
        a("example.com", "192.0.2.10", "2001:db8::10");
        txt("example.com", "v=spf1 a/24//64 -all");

        assertThat(result("192.0.2.99")).isEqualTo("pass");
        assertThat(result("2001:db8::ffff")).isEqualTo("pass");
        assertThat(result("2001:db8:0:1::1")).isEqualTo("fail");
    }

    /// Source: RFC 7208 section 5.2.
    @ParameterizedTest
    @CsvSource({
        "v=spf1 ip4:192.0.2.1 -all, pass",
        "v=spf1 -all, neutral",
        "v=spf1 ~all, neutral",
        "v=spf1 ?all, neutral",
        "v=spf1 nonsense, permerror",
        "no policy, permerror"
    })
    void whatAnIncludedPolicyMeans(String included, String result) {
        txt("example.com", "v=spf1 include:other.example ?all");
        txt("other.example", included);

        assertThat(result("192.0.2.1")).isEqualTo(result);
    }

    @Test
    void anIncludedPolicyThatCannotBeLookedUpIsATemporaryError() {
        txt("example.com", "v=spf1 include:other.example ?all");
        sick.add("other.example TXT");

        assertThat(result("192.0.2.1")).isEqualTo("temperror");
    }

    @Test
    void aRedirectTakesThePlaceOfThePolicyAndItsAbsenceIsAnError() {
        txt("example.com", "v=spf1 redirect=_spf.example.org");
        assertThat(result("192.0.2.1")).isEqualTo("permerror");

        txt("_spf.example.org", "v=spf1 ip4:192.0.2.1 -all");
        assertThat(result("192.0.2.1")).isEqualTo("pass");
        assertThat(result("192.0.2.2")).isEqualTo("fail");
    }

    @Test
    void aRedirectIsNotTakenWhereAllStands() {
        txt("example.com", "v=spf1 redirect=_spf.example.org ~all");

        assertThat(result("192.0.2.1")).isEqualTo("softfail");
        assertThat(asked).containsExactly("example.com TXT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v=spf1 a:example.com/33 -all",
                "v=spf1 a//129",
                "v=spf1 ip4:192.0.2 -all",
                "v=spf1 ip4:192.0.2.1/33",
                "v=spf1 ip4 -all",
                "v=spf1 ip6:192.0.2.1",
                "v=spf1 include -all",
                "v=spf1 include: -all",
                "v=spf1 all:x",
                "v=spf1 -all extra",
                "v=spf1 exists:%{x}.example.com",
                "v=spf1 exists:%{c}.example.com",
                "v=spf1 exists:%{d0}.example.com",
                "v=spf1 exists:%{d.example.com",
                "v=spf1 exists:%a.example.com",
                "v=spf1 a:example.1",
                "v=spf1 a:nodots",
                "v=spf1 redirect=a.example redirect=b.example",
                "v=spf1 exp=a.example exp=b.example",
                "v=spf1 -redirect=a.example",
                "v=spf1 a:\u00fc.example -all"
            })
    void anErrorAnywhereMakesThePolicyOne(String policy) {
        txt("example.com", policy.replace("v=spf1", "v=spf1 ip4:192.0.2.1"));

        assertThat(result("192.0.2.1")).isEqualTo("permerror");
    }

    @Test
    void noPolicyAndSeveralAreToldApart() {
        txt("example.com", "v=spf10 -all");
        txt("example.com", "something else");
        assertThat(result("192.0.2.1")).isEqualTo("none");

        txt("example.com", "v=spf1 -all");
        assertThat(result("192.0.2.1")).isEqualTo("fail");

        txt("example.com", "v=spf1 +all");
        assertThat(result("192.0.2.1")).isEqualTo("permerror");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "a..example", "[192.0.2.1]", ""})
    void whatIsNoDomainHasNoPolicy(String domain) {
        assertThat(check("192.0.2.1", domain, "").result()).isEqualTo(SpfResult.NONE);
        assertThat(asked).isEmpty();
    }

    @Test
    void aNullPathIsJudgedByHelo() {
        txt("mx.example.org", "v=spf1 exists:%{l}.%{o}.check.example -all");
        a("postmaster.mx.example.org.check.example", "127.0.0.2");

        SpfFinding found = check("192.0.2.1", "mx.example.org", "");

        assertThat(found.result()).isEqualTo(SpfResult.PASS);
        assertThat(found.domain()).isEqualTo("mx.example.org");
    }

    // --- bounds

    @Test
    void tenTermsMayLookUpAndNoMore() {
        a("example.com", "192.0.2.10");
        txt("example.com", "v=spf1" + " a".repeat(10) + " ip4:192.0.2.1 -all");
        assertThat(check("192.0.2.1", "x.example", "joe@example.com"))
                .isEqualTo(new SpfFinding(
                        SpfResult.PASS, "example.com", "\"ip4:192.0.2.1\" of example.com matches", "", 10));

        zone.remove("example.com TXT");
        txt("example.com", "v=spf1" + " a".repeat(11) + " ip4:192.0.2.1 -all");
        assertThat(result("192.0.2.1")).isEqualTo("permerror");
    }

    @Test
    void includesThatLeadInACircleEnd() {
        txt("example.com", "v=spf1 include:example.com -all");

        SpfFinding found = check("192.0.2.1", "x.example", "joe@example.com");

        assertThat(found.result()).isEqualTo(SpfResult.PERMERROR);
        assertThat(found.reason()).contains("more than 10 terms look up");
        assertThat(asked).hasSize(11);
    }

    @Test
    void redirectsThatLeadInACircleEnd() {
        txt("example.com", "v=spf1 redirect=example.com");

        assertThat(result("192.0.2.1")).isEqualTo("permerror");
        assertThat(asked).hasSize(11);
    }

    @Test
    void twoLookUpsMayFindNothingAndNoMore() {
        txt("example.com", "v=spf1 a:no1.example.com a:no2.example.com ip4:192.0.2.1 -all");
        assertThat(result("192.0.2.1")).isEqualTo("pass");

        zone.remove("example.com TXT");
        txt("example.com", "v=spf1 a:no1.example.com mx:no2.example.com exists:no3.example.com ip4:192.0.2.1 -all");
        assertThat(result("192.0.2.1")).isEqualTo("permerror");
    }

    @Test
    void anMxOfMoreThanTenHostsIsAnError() {
        txt("example.com", "v=spf1 mx ip4:192.0.2.1 -all");
        for (int i = 0; i < 10; i++) {
            mx("example.com", "h" + i + ".example.com");
            a("h" + i + ".example.com", "203.0.113." + i);
        }
        assertThat(result("203.0.113.9")).isEqualTo("pass");

        mx("example.com", "h10.example.com");
        assertThat(result("192.0.2.1")).isEqualTo("permerror");
    }

    @Test
    void ofTheClientsNamesTenAreLookedAt() {
        for (int i = 0; i < 12; i++) {
            ptr("1.2.0.192.in-addr.arpa", "n" + i + ".example.com");
            a("n" + i + ".example.com", i == 11 ? "192.0.2.1" : "203.0.113.1");
        }
        txt("example.com", "v=spf1 ptr -all");

        assertThat(result("192.0.2.1")).isEqualTo("fail");
        assertThat(asked).filteredOn(each -> each.endsWith(" A")).hasSize(10);
    }

    @Test
    void aNameServerThatFailsMakesATemporaryErrorButNotOfPtr() {
        txt("example.com", "v=spf1 ptr ip4:192.0.2.1 a:sick.example.com -all");
        sick.add("1.2.0.192.in-addr.arpa PTR");
        sick.add("2.2.0.192.in-addr.arpa PTR");
        sick.add("sick.example.com A");

        assertThat(result("192.0.2.1")).isEqualTo("pass");
        assertThat(result("192.0.2.2")).isEqualTo("temperror");
        sick.add("example.com TXT");
        assertThat(result("192.0.2.1")).isEqualTo("temperror");
    }

    // --- macros

    /// Source: RFC 7208 section 7.4.
    @ParameterizedTest
    @CsvSource({
        "%{s}, strong-bad@email.example.com",
        "%{o}, email.example.com",
        "%{d}, email.example.com",
        "%{d4}, email.example.com",
        "%{d3}, email.example.com",
        "%{d2}, example.com",
        "%{d1}, com",
        "%{dr}, com.example.email",
        "%{d2r}, example.email",
        "%{l}, strong-bad",
        "%{l-}, strong.bad",
        "%{lr}, strong-bad",
        "%{lr-}, bad.strong",
        "%{l1r-}, strong",
        "%{ir}.%{v}._spf.%{d2}, 3.2.0.192.in-addr._spf.example.com",
        "%{lr-}.lp._spf.%{d2}, bad.strong.lp._spf.example.com",
        "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}, 3.2.0.192.in-addr.strong.lp._spf.example.com",
        "%{d2}.trusted-domains.example.net, example.com.trusted-domains.example.net",
        "%{S}, strong-bad%40email.example.com",
        "%{c} at %{t} by %{r} from %{h} %% %_ %- %{p}, 192.0.2.3 at 1700000000 by mx.receiver.example from "
                + "mx.example.org % \u0020 %20 unknown"
    })
    void macrosAreExpandedAsTheStandardSays(String text, String expanded) {
        txt("email.example.com", "v=spf1 exp=why.example.com -all");
        txt("why.example.com", text);

        assertThat(check("192.0.2.3", "mx.example.org", "strong-bad@email.example.com")
                        .explanation())
                .isEqualTo(expanded);
    }

    @Test
    void anAddressOfTheNewFamilyIsSpelledInNibbles() {
        txt("email.example.com", "v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all");
        a("1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com", "127.0.0.2");

        assertThat(check("2001:db8::cb01", "x.example", "strong-bad@email.example.com")
                        .result())
                .isEqualTo(SpfResult.PASS);
    }

    @Test
    void aNameThatBecomesTooLongLosesLabelsOnItsLeft() {
        String label = "a".repeat(60);
        String domain = String.join(".", label, label, label, "example.com");
        txt(domain, "v=spf1 exists:%{d}.%{d} -all");

        SpfFinding found = check("192.0.2.1", "x.example", "joe@" + domain);

        assertThat(found.result()).isEqualTo(SpfResult.FAIL);
        assertThat(asked.getLast().length()).isLessThanOrEqualTo(253 + " A".length());
        assertThat(asked.getLast()).endsWith("." + domain + " A");
    }

    @Test
    void aWrongExplanationIsNone() {
        txt("example.com", "v=spf1 exp=why.example.com -all");
        assertThat(check("192.0.2.1", "x.example", "joe@example.com").explanation())
                .isEmpty();

        txt("why.example.com", "because of %{zz}");
        assertThat(check("192.0.2.1", "x.example", "joe@example.com").explanation())
                .isEmpty();
    }

    @Test
    void aDotAtTheEndOfATargetMeansTheSameName() {
        exampleZone();
        txt("example.com", "v=spf1 ptr:example.com. -all");
        assertThat(result("192.0.2.65")).isEqualTo("pass");
        txt("other.example.org", "v=spf1 exists:%{d}.x.example.org -all");
        a("other.example.org.x.example.org", "127.0.0.2");
        zone.remove("example.com TXT");
        txt("example.com", "v=spf1 include:other.example.org. -all");
        assertThat(result("203.0.113.9")).isEqualTo("pass");
    }
}
