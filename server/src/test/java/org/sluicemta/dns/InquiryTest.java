package org.sluicemta.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.lab.ResolverEngine;
import org.sluicemta.lab.ZoneTable;
import org.sluicemta.simulation.SimulatedHost;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.spf.SpfCheck;
import org.sluicemta.spf.SpfFinding;
import org.sluicemta.spf.SpfResult;
import org.sluicemta.world.Loop;

/// What an operator is told of a look-up, over a simulated name server.
class InquiryTest {
    private static final InetAddress SERVER = InetAddress.ofLiteral("198.51.100.53");

    private final SimulatedUniverse universe = SimulatedUniverse.seeded(3);
    private final SimulatedWorld world =
            universe.host("mta", InetAddress.ofLiteral("192.0.2.25")).loops(1).boot();
    private final Loop loop = world.loops().getFirst();
    private final List<Inquiry> made = new ArrayList<>();

    private void serve(String zone) {
        SimulatedHost host = universe.host("ns", SERVER);
        SimulatedWorld there = host.loops(1).boot();
        Loop home = there.loops().getFirst();
        home.post(() ->
                ResolverEngine.open(home, there.network(), new InetSocketAddress(SERVER, 53), ZoneTable.parse(zone)));
        universe.advance(Duration.ofMillis(10));
    }

    private MxPlan plan(String domain, boolean onlyTcp, boolean dumps) {
        var found = new ArrayList<MxPlan>();
        loop.post(() -> {
            var inquiry = inquiry(onlyTcp, dumps);
            inquiry.plan(
                    new PlanQuestion(new Destination.Domain(domain, 25), Families.V4),
                    PlanSettings.of(Set.of(), Set.of()),
                    found::add);
        });
        universe.advance(Duration.ofMinutes(1));
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private Inquiry inquiry(boolean onlyTcp, boolean dumps) {
        var inquiry = new Inquiry(
                loop,
                world.network(),
                world.entropy(),
                new Inquiry.Wishes(List.of(new InetSocketAddress(SERVER, 53)), onlyTcp, dumps));
        made.add(inquiry);
        return inquiry;
    }

    private static final String ZONE = """
            ttl 60
            example.com MX 10 mx1.example.com
            example.com MX 20 mx2.example.com
            mx1.example.com A 203.0.113.1
            mx2.example.com A 203.0.113.2
            example.com TXT "v=spf1 mx include:_spf.example.com -all"
            _spf.example.com TXT "v=spf1 ip4:192.0.2.7 ?all"
            sick.example SERVFAIL
            """;

    @Test
    void eachQuestionIsToldWithItsAnswer() {
        serve(ZONE);

        assertThat(plan("example.com", false, false)).isInstanceOf(MxPlan.Hosts.class);

        assertThat(made.getFirst().lines())
                .containsExactlyInAnyOrder(
                        "example.com MX: 10 mx1.example.com, 20 mx2.example.com (198.51.100.53:53, valid for 60 s)",
                        "mx1.example.com A: 203.0.113.1 (198.51.100.53:53, valid for 60 s)",
                        "mx2.example.com A: 203.0.113.2 (198.51.100.53:53, valid for 60 s)");
    }

    @Test
    void withoutDatagramsTheSameIsFoundAndPacketsAreToldByteByByte() {
        serve(ZONE);

        assertThat(plan("example.com", true, true)).isInstanceOf(MxPlan.Hosts.class);

        List<String> lines = made.getFirst().lines();
        assertThat(lines)
                .filteredOn(line -> line.startsWith("sent to 198.51.100.53:53 by TCP, "))
                .hasSize(3);
        assertThat(lines)
                .filteredOn(line -> line.startsWith("came from 198.51.100.53:53 by TCP, "))
                .hasSize(3);
        assertThat(lines).noneMatch(line -> line.startsWith("sent to 198.51.100.53:53, "));
        assertThat(lines).anyMatch(line -> line.contains("07 65 78 61 6d 70 6c 65"));
    }

    @Test
    void aSickNameServerIsNamed() {
        serve(ZONE);

        assertThat(plan("sick.example", false, false)).isInstanceOf(MxPlan.TryLater.class);

        assertThat(made.getFirst().lines())
                .containsExactly("sick.example MX: no answer: 198.51.100.53:53 answered sick.example MX: SERVFAIL "
                        + "(no name server, valid for 1 s)");
    }

    @Test
    void policiesOfSendersAreEvaluatedOverIt() {
        serve(ZONE);
        var found = new ArrayList<SpfFinding>();
        for (String client : List.of("203.0.113.2", "192.0.2.7", "192.0.2.8")) {
            loop.post(() -> {
                Inquiry inquiry = inquiry(false, false);
                SpfCheck.start(
                        (question, then) -> inquiry.find(question, finding -> then.accept(finding.answer())),
                        new SpfCheck.Query(InetAddress.ofLiteral(client), "x.example", "a@example.com", "mx", 0),
                        found::add);
            });
        }
        universe.advance(Duration.ofMinutes(1));

        assertThat(found.stream().map(SpfFinding::result))
                .containsExactlyInAnyOrder(SpfResult.PASS, SpfResult.PASS, SpfResult.FAIL);
    }
}
