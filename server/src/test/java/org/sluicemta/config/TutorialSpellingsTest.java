package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Spellings of tutorials do what their words say, and a note names the spelling of the reference.
class TutorialSpellingsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "<virtual-mta a>;hostname m.example;</virtual-mta>             | write host-name",
                "hostname m.example                                            | write host-name",
                "<virtual-mta a>;smtp-source-ip 127.0.0.2;</virtual-mta>       | write smtp-source-host",
                "<virtual-mta a>;max-msg-rate 5/h;</virtual-mta>               | write max-smtp-msg-rate",
                "<virtual-mta-pool a>;max-msg-rate 5/h;</virtual-mta-pool>     | write max-smtp-msg-rate",
                "<domain *>;dkim-key-selector s;dkim-key-file /k;</domain>     | write domain-key SELECTOR,DOMAIN,FILE outside the block",
                "acct-file /a.csv         | write <acct-file FILE> and </acct-file>, with records between them",
                "smtp-server-tls-private-key /k | put certificate and key into one file and name it with smtp-server-tls-certificate",
                "smtp-server-tls-enable yes     | write allow-starttls yes in <source 0/0>",
                "<source 10/8>;auth-type password;</source>            | write <smtp-user NAME> with authentication-method",
                "<source 10/8>;smtp-users-authentication yes;</source> | write require-auth",
                "<source {auth}>;password x;</source>                  | write <smtp-user NAME> with password"
            })
    void aNoteNamesTheReferenceSpelling(String lines, String hint) {
        Report report = MemoryFiles.check(lines.replace(';', '\n'));

        assertThat(report.hasErrors()).isFalse();
        assertThat(report.problems())
                .filteredOn(each -> each.id().equals("old-name"))
                .isNotEmpty()
                .allSatisfy(each -> {
                    assertThat(each.severity()).isEqualTo(Problem.Severity.NOTE);
                    assertThat(each.mend()).isEqualTo(hint);
                });
    }

    @Test
    void aKeyInADomainBlockIsADomainKeyOfTheScopeAround() {
        Configuration.Parts parts = MemoryFiles.load("""
                <domain *>
                    dkim-sign true
                    dkim-key-selector selector1
                    dkim-key-file /k/1.pem
                </domain>
                <virtual-mta a>
                    <domain x.example>
                        dkim-key-file /k/2.pem
                        dkim-key-selector selector2
                    </domain>
                </virtual-mta>
                """).parts();

        assertThat(parts.global().unbuilt().get("domain-key").value()).hasToString("[selector1, *, /k/1.pem]");
        assertThat(parts.virtualMtas()
                        .get("a")
                        .own()
                        .unbuilt()
                        .get("domain-key")
                        .value())
                .hasToString("[selector2, *, /k/2.pem]");
    }

    @Test
    void halfAKeyWarns() {
        assertThat(MemoryFiles.check("<domain *>\ndkim-key-selector s\n</domain>")
                        .problems())
                .extracting(Problem::id)
                .contains("half-a-key");
        assertThat(MemoryFiles.check("<domain *>\ndkim-key-selector s\ndkim-key-file /k\n</domain>")
                        .problems())
                .extracting(Problem::id)
                .doesNotContain("half-a-key");
    }

    @Test
    void requiringUsersToAuthenticateIsRequireAuth() {
        Configuration loaded = MemoryFiles.load("<source 10/8>\nsmtp-users-authentication yes\n</source>");

        assertThat(loaded.source(Cidr.parse("10.0.0.1").orElseThrow().first(), List.of())
                        .isSet("require-auth"))
                .isTrue();
    }

    @Test
    void everyTutorialSpellingOfTheCatalogueHasAHint() {
        assertThat(Catalogue.all().entries())
                .filteredOn(each -> each.meaning().startsWith("Tutorial spelling"))
                .allSatisfy(each -> assertThat(each.hint()).as(each.name()).isNotEmpty());
    }
}
