package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sluicemta.deliver.DeliveryPolicy;
import org.sluicemta.deliver.Signing;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.sign.Canonicalization;
import org.sluicemta.sign.DomainKey;

class SigningPlansTest {
    private static final String PEM =
            DomainKey.generate(DomainKey.Algorithm.ED25519_SHA256, 0).pem();
    private final Map<String, String> files = new HashMap<>();

    private KeyFiles keys(Configuration configuration) {
        return KeyFiles.read(configuration, path -> {
            String text = files.getOrDefault(path, PEM);
            if (text.isEmpty()) {
                throw new IOException("no such file");
            }
            return text;
        });
    }

    private DeliveryPolicy policy(String text, String domain, String virtualMta) {
        Configuration configuration = MemoryFiles.load(text);
        return Snapshot.of(configuration, "mta.example", List.of(), keys(configuration), TlsFiles.NONE)
                .delivery()
                .of(new QueueKey(domain, virtualMta));
    }

    private Signing signing(String text, String virtualMta) {
        return policy(text, "gmail.com", virtualMta).signing().value();
    }

    private static List<String> keys(Signing signing) {
        return signing.keys().stream()
                .map(each -> each.selector() + " " + each.domain())
                .toList();
    }

    private static List<String> ids(String text) {
        return MemoryFiles.check(text).problems().stream().map(Problem::id).toList();
    }

    @Test
    void nothingIsSignedUnlessItIsAsked() {
        assertThat(signing("domain-key s, example.com, a.pem", "{default}")).isEqualTo(Signing.NONE);
        assertThat(signing(
                        "domain-key s, example.com, a.pem\n<domain x.example>\ndkim-sign yes\n</domain>", "{default}"))
                .isEqualTo(Signing.NONE);
    }

    @Test
    void keysOfTheVirtualMtaComeBeforeThoseOfItsPoolAndOfTheServer() {
        String text = """
                domain-key g, example.com, g.pem
                <virtual-mta m>
                domain-key m2, *, m2.pem
                domain-key m1, example.org, m1.pem
                </virtual-mta>
                <virtual-mta-pool p>
                virtual-mta m
                domain-key p, example.net, p.pem
                </virtual-mta-pool>
                <domain *>
                dkim-sign yes
                </domain>
                """;

        assertThat(keys(signing(text, "m")))
                .containsExactly("m2 *", "m1 example.org", "p example.net", "g example.com");
        assertThat(keys(signing(text, "{default}"))).containsExactly("g example.com");
    }

    @Test
    void aMacroIsEachOfItsDomains() {
        assertThat(keys(signing(
                        "domain-key s, $m, a.pem\ndomain-macro m One.example, two.example\n<domain *>\ndkim-sign true\n</domain>",
                        "{default}")))
                .containsExactly("s one.example", "s two.example");
        assertThat(ids("domain-key s, $n, a.pem")).contains("macro-unknown");
    }

    @Test
    void theTutorialSpellingIsAKeyForEveryDomain() {
        assertThat(keys(signing(
                        "<domain *>\ndkim-sign yes\ndkim-key-selector s1\ndkim-key-file /k.pem\n</domain>",
                        "{default}")))
                .containsExactly("s1 *");
    }

