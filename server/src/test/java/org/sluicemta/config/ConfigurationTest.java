package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.settings.Origin;
import org.sluicemta.settings.Setting;

class ConfigurationTest {
    private static final String LAYERS = """
            <domain *>
                max-smtp-out 1
                max-msg-rate 10/h
            </domain>
            <domain example.com>
                max-smtp-out 2
            </domain>
            <virtual-mta a>
            </virtual-mta>
            <virtual-mta b>
                <domain *>
                    max-smtp-out 5
                </domain>
            </virtual-mta>
            <virtual-mta lonely>
            </virtual-mta>
            <virtual-mta-pool p>
                virtual-mta a
                virtual-mta b
                <domain *>
                    max-smtp-out 3
                </domain>
                <domain example.com>
                    max-smtp-out 4
                </domain>
            </virtual-mta-pool>
            """;

    private static long maxSmtpOut(Configuration configuration, String domain, String vmta) {
        return configuration
                .queueSetting(new QueueKey(domain, vmta), Directives.MAX_SMTP_OUT)
                .value();
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void withoutAnyBlockTheBuiltInDefaultHolds() {
        Setting<Long> setting =
                MemoryFiles.load("").queueSetting(new QueueKey("x.example", "{default}"), Directives.MAX_SMTP_OUT);

        assertThat(setting.value()).isEqualTo(20);
        assertThat(setting.origin()).isEqualTo(Origin.BuiltIn.BUILT_IN);
    }

    @Test
    void scopeComesBeforePattern() {
        Configuration configuration = MemoryFiles.load(LAYERS);

        assertThat(maxSmtpOut(configuration, "other.example", "{default}")).isEqualTo(1);
        assertThat(maxSmtpOut(configuration, "example.com", "{default}")).isEqualTo(2);
        assertThat(maxSmtpOut(configuration, "example.com", "lonely")).isEqualTo(2);
        assertThat(maxSmtpOut(configuration, "other.example", "a")).isEqualTo(3);
        assertThat(maxSmtpOut(configuration, "example.com", "a")).isEqualTo(4);
        assertThat(maxSmtpOut(configuration, "example.com", "b")).isEqualTo(5);
        assertThat(maxSmtpOut(configuration, "example.com", "B")).isEqualTo(5);
    }

    @Test
    void patternFirstMakesTheNamedDomainStronger() {
        Configuration configuration = MemoryFiles.load("inheritance pattern-first\n" + LAYERS);

        assertThat(maxSmtpOut(configuration, "other.example", "b")).isEqualTo(5);
        assertThat(maxSmtpOut(configuration, "example.com", "b")).isEqualTo(4);
        assertThat(maxSmtpOut(configuration, "example.com", "lonely")).isEqualTo(2);
    }

    @Test
    void aBlockOverridesOnlyWhatItNames() {
        Configuration configuration = MemoryFiles.load(LAYERS);

        assertThat(configuration.queue(new QueueKey("example.com", "b")).value(Directives.MAX_MSG_RATE))
                .isEqualTo(new Rate.Limited(10, 1, Rate.Unit.HOUR));
    }

    @Test
    void aSettingTellsWhereItStandsAndAllThatItOverrode() {
        Configuration configuration = MemoryFiles.load(LAYERS);
        List<String> chain = new ArrayList<>();

        Setting<Long> setting = configuration.queueSetting(new QueueKey("example.com", "b"), Directives.MAX_SMTP_OUT);
        for (Setting<Long> each = setting; each != null; each = each.overrode()) {
            chain.add(each.value() + " " + each.origin());
        }

        assertThat(chain)
                .containsExactly(
                        "5 /etc/sluice/config:12",
                        "4 /etc/sluice/config:24",
                        "3 /etc/sluice/config:21",
                        "2 /etc/sluice/config:6",
                        "1 /etc/sluice/config:2",
                        "20 built in");
        assertThat(((Origin.Line) setting.origin()).scope()).isEqualTo("<domain *> in <virtual-mta b>");
    }

    @Test
    void patternsGoFromTheGeneralToTheSpecific() {
        Configuration configuration = MemoryFiles.load("""
                <domain a.b.example>
                max-smtp-out 7
                </domain>
                <domain *.b.example>
                max-smtp-out 6
                </domain>
                <domain [*.]b.example>
                max-smtp-out 5
                </domain>
                <domain *.example>
                max-smtp-out 4
                </domain>
                <domain [*.]example>
                max-smtp-out 3
                </domain>
                <domain *>
                max-smtp-out 2
                </domain>
                """);

        assertThat(maxSmtpOut(configuration, "a.b.example", "{default}")).isEqualTo(7);
        assertThat(maxSmtpOut(configuration, "x.b.example", "{default}")).isEqualTo(6);
        assertThat(maxSmtpOut(configuration, "x.y.b.example", "{default}")).isEqualTo(6);
        assertThat(maxSmtpOut(configuration, "b.example", "{default}")).isEqualTo(5);
        assertThat(maxSmtpOut(configuration, "c.example", "{default}")).isEqualTo(4);
        assertThat(maxSmtpOut(configuration, "example", "{default}")).isEqualTo(3);
        assertThat(maxSmtpOut(configuration, "example.org", "{default}")).isEqualTo(2);
        assertThat(maxSmtpOut(configuration, "notb.example", "{default}")).isEqualTo(4);
    }

    @Test
    void literalsAreFoundByRange() {
        Configuration configuration = MemoryFiles.load("""
                <domain [0/0]>
                max-smtp-out 2
                </domain>
                <domain [10/8]>
                max-smtp-out 3
                </domain>
                """);

        assertThat(maxSmtpOut(configuration, "[10.1.2.3]", "{default}")).isEqualTo(3);
        assertThat(maxSmtpOut(configuration, "[192.0.2.1]", "{default}")).isEqualTo(2);
        assertThat(maxSmtpOut(configuration, "[ipv6:2001:db8::1]", "{default}")).isEqualTo(2);
        assertThat(maxSmtpOut(configuration, "example.com", "{default}")).isEqualTo(20);
    }

    @Test
    void aListedDomainBeatsAMacrosInAnyOrder() {
        Configuration configuration = MemoryFiles.load("""
                <domain one.example>
                max-smtp-out 1
                </domain>
                <domain $all>
                max-smtp-out 9
                max-msg-per-connection 8
                </domain>
                domain-macro all one.example, two.example
                """);

        assertThat(maxSmtpOut(configuration, "one.example", "{default}")).isEqualTo(1);
        assertThat(maxSmtpOut(configuration, "two.example", "{default}")).isEqualTo(9);
        assertThat(configuration
                        .queue(new QueueKey("one.example", "{default}"))
                        .value(Directives.MAX_MSG_PER_CONNECTION))
                .isEqualTo(8);
    }

    @Test
    void severalMacrosInOnePatternAreEveryCombinationAndMacrosMayUseMacros() {
        Configuration configuration = MemoryFiles.load("""
                domain-macro tld com, $uk
                domain-macro uk co.uk, org.uk
                domain-macro name yahoo, hotmail
                <domain $name.$tld>
                max-smtp-out 3
                </domain>
                """);

        for (String domain : List.of("yahoo.com", "hotmail.com", "yahoo.co.uk", "hotmail.org.uk")) {
            assertThat(maxSmtpOut(configuration, domain, "{default}")).isEqualTo(3);
        }
        assertThat(maxSmtpOut(configuration, "yahoo.de", "{default}")).isEqualTo(20);
    }

    @Test
    void domainsOfAMacroShareOneView() {
        Configuration configuration =
                MemoryFiles.load("domain-macro m a.example, b.example\n<domain $m>\nmax-smtp-out 3\n</domain>\n");

        assertThat(configuration.queue(new QueueKey("a.example", "{default}")))
                .isSameAs(configuration.queue(new QueueKey("b.example", "{default}")));
    }

    @Test
    void theSameBlockTwiceIsMergedAndLaterLinesWin() {
        Configuration configuration = MemoryFiles.load("""
                <domain a.example>
                max-smtp-out 1
                max-msg-per-connection 5
                route [127.0.0.1]:25
                </domain>
                <domain A.example>
                max-smtp-out 2
                max-smtp-out 3
                route [192.0.2.6]:25
                </domain>
                """);
        Configuration.QueueView view = configuration.queue(new QueueKey("a.example", "{default}"));

        assertThat(view.value(Directives.MAX_SMTP_OUT)).isEqualTo(3);
        assertThat(view.value(Directives.MAX_MSG_PER_CONNECTION)).isEqualTo(5);
        assertThat(view.value(Directives.SMTP_HOSTS).levels())
                .containsExactly(List.of(new HostList.Host.Literal(address("192.0.2.6"), 25)));
    }

    @Test
    void smtpHostsAddUpWithinOneBlock() {
        Configuration configuration = MemoryFiles.load(
                "<domain a.example>\nsmtp-hosts one.example\nsmtp-hosts two.example;three.example\n</domain>");

        assertThat(configuration
                        .queue(new QueueKey("a.example", "{default}"))
                        .value(Directives.SMTP_HOSTS)
                        .levels())
                .containsExactly(
                        List.of(new HostList.Host.Named("one.example", 0), new HostList.Host.Named("two.example", 0)),
                        List.of(new HostList.Host.Named("three.example", 0)));
    }

    @Test
    void internationalDomainsAreFoundByTheirALabels() {
        Configuration configuration = MemoryFiles.load("<domain Bücher.example>\nmax-smtp-out 3\n</domain>");

        assertThat(maxSmtpOut(configuration, "xn--bcher-kva.example", "{default}"))
                .isEqualTo(3);
    }

    @Test
    void reservedNamesInBracesAreDomainsToo() {
        assertThat(maxSmtpOut(
                        MemoryFiles.load("<domain {bounce}>\nmax-smtp-out 3\n</domain>"), "{bounce}", "{default}"))
                .isEqualTo(3);
    }

    @Test
    void sourcesAreMergedFromTheWidestToTheNarrowestInAnyOrder() {
        Configuration configuration = MemoryFiles.load("""
                <source 10.1.0.0/16>
                    process-x-job yes
                </source>
                <source 10/8>
                    always-allow-relaying yes
                    process-x-job no
                    max-message-size 5M
                </source>
                <source 0/0>
                    always-allow-relaying no
                    smtp-service no
                    max-message-size 1M
                </source>
                <source {auth}>
                    max-message-size 9M
                </source>
                """);
        Configuration.SourceView inner = configuration.source(address("10.1.2.3"), List.of());

        assertThat(inner.value(Directives.ALWAYS_ALLOW_RELAYING)).isTrue();
        assertThat(inner.value(Directives.PROCESS_X_JOB)).isTrue();
        assertThat(inner.value(Directives.SMTP_SERVICE)).isFalse();
        assertThat(inner.value(Directives.MAX_MESSAGE_SIZE)).isEqualTo(5L << 20);
        assertThat(configuration.source(address("192.0.2.1"), List.of()).value(Directives.MAX_MESSAGE_SIZE))
                .isEqualTo(1L << 20);
        assertThat(configuration
                        .sourceSetting(address("::1"), List.of(), Directives.SMTP_SERVICE)
                        .value())
                .isFalse();
        assertThat(configuration
                        .sourceSetting(address("10.1.2.3"), List.of("none", "{AUTH}"), Directives.MAX_MESSAGE_SIZE)
                        .value())
                .isEqualTo(9L << 20);
        assertThat(configuration.source(address("10.1.9.9"), List.of())).isSameAs(inner);
    }

    @Test
    void virtualMtaSettingsInheritFromServerAndPool() {
        Configuration configuration = MemoryFiles.load("""
                smtp-source-host 192.0.2.9 all.example
                <virtual-mta-pool p>
                    virtual-mta b
                    virtual-mta a
                    max-smtp-out 40
                    max-msg-rate 5/h
                </virtual-mta-pool>
                <virtual-mta a>
                    smtp-source-ip 192.0.2.1
                    hostname mta1.example
                    max-smtp-out 30
                </virtual-mta>
                <virtual-mta b>
                </virtual-mta>
                """);

        assertThat(configuration.pools().get("p").members()).containsExactly("b", "a");
        assertThat(configuration.virtualMtas().keySet()).containsExactly("a", "b");
        assertThat(configuration
                        .virtualMtaSetting("a", Directives.VMTA_MAX_SMTP_OUT)
                        .value())
                .isEqualTo(30);
        assertThat(configuration
                        .virtualMtaSetting("b", Directives.VMTA_MAX_SMTP_OUT)
                        .value())
                .isEqualTo(40);
        assertThat(configuration
                        .virtualMtaSetting("b", Directives.VMTA_MAX_MSG_RATE)
                        .value())
                .isEqualTo(new Rate.Limited(5, 1, Rate.Unit.HOUR));
        assertThat(configuration
                        .virtualMtaSetting("a", Directives.VMTA_HOST_NAME)
                        .value())
                .isEqualTo("mta1.example");
        assertThat(configuration
                        .virtualMtaSetting("a", Directives.SMTP_SOURCE_HOST)
                        .value())
                .singleElement()
                .satisfies(host -> assertThat(host.address())
                        .contains(Cidr.parse("192.0.2.1").orElseThrow()));
        assertThat(configuration
                        .virtualMtaSetting("b", Directives.SMTP_SOURCE_HOST)
                        .value())
                .singleElement()
                .satisfies(host -> assertThat(host.name()).isEqualTo("all.example"));
    }

    @Test
    void listenersSpoolsAndAccountingFilesComeFromLinesAndBlocks() {
        Configuration configuration = MemoryFiles.load("""
                smtp-listener 127.0.0.1:2525 source=inner
                <smtp-listener 10.0.0.1:25>
                    source inner
                </smtp-listener>
                <source inner>
                </source>
                spool /s1
                <spool /s2>
                </spool>
                acct-file /a1
                <acct-file /a2>
                    records d, b
                    records tq
                    max-size 5M
                    delete-after never
                </acct-file>
                """);

        assertThat(configuration.listeners()).extracting(Listener::port).containsExactlyInAnyOrder(25, 2525);
        assertThat(configuration.listeners()).extracting(Listener::source).containsOnly("inner");
        assertThat(configuration.spools()).containsExactly("/s1", "/s2");
        assertThat(configuration.acctFiles())
                .extracting(Configuration.AcctFile::path)
                .containsExactly("/a1", "/a2");
        assertThat(configuration.acctFiles().get(0).setting(Directives.RECORDS).value())
                .containsExactlyInAnyOrder("d", "b");
        assertThat(configuration.acctFiles().get(1).setting(Directives.RECORDS).value())
                .containsExactlyInAnyOrder("d", "b", "tq");
        assertThat(configuration
                        .acctFiles()
                        .get(1)
                        .setting(Directives.DELETE_AFTER)
                        .value())
                .isEqualTo(Delay.Never.NEVER);
    }

    @Test
    void withoutListenersTheOldDirectivesOrTheDefaultHold() {
        assertThat(MemoryFiles.load("").listeners()).containsExactly(Listener.DEFAULT);
        assertThat(MemoryFiles.load("smtp-port 2525").listeners().getFirst().port())
                .isEqualTo(2525);
        assertThat(MemoryFiles.load("smtp-ip 127.0.0.1\nsmtp-port 26")
                        .listeners()
                        .getFirst()
                        .address())
                .hasToString("127.0.0.1");
        assertThat(MemoryFiles.load("smtp-port 26\nsmtp-listener 127.0.0.1:27").listeners())
                .extracting(Listener::port)
                .containsExactly(27);
    }

    @Test
    void relayDomainsAreThoseListedAndTheHostNames() {
        Configuration configuration = MemoryFiles.load(
                "host-name Mta.example\nrelay-domain [*.]in.example\nrelay-domain $m\ndomain-macro m one.example\n");

        assertThat(List.of("mta.example", "IN.example", "a.in.example", "one.example"))
                .allMatch(configuration.relayDomains()::contains);
        assertThat(configuration.relayDomains().contains("other.example")).isFalse();
    }

    @Test
    void theTutorialSwitchForTlsIsTheDefaultOfEverySource() {
        Configuration configuration =
                MemoryFiles.load("smtp-server-tls-enable true\n<source 10/8>\nallow-starttls no\n</source>\n");

        assertThat(configuration.source(address("192.0.2.1"), List.of()).value(Directives.ALLOW_STARTTLS))
                .isTrue();
        assertThat(configuration.source(address("10.0.0.1"), List.of()).value(Directives.ALLOW_STARTTLS))
                .isFalse();
    }

    @Test
    void oldNamesMeanTheSame() {
        Configuration configuration = MemoryFiles.load(
                "<domain *>\nmax-rcpt-per-message 7\n421-means-mx-unavailable yes\nmax-msg-per-hour 60\nretry-after 5m,10m\n</domain>");
        Configuration.QueueView view = configuration.queue(new QueueKey("x.example", "{default}"));

        assertThat(view.value(Directives.MAX_RCPT_PER_TRANSACTION)).isEqualTo(7);
        assertThat(view.value(Directives.SMTP_421_MEANS_MX_UNAVAILABLE)).isTrue();
        assertThat(view.value(Directives.MAX_MSG_RATE)).isEqualTo(new Rate.Limited(60, 1, Rate.Unit.HOUR));
        assertThat(view.value(Directives.RETRY_AFTER)).containsExactly(Duration.ofMinutes(5), Duration.ofMinutes(10));
    }

    @Test
    void aThousandVirtualMtasTimesFiveHundredDomainsStayFast() {
        StringBuilder text = new StringBuilder("host-name h.example\n");
        for (int d = 0; d < 500; d++) {
            text.append("<domain d")
                    .append(d)
                    .append(".example>\nmax-smtp-out ")
                    .append(d + 1)
                    .append("\n</domain>\n");
        }
        for (int v = 0; v < 1000; v++) {
            text.append("<virtual-mta v")
                    .append(v)
                    .append(">\nsmtp-source-host 10.0.")
                    .append(v / 250)
                    .append('.');
            text.append(v % 250 + 1).append(" m.example\n<domain *>\nmax-msg-rate 5/h\n</domain>\n</virtual-mta>\n");
        }
        Configuration configuration = MemoryFiles.load(text.toString());

        long sum = 0;
        for (int i = 0; i < 500_000; i++) {
            sum += maxSmtpOut(configuration, "d" + i % 500 + ".example", "v" + i / 500);
        }

        assertThat(sum).isEqualTo(1000L * (500 * 501 / 2));
    }
}
