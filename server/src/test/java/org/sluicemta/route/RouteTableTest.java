package org.sluicemta.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
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
        assertThat(routes.assign("example.com", requested, turn))
                .isEqualTo(new Assignment.Queued(new QueueKey("example.com", virtualMta), pool));
    }

    @Test
    void anUnknownNameIsSaidAsItWasGiven() {
        assertThat(routes.assign("example.com", "Nobody", 0)).isEqualTo(new Assignment.UnknownVirtualMta("Nobody"));
    }

    @Test
    void theDefaultMayBeAPool() {
        var other = new RouteTable(List.of(mta("m1")), List.of(new Pool("p", List.of("m1"), false)), "p");
        assertThat(other.assign("a.com", "", 4)).isEqualTo(new Assignment.Queued(new QueueKey("a.com", "m1"), "p"));
        assertThat(other.isPool("")).isTrue();
    }

    @Test
    void anUnavailableMemberKeepsItsTurnUnlessThePoolSkips() {
        assertThat(routes.assign("a.com", "pool", 0, name -> !name.equals("m1")))
                .isEqualTo(new Assignment.Queued(new QueueKey("a.com", "m1"), "pool"));
        assertThat(routes.assign("a.com", "skipping", 0, name -> !name.equals("m1")))
                .isEqualTo(new Assignment.Queued(new QueueKey("a.com", "m2"), "skipping"));
        assertThat(routes.assign("a.com", "skipping", 0, name -> false))
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
