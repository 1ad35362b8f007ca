package org.sluicemta.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.settings.Setting;

class RouteTableTest {
    private final RouteTable routes = new RouteTable(
            List.of(mta("m1"), mta("m2"), mta("m3")),
            List.of(
                    new Pool("pool", List.of("m1", "m2", "m3"), false),
                    new Pool("skipping", List.of("m1", "m2", "m3"), true),
                    new Pool("weighted", List.of("m1", "m1", "m2"), false)),
            "");

    /// What routing is told: the turn, counts of cold virtual MTAs, rollups of domains.
    private static class Facts implements RouteFacts {
        final Map<String, Long> turns = new HashMap<>();
        final Map<String, Long> cold = new HashMap<>();
        final Map<String, String> rollups = new HashMap<>();
        Set<String> unavailable = Set.of();
        long firstTurn;

        @Override
        public long nextTurn(String pool, String domain) {
            return firstTurn + turns.merge(pool + " " + domain, 1L, Long::sum) - 1;
        }

        @Override
        public boolean takesCold(String domain, String coldVirtualMta, List<Long> perDay) {
            String key = domain + " " + coldVirtualMta;
            return cold.getOrDefault(key, 0L) < perDay.getFirst() && cold.merge(key, 1L, Long::sum) > 0;
        }

        @Override
        public boolean isAvailable(String virtualMta, String domain) {
            return !unavailable.contains(virtualMta);
        }

        @Override
        public Optional<String> rollup(String domain) {
            return Optional.ofNullable(rollups.get(domain));
        }
    }

    private static Facts turn(long turn) {
        var facts = new Facts();
        facts.firstTurn = turn;
        return facts;
    }

    private static Facts without(String... names) {
        var facts = new Facts();
        facts.unavailable = Set.of(names);
        return facts;
    }

    private static RouteTable table(Map<String, QueueRoute> routes) {
        return new RouteTable(
                List.of(
                        new VirtualMta("warm", Setting.builtIn("smtp-source-host", List.of()), List.of("c1", "c2")),
                        mta("c1"),
                        mta("c2"),
                        mta("m1"),
                        mta("m2")),
                List.of(new Pool("pool", List.of("m1", "m2"), false)),
                "",
                "m2",
                queue -> routes.getOrDefault(queue.toString(), QueueRoute.STAYS),
                new Rollups(List.of(new Rollups.Rule("big.rollup", List.of("mx1.big.example"), List.of()))));
    }

    private static QueueRoute to(String domain) {
        return new QueueRoute(domain, true, List.of(), "");
    }

    private static QueueRoute reroute(String name) {
        return new QueueRoute("", true, List.of(), name);
    }

    private static String queue(RouteTable table, String domain, String name, Facts facts) {
        return ((Assignment.Queued) table.assign(domain, name, facts)).queue().toString();
    }

    @Test
    void queueToMovesADomainIntoTheQueueOfAnother() {
        RouteTable table = table(Map.of("hotmail.com/m1", to("hotmail.queue")));
        assertThat(queue(table, "hotmail.com", "m1", new Facts())).isEqualTo("hotmail.queue/m1");
        assertThat(queue(table, "hotmail.com", "m2", new Facts())).isEqualTo("hotmail.com/m2");
    }

    @Test
    void domainsThatShareAQueueShareThePoolsTurns() {
        RouteTable table = table(Map.of(
                "a.com/m1",
                to("x.queue"),
                "a.com/m2",
                to("x.queue"),
                "b.com/m1",
                to("x.queue"),
                "b.com/m2",
                to("x.queue")));
        var facts = new Facts();
        assertThat(List.of(
                        queue(table, "a.com", "pool", facts),
                        queue(table, "b.com", "pool", facts),
                        queue(table, "a.com", "pool", facts),
                        queue(table, "c.com", "pool", facts)))
                .containsExactly("x.queue/m1", "x.queue/m2", "x.queue/m1", "c.com/m1");
    }

    @Test
    void aKnownRollupJoinsUnlessTheDomainStaysOrQueueToSpeaks() {
        var facts = new Facts();
        facts.rollups.putAll(Map.of("a.com", "big.rollup", "b.com", "big.rollup", "c.com", "gone.rollup"));
        RouteTable table =
                table(Map.of("b.com/m1", new QueueRoute("", false, List.of(), ""), "a.com/m2", to("a.queue")));
        assertThat(queue(table, "a.com", "m1", facts)).isEqualTo("big.rollup/m1");
        assertThat(queue(table, "b.com", "m1", facts)).isEqualTo("b.com/m1");
        assertThat(queue(table, "a.com", "m2", facts)).isEqualTo("a.queue/m2");
        assertThat(queue(table, "c.com", "m1", facts))
                .as("a rollup of a former snapshot")
                .isEqualTo("c.com/m1");
    }

