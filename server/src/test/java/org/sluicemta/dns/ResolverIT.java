package org.sluicemta.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sluicemta.lab.ResolverEngine;
import org.sluicemta.lab.ZoneTable;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.Loop;

/// The resolver on real sockets of the loopback interface, against the lab's name server.
class ResolverIT {
    private static final String ZONES = """
            example.com      MX 10 mx.example.com
            mx.example.com   A 127.0.0.2
            mx.example.com   AAAA ::1
            fat.example      TXT "by connection"
            fat.example      TRUNCATED
            """;

    private final RealWorld world = RealWorld.start(new RealWorldPlan(2, 1, 10, 1, true));
    private final Loop owner = world.loops().getFirst();
    private final Loop other = world.loops().getLast();

    @AfterEach
    void end() {
        world.close();
    }

    private Resolver resolver;
    private MxPlans plans;

    @BeforeEach
    void begin() throws Exception {
        ResolverEngine server = on(
                other,
                () -> ResolverEngine.open(
                        other,
                        world.network(),
                        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
                        ZoneTable.parse(ZONES)));
        resolver = on(
                owner,
                () -> new Resolver(
                        owner, world.network(), world.entropy(), ResolverSettings.of(List.of(server.address()))));
        plans = on(
                owner,
                () -> new MxPlans(
                        owner, resolver, PlanSettings.of(Set.of(), Set.of()).allowingLoopback()));
    }

    @Test
    void aPlanComesOverRealSockets() throws Exception {
        var asker = on(other, () -> plans.asker(other, 10));
        var question = new PlanQuestion(new Destination.Domain("example.com", 2525), Families.V6_THEN_V4);

        var found = new CompletableFuture<MxPlan>();
        other.post(() -> asker.ask(question, plan -> {
            assertThat(other.isCurrent()).isTrue();
            found.complete(plan);
        }));

        MxPlan plan = found.get(20, TimeUnit.SECONDS);
        assertThat(plan).isInstanceOf(MxPlan.Hosts.class);
        assertThat(((MxPlan.Hosts) plan).hosts())
                .containsExactly(new MxHost(
                        "mx.example.com",
                        10,
                        2525,
                        List.of(InetAddress.ofLiteral("::1"), InetAddress.ofLiteral("127.0.0.2"))));
    }

    @Test
    void anAnswerCutShortComesByConnection() throws Exception {
        var asker = on(owner, () -> resolver.asker(owner, 10));
        var found = new CompletableFuture<DnsFinding>();
        owner.post(() -> asker.ask(new DnsQuestion("fat.example", DnsType.TXT), found::complete));

        assertThat(found.get(20, TimeUnit.SECONDS).answer())
                .isEqualTo(new DnsAnswer.Records("fat.example", List.of(new DnsRecord.Text("by connection"))));
    }

    @Test
    void aServerThatIsNotThereIsATemporaryFailure() throws Exception {
        var nobody = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9);
        var settings = new ResolverSettings(List.of(nobody), Duration.ofMillis(50), 2, 1232, false, 10, 10, 100);
        var asker = on(owner, () -> new Resolver(owner, world.network(), world.entropy(), settings).asker(owner, 1));
        var found = new CompletableFuture<DnsFinding>();
        owner.post(() -> asker.ask(new DnsQuestion("example.com", DnsType.MX), found::complete));

        assertThat(found.get(20, TimeUnit.SECONDS).answer()).isInstanceOf(DnsAnswer.Failed.class);
    }

    @Test
    void aNameServerMayHaveAnAddressOfIpv6() throws Exception {
        var local = InetAddress.ofLiteral("::1");
        assumeTrue(world.localAddresses().stream().anyMatch(local::equals), "this machine has no IPv6");
        ResolverEngine server = on(
                other,
                () -> ResolverEngine.open(
                        other, world.network(), new InetSocketAddress(local, 0), ZoneTable.parse(ZONES)));
        var settings = ResolverSettings.of(List.of(server.address()));
        var asker = on(owner, () -> new Resolver(owner, world.network(), world.entropy(), settings).asker(owner, 1));
        var found = new CompletableFuture<DnsFinding>();
        owner.post(() -> asker.ask(new DnsQuestion("example.com", DnsType.MX), found::complete));

        assertThat(found.get(20, TimeUnit.SECONDS).answer()).isInstanceOf(DnsAnswer.Records.class);
    }

    private static <T> T on(Loop loop, java.util.concurrent.Callable<T> work) throws Exception {
        var done = new CompletableFuture<T>();
        loop.post(() -> {
            try {
                done.complete(work.call());
            } catch (Exception broken) {
                done.completeExceptionally(broken);
            }
        });
        return done.get(20, TimeUnit.SECONDS);
    }
}