    @Test
    void theSettingsOfBothSignaturesAreTheirOwn() {
        Signing signing = signing("""
                domain-key s, *, a.pem
                <domain *>
                dkim-sign yes
                dkim-identity @Example.com
                dkim-identity-fallback fall@back.example
                dkim-headers X-One, /x-t.*/
                dkim-disallow-adding-headers X-Closed
                dkim-headers-canon simple
                dkim-expire-after 7d
                dkim-add-timestamp yes
                second-dkim-sign yes
                second-dkim-identity strict-from
                second-dkim-body-canon simple
                </domain>
                """, "{default}");

        Signing.Plan first = signing.plans().getFirst();
        assertThat(first.who()).isEqualTo(new Signing.Who.Fixed("@example.com"));
        assertThat(first.fallback()).contains(new Signing.Who.Fixed("fall@back.example"));
        assertThat(first.form().headers()).isEqualTo(Canonicalization.SIMPLE);
        assertThat(first.form().body()).isEqualTo(Canonicalization.RELAXED);
        assertThat(first.form().alsoSigned()).containsExactly("x-one");
        assertThat(first.form().alsoMatching()).singleElement().satisfies(each -> {
            assertThat(each.test("x-two")).isTrue();
            assertThat(each.test("y")).isFalse();
        });
        assertThat(first.form().closed()).containsExactly("x-closed");
        assertThat(first.form().expireAfterSeconds()).hasValue(7 * 86_400);
        Signing.Plan second = signing.plans().get(1);
        assertThat(second.who()).isEqualTo(new Signing.Who.From());
        assertThat(second.fallback()).isEmpty();
        assertThat(second.form().body()).isEqualTo(Canonicalization.SIMPLE);
        assertThat(second.form().hasTimestamp()).isFalse();
    }

    @Test
    void aKeyThatCannotBeReadIsAFaultWhereSomethingIsSigned() {
        files.put("gone.pem", "");
        files.put("short.pem", "not a key");
        String lines = "domain-key s, example.com, gone.pem\ndomain-key s, example.org, short.pem\n"
                + "domain-key t, example.net, gone.pem\n";

        KeyFiles needed = keys(MemoryFiles.load(lines + "<domain *>\ndkim-sign yes\n</domain>"));
        KeyFiles unused = keys(MemoryFiles.load(lines));

        assertThat(needed.faults()).hasSize(2);
        assertThat(needed.faults().getFirst()).contains("gone.pem", "cannot be used: no such file");
        assertThat(unused.faults()).isEmpty();
        assertThat(unused.warnings()).hasSize(2);
    }

    @Test
    void noLineOfAKeyIsLostOnItsWay() {
        files.put("/etc/keys/a, b.pem", PEM);
        assertThat(keys(signing(
                        "domain-key s1, example.com, \"/etc/keys/a, b.pem\"\n<domain *>\ndkim-sign yes\n</domain>",
                        "{default}")))
                .containsExactly("s1 example.com");

        assertThat(keys(MemoryFiles.load(
                                "<domain *>\ndkim-sign yes\ndkim-key-selector se!1\ndkim-key-file /k.pem\n</domain>"))
                        .faults())
                .singleElement()
                .asString()
                .contains("se!1");
    }

    @Test
    void aShortKeySignsWithAWarning() {
        files.put(
                "a.pem",
                DomainKey.generate(DomainKey.Algorithm.RSA_SHA256, 1024).pem());

        KeyFiles read =
                keys(MemoryFiles.load("domain-key s, example.com, a.pem\n<domain *>\ndkim-sign yes\n</domain>"));

        assertThat(read.keys()).containsOnlyKeys("a.pem");
        assertThat(read.warnings()).singleElement().asString().contains("1024 bits", "2048");
    }

    @Test
    void whatCannotBeMeantIsToldWithItsPlace() {
        assertThat(ids("domain-key s, example.com")).contains("bad-value");
        assertThat(ids("domain-key s;, example.com, a.pem")).contains("bad-value");
        assertThat(ids("domain-key s, exa mple, a.pem")).contains("bad-value");
        for (String line : List.of(
                "dkim-identity example.com",
                "dkim-headers X:Y",
                "dkim-headers /(/",
                "dkim-disallow-adding-headers /x/ y:",
                "dkim-algorithm ed25519",
                "dkim-sign maybe")) {
            assertThat(ids("<domain *>\n" + line + "\n</domain>")).as(line).contains("bad-value");
        }
        assertThat(ids("<domain *>\ndkim-algorithm rsa-sha1\n</domain>")).contains("rsa-sha1");
    }
}
