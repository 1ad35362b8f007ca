package org.sluicemta.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.lab.ResolverEngine;
import org.sluicemta.lab.ZoneTable;
import org.sluicemta.mail.IpText;
import org.sluicemta.world.Loop;

class MxPlansTest {
    private static final InetSocketAddress SERVER = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 5301);
    private static final String ZONES = """
            ttl 300
            two.example        MX 10 mx1.two.example
            two.example        MX 20 mx2.two.example
            mx1.two.example    A 192.0.2.1
            mx1.two.example    A 192.0.2.2
            mx1.two.example    AAAA 2001:db8::1
            mx2.two.example    A 192.0.2.3
            plain.example      A 192.0.2.9
            null.example       MX 0 .
            halfnull.example   MX 0 .
            halfnull.example   MX 5 mx2.two.example
            sick.example       SERVFAIL
            broken.example     MX 10 gone.example
            broken.example     A 192.0.2.10
            empty.example      TXT "no mail here"
            alias.example      CNAME two.example
            aliasmx.example    MX 10 named.example
            named.example      CNAME mx2.two.example
            number.example     MX 10 192.0.2.1
            inward.example     MX 10 home.inward.example
            home.inward.example A 127.0.0.1
            home.inward.example A 0.0.0.0
            home.inward.example A 224.0.0.1
            partly.example     MX 10 sickhost.example
            partly.example     MX 20 mx2.two.example
            sickhost.example   SERVFAIL
            allsick.example    MX 10 sickhost.example
            us.example         MX 10 mx2.two.example
            us.example         MX 20 mail.sluice.example
            us.example         MX 20 mx1.two.example
            us.example         MX 30 mx1.two.example
            onlyus.example     MX 10 mail.sluice.example
            onlyus.example     MX 20 mx1.two.example
            usbyip.example     MX 10 other.sluice.example
            usbyip.example     MX 20 mx1.two.example
            other.sluice.example A 198.51.100.7
            lagging.example    MX 10 lag.example
            lag.example        A 192.0.2.20
            equal.example      MX 10 e1.equal.example
            equal.example      MX 10 e2.equal.example
            equal.example      MX 10 e3.equal.example
            e1.equal.example   A 192.0.2.31
            e2.equal.example   A 192.0.2.32
            e3.equal.example   A 192.0.2.33
            relay.example      A 192.0.2.40
            disguise.example   MX 10 mx.disguise.example
            mx.disguise.example AAAA ::ffff:127.0.0.1
            mx.disguise.example AAAA ::127.0.0.1
            mx.disguise.example AAAA ::ffff:192.0.2.1
            v6.example         MX 10 mx.v6.example
            mx.v6.example      AAAA 2001:db8::6
            """;

    private final TinyWorld world = new TinyWorld(11);
    private final Loop loop = world.loop();
    private final ResolverEngine server = ResolverEngine.open(loop, world.network(), SERVER, ZoneTable.parse(ZONES));
    private final Resolver resolver =
            new Resolver(loop, world.network(), world.entropy(), ResolverSettings.of(List.of(SERVER)));
    private final PlanSettings settings =
            PlanSettings.of(Set.of("Mail.Sluice.Example"), Set.of(InetAddress.ofLiteral("198.51.100.7")));
    private final MxPlans plans = new MxPlans(loop, resolver, settings);
    private final Asker<PlanQuestion, MxPlan> asker = plans.asker(loop, 1_000_000);

    private MxPlan plan(String domain) {
        return plan(new Destination.Domain(domain, 25), Families.V4);
    }

    private MxPlan route(String hosts) {
        return plan(new Destination.Route(HostList.parse(hosts, 25)), Families.V4);
    }

    private MxPlan plan(Destination destination, Families families) {
        var found = new ArrayList<MxPlan>();
        assertThat(asker.ask(new PlanQuestion(destination, families), found::add))
                .isTrue();
        for (int i = 0; found.isEmpty() && i < 12_000; i++) {
            world.pass(Duration.ofMillis(5));
        }
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private static List<String> hosts(MxPlan plan) {
        assertThat(plan).isInstanceOf(MxPlan.Hosts.class);
        return ((MxPlan.Hosts) plan)
                .hosts().stream()
                        .map(h -> h.preference() + " " + h.name() + ":" + h.port() + " "
                                + h.addresses().stream().map(IpText::of).toList())
                        .toList();
    }

    private static MxPlan.Reason reason(MxPlan plan) {
        assertThat(plan).isInstanceOf(MxPlan.NoMail.class);
        return ((MxPlan.NoMail) plan).reason();
    }

    private static String later(MxPlan plan) {
        assertThat(plan).isInstanceOf(MxPlan.TryLater.class);
        return ((MxPlan.TryLater) plan).status();
    }

    @Test
    void hostsComeByPreferenceWithTheirAddresses() {
        assertThat(hosts(plan("Two.Example.")))
                .containsExactly("10 mx1.two.example:25 [192.0.2.1, 192.0.2.2]", "20 mx2.two.example:25 [192.0.2.3]");
    }

    @Test
    void bothFamiliesComeWithThePreferredInFront() {
        var domain = new Destination.Domain("two.example", 2525);

        assertThat(hosts(plan(domain, Families.V6_THEN_V4)).getFirst())
                .isEqualTo("10 mx1.two.example:2525 [2001:db8::1, 192.0.2.1, 192.0.2.2]");
        assertThat(hosts(plan(domain, Families.V4_THEN_V6)).getFirst()).endsWith("2001:db8::1]");
        assertThat(hosts(plan(domain, Families.V6))).containsExactly("10 mx1.two.example:2525 [2001:db8::1]");
    }

    @Test
    void aSenderWithoutIpv6NeverAsksForIt() {
        plan("two.example");

        assertThat(server.asked("mx1.two.example", "AAAA")).isZero();
    }

    @Test
    void aDomainWithoutMxIsItsOwnMailHost() {
        assertThat(hosts(plan("plain.example"))).containsExactly("0 plain.example:25 [192.0.2.9]");
    }

    @Test
    void nullMxIsPermanentAndAsksForNoAddress() {
        MxPlan plan = plan("null.example");

        assertThat(reason(plan)).isEqualTo(MxPlan.Reason.NULL_MX);
        assertThat(((MxPlan.NoMail) plan).status()).isEqualTo("5.1.10");
        assertThat(server.asked("null.example", "A")).isZero();
    }

    @Test
    void aDotBesideOtherMailHostsIsLeftOut() {
        assertThat(hosts(plan("halfnull.example"))).containsExactly("5 mx2.two.example:25 [192.0.2.3]");
    }

    @Test
    void noSuchDomainIsPermanentAndServfailNeverIs() {
        assertThat(reason(plan("nobody.example"))).isEqualTo(MxPlan.Reason.NO_SUCH_DOMAIN);
        assertThat(later(plan("sick.example"))).isEqualTo("4.4.3");
        server.mute(true);
        assertThat(later(plan("unheard.example"))).isEqualTo("4.4.3");
    }

    @Test
    void aTextThatIsNoDomainNameIsPermanent() {
        assertThat(reason(plan("exa mple"))).isEqualTo(MxPlan.Reason.NO_SUCH_DOMAIN);
        assertThat(server.asked()).isZero();
    }

    @Test
    void whenNoMailHostIsUsableTheDomainItselfIsNotTried() {
        assertThat(reason(plan("broken.example"))).isEqualTo(MxPlan.Reason.NO_ADDRESS);
        assertThat(server.asked("broken.example", "A")).isZero();
    }

    @Test
    void aDomainWithNeitherMailHostNorAddressIsPermanent() {
        assertThat(reason(plan("empty.example"))).isEqualTo(MxPlan.Reason.NO_MAIL_HOST);
    }

    @Test
    void anAliasOfTheDomainLeadsToItsMailHosts() {
        assertThat(hosts(plan("alias.example"))).hasSize(2).first().asString().startsWith("10 mx1.two.example");
    }

    @Test
    void aMailHostThatIsAnAliasIsUsedAndNoted() {
        MxPlan plan = plan("aliasmx.example");

        assertThat(hosts(plan)).containsExactly("10 named.example:25 [192.0.2.3]");
        assertThat(plan.trace().notes()).singleElement().asString().contains("CNAME");
    }

    @Test
    void anAddressInPlaceOfAMailHostsNameIsLeftOut() {
        assertThat(reason(plan("number.example"))).isEqualTo(MxPlan.Reason.NO_ADDRESS);
    }

    @Test
    void loopbackUnspecifiedAndMulticastAddressesAreRefused() {
        MxPlan plan = plan("inward.example");

        assertThat(reason(plan)).isEqualTo(MxPlan.Reason.UNFIT_ADDRESS);
        assertThat(plan.trace().notes()).hasSize(3);
    }

    @Test
    void addressesOfIpv4InDisguiseAreNoWayAround() {
        MxPlan plan = plan(new Destination.Domain("disguise.example", 25), Families.V6);

        assertThat(reason(plan)).isEqualTo(MxPlan.Reason.UNFIT_ADDRESS);
    }

    @Test
    void loopbackIsAllowedWhereSettingsSayIt() {
        plans.use(settings.allowingLoopback());

        assertThat(hosts(plan("inward.example"))).containsExactly("10 home.inward.example:25 [127.0.0.1]");
    }

    @Test
    void aHostThatCannotBeLookedUpLeavesTheOthers() {
        MxPlan plan = plan("partly.example");

        assertThat(hosts(plan)).containsExactly("20 mx2.two.example:25 [192.0.2.3]");
        assertThat(later(plan("allsick.example"))).isEqualTo("4.4.3");
    }

    @Test
    void ourOwnNameCutsOffItselfItsEqualsAndAllBehind() {
        assertThat(hosts(plan("us.example"))).containsExactly("10 mx2.two.example:25 [192.0.2.3]");
    }

    @Test
    void aDomainThatLeadsOnlyToUsIsALoop() {
        assertThat(reason(plan("onlyus.example"))).isEqualTo(MxPlan.Reason.LEADS_TO_US);
        assertThat(reason(plan("usbyip.example"))).isEqualTo(MxPlan.Reason.LEADS_TO_US);
    }

    @Test
    void literalsGoToTheirAddressWithoutAnyQuestion() {
        assertThat(hosts(plan("[192.0.2.5]"))).containsExactly("0 [192.0.2.5]:25 [192.0.2.5]");
        assertThat(hosts(plan(new Destination.Domain("[IPv6:2001:db8::5]", 25), Families.V6)))
                .containsExactly("0 [IPv6:2001:db8::5]:25 [2001:db8::5]");
        assertThat(reason(plan("[127.0.0.1]"))).isEqualTo(MxPlan.Reason.UNFIT_ADDRESS);
        assertThat(reason(plan("[192.0.2]"))).isEqualTo(MxPlan.Reason.NO_SUCH_DOMAIN);
        assertThat(reason(plan("[IPv6:2001:db8::5]"))).isEqualTo(MxPlan.Reason.NO_ADDRESS);
        assertThat(server.asked()).isZero();
    }

    @Test
    void equalHostsAreShuffledForEachAttempt() {
        var plan = (MxPlan.Hosts) plan("equal.example");
        var orders = new HashSet<List<String>>();
        for (int i = 0; i < 200; i++) {
            orders.add(plan.targets(world.entropy()).stream()
                    .map(t -> t.host().name())
                    .toList());
        }

        assertThat(orders).hasSize(6).allSatisfy(order -> assertThat(order).hasSize(3));
    }

    @Test
    void targetsKeepPreferenceAndFamilyInOrder() {
        var plan = (MxPlan.Hosts) plan(new Destination.Domain("two.example", 25), Families.V6_THEN_V4);
        for (int i = 0; i < 50; i++) {
            List<MxTarget> targets = plan.targets(world.entropy());
            assertThat(targets).hasSize(4);
            assertThat(targets.getFirst().address().getHostAddress()).contains(":");
            assertThat(targets.getLast()).hasToString("mx2.two.example (192.0.2.3)");
        }
    }

    @Test
    void aMillionAskersCostOneQuestionForEachName() {
        int[] answers = new int[1];
        var question = new PlanQuestion(new Destination.Domain("two.example", 25), Families.V4);
        int asked = 0;
        for (int i = 0; i < 1_000_000; i++) {
            if (asker.ask(question, plan -> answers[0]++)) {
                asked++;
            } else {
                world.pass(Duration.ZERO); // the owner's mailbox was full: it takes them, and the answers wait
                assertThat(asker.ask(question, plan -> answers[0]++)).isTrue();
                asked++;
            }
        }
        world.pass(Duration.ofMillis(100));

        assertThat(asked).isEqualTo(1_000_000);
        assertThat(answers[0]).isEqualTo(1_000_000);
        assertThat(server.asked()).isEqualTo(3);
    }

    @Test
    void aPlanIsKeptAsLongAsItsAnswers() {
        MxPlan first = plan("two.example");
        MxPlan second = plan("two.example");
        world.pass(Duration.ofSeconds(301));
        MxPlan third = plan("two.example");

        assertThat(second).isSameAs(first);
        assertThat(third).isNotSameAs(first);
        assertThat(first.trace().validUntilMillis() - first.trace().madeMillis())
                .isEqualTo(300_000);
    }

    @Test
    void aPlanTellsWhatWasAskedAndWhatCame() {
        PlanTrace trace = plan("two.example").trace();

        assertThat(trace.findings().stream().map(f -> f.question().toString()))
                .containsExactlyInAnyOrder("two.example MX", "mx1.two.example A", "mx2.two.example A");
        assertThat(trace.findings()).allMatch(f -> f.server().equals("127.0.0.1:5301") && f.answeredMillis() > 0);
    }

    @Test
    void slowIpv6AddressesAreWaitedForShortlyOnceThoseOfIpv4AreThere() {
        server.serve(ZoneTable.parse(ZONES));
        var question = new PlanQuestion(new Destination.Domain("lagging.example", 25), Families.V6_THEN_V4);
        plan("lagging.example"); // the addresses of IPv4 are in the cache
        server.mute(true);
        var found = new ArrayList<MxPlan>();
        asker.ask(question, found::add);

        world.pass(Duration.ofMillis(49));
        assertThat(found).isEmpty();
        world.pass(Duration.ofMillis(3));

        assertThat(hosts(found.getFirst())).containsExactly("10 lag.example:25 [192.0.2.20]");
        assertThat(found.getFirst().trace().validUntilMillis()
                        - found.getFirst().trace().madeMillis())
                .isLessThanOrEqualTo(5_000);
    }

    @Test
    void routesKeepTheirLevelsAndPorts() {
        assertThat(hosts(route("[127.0.0.2]:2525, relay.example:587; 192.0.2.50")))
                .containsExactly(
                        "0 [127.0.0.2]:2525 [127.0.0.2]",
                        "0 relay.example:587 [192.0.2.40]",
                        "65536 [192.0.2.50]:25 [192.0.2.50]");
    }

    @Test
    void aRouteMayLookUpMailHostsAndABareNameStandsForADomain() {
        assertThat(hosts(route("lookup-mx:two.example:26")))
                .containsExactly("10 mx1.two.example:26 [192.0.2.1, 192.0.2.2]", "20 mx2.two.example:26 [192.0.2.3]");
        assertThat(hosts(route("two.example"))).hasSize(2);
        assertThat(hosts(route("relay.example"))).containsExactly("0 relay.example:25 [192.0.2.40]");
    }

    @Test
    void aRouteThatLeadsNowhereHoldsTheMail() {
        assertThat(later(route("nobody.example"))).isEqualTo("4.4.4");
        assertThat(later(route("null.example"))).isEqualTo("4.4.4");
        assertThat(later(route("gone.example:25"))).isEqualTo("4.4.4");
        assertThat(later(route("sick.example:25"))).isEqualTo("4.4.3");
        assertThat(later(route("[IPv6:::1]"))).isEqualTo("4.4.4");
        assertThat(hosts(route("nobody.example; relay.example:25"))).hasSize(1);
    }

    @Test
    void anIpv6OnlyDomainCannotBeReachedBySendersWithoutIt() {
        assertThat(reason(plan("v6.example"))).isEqualTo(MxPlan.Reason.NO_ADDRESS);
    }
}