    @Test
    void theFirstMessagesOfADayGoByTheColdOnesInTurnAndTheRestByTheWarm() {
        RouteTable table = table(Map.of("a.com/warm", new QueueRoute("", true, List.of(2L), "")));
        var facts = new Facts();
        List<String> queues = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            queues.add(queue(table, "a.com", "warm", facts));
        }
        assertThat(queues).containsExactly("a.com/c1", "a.com/c2", "a.com/c1", "a.com/c2", "a.com/warm", "a.com/warm");
        assertThat(queue(table, "b.com", "warm", facts)).isEqualTo("b.com/warm");
    }

    @Test
    void queueToComesBeforeTheChoiceOfAColdOne() {
        RouteTable table =
                table(Map.of("a.com/warm", to("x.queue"), "x.queue/warm", new QueueRoute("", true, List.of(1L), "")));
        var facts = new Facts();
        assertThat(queue(table, "a.com", "warm", facts)).isEqualTo("x.queue/c1");
        assertThat(facts.cold).containsOnlyKeys("x.queue c1");
    }

    @Test
    void reroutesMayBeChainedAndALoopLeadsNowhere() {
        assertThat(queue(
                        table(Map.of("a.com/m1", reroute("m2"), "a.com/m2", reroute("c1"))),
                        "a.com",
                        "m1",
                        new Facts()))
                .isEqualTo("a.com/c1");
        assertThat(queue(
                        table(Map.of("a.com/m1", reroute("m2"), "a.com/m2", reroute("m1"))),
                        "a.com",
                        "m1",
                        new Facts()))
                .isEqualTo("a.com/m1");
        assertThat(queue(table(Map.of("a.com/m1", reroute("m1"))), "a.com", "m1", new Facts()))
                .isEqualTo("a.com/m1");
        assertThat(queue(table(Map.of("a.com/m1", reroute("nobody"))), "a.com", "m1", new Facts()))
                .isEqualTo("a.com/m1");
        assertThat(queue(table(Map.of("a.com/c1", reroute("pool"))), "a.com", "c1", turn(1)))
                .isEqualTo("a.com/m2");
    }

    @Test
    void rollupsNeedEveryHostThatIsNamedAndOneThatAPatternMatches() {
        var rollups = new Rollups(List.of(
                new Rollups.Rule("three.rollup", List.of("a.example", "b.example", "c.example"), List.of()),
                new Rollups.Rule("any.rollup", List.of("seldom.google.example"), List.of("*.l.google.example")),
                new Rollups.Rule("both.rollup", List.of(), List.of("[*.]zone.example"))));
        assertThat(rollups.of(List.of("a.example", "b.example", "c.example", "d.example")))
                .contains("three.rollup");
        assertThat(rollups.of(List.of("a.example", "b.example"))).isEmpty();
        assertThat(rollups.of(List.of("mx.l.google.example", "other.example"))).contains("any.rollup");
        assertThat(rollups.of(List.of("seldom.google.example"))).contains("any.rollup");
        assertThat(rollups.of(List.of("l.google.example"))).isEmpty();
        assertThat(rollups.of(List.of("zone.example"))).contains("both.rollup");
        assertThat(rollups.of(List.of("x.zone.example"))).contains("both.rollup");
        assertThat(rollups.of(List.of("xzone.example"))).isEmpty();
    }

    private static VirtualMta mta(String name) {
        return new VirtualMta(name, Setting.builtIn("smtp-source-host", List.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0, {default}, ''",
        "m2, 7, m2, ''",
        "M2, 7, m2, ''",
        "pool, 0, m1, pool",
        "pool, 1, m2, pool",
        "pool, 5, m3, pool",
        "pool, -1, m3, pool",
        "Pool, 3, m1, pool",
        "weighted, 1, m1, weighted",
        "weighted, 2, m2, weighted",
    })
    void aRecipientIsAssignedByNameAndTurn(String requested, long turn, String virtualMta, String pool) {
        assertThat(routes.assign("example.com", requested, turn(turn)))
                .isEqualTo(new Assignment.Queued(new QueueKey("example.com", virtualMta), pool));
    }

    @Test
    void anUnknownNameIsSaidAsItWasGiven() {
        assertThat(routes.assign("example.com", "Nobody", turn(0)))
                .isEqualTo(new Assignment.UnknownVirtualMta("Nobody"));
    }

    @Test
    void theDefaultMayBeAPool() {
        var other = new RouteTable(List.of(mta("m1")), List.of(new Pool("p", List.of("m1"), false)), "p");
        assertThat(other.assign("a.com", "", turn(4)))
                .isEqualTo(new Assignment.Queued(new QueueKey("a.com", "m1"), "p"));
    }

    @Test
    void anUnavailableMemberKeepsItsTurnUnlessThePoolSkips() {
        assertThat(routes.assign("a.com", "pool", without("m1")))
                .isEqualTo(new Assignment.Queued(new QueueKey("a.com", "m1"), "pool"));
        assertThat(routes.assign("a.com", "skipping", without("m1")))
                .isEqualTo(new Assignment.Queued(new QueueKey("a.com", "m2"), "skipping"));
        assertThat(routes.assign("a.com", "skipping", without("m1", "m2", "m3")))
                .isEqualTo(new Assignment.Queued(new QueueKey("a.com", "m1"), "skipping"));
    }

    @Test
    void namesThatAreMissingOrDoubleAreRefusedWithAWayToMend() {
        assertThatThrownBy(() -> new RouteTable(List.of(mta("a"), mta("a")), List.of(), ""))
                .isInstanceOf(RouteException.class)
                .hasMessageContaining("defined twice; remove one");
        assertThatThrownBy(() -> new RouteTable(List.of(), List.of(new Pool("p", List.of("x"), false)), ""))
                .hasMessageContaining("names virtual-mta x, which does not exist");
        assertThatThrownBy(() -> new RouteTable(List.of(), List.of(), "x")).hasMessageContaining("default-virtual-mta");
        assertThatThrownBy(() -> new Pool("p", List.of(), false)).hasMessageContaining("has no member");
    }

    @Test
    void theUnnamedVirtualMtaIsAlwaysThere() {
        assertThat(routes.virtualMta("{default}").sourceHosts().value()).isEmpty();
        assertThat(routes.hasVirtualMta("{default}")).isTrue();
        assertThatThrownBy(() -> routes.virtualMta("gone")).hasMessageContaining("not in this configuration");
    }
}
