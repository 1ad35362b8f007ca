package org.sluicemta.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.dns.DnsFinding.Freshness;
import org.sluicemta.lab.ResolverEngine;
import org.sluicemta.lab.ZoneTable;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;

class ResolverTest {
    private static final InetSocketAddress FIRST = at("127.0.0.1", 5301);
    private static final InetSocketAddress SECOND = at("127.0.0.1", 5302);
    private static final String ZONES = """
            ttl 60
            negative-ttl 30
            example.com      MX 10 mx1.example.com
            example.com      MX 20 mx2.example.com
            mx1.example.com  A 192.0.2.1
            mx1.example.com  AAAA 2001:db8::1
            www.example.com  CNAME mx1.example.com
            sick.example     SERVFAIL
            mute.example     SILENT
            fat.example      TXT "a long story"
            fat.example      TRUNCATED
            old.example      A 192.0.2.7
            old.example      NOEDNS
            slow.example     A 192.0.2.8
            slow.example     DELAY 2500ms
            circle.example   CNAME circle2.example
            circle2.example  CNAME circle.example
            """;

    private final TinyWorld world = new TinyWorld(7);
    private final Loop loop = world.loop();
    private final ResolverEngine server = ResolverEngine.open(loop, world.network(), FIRST, ZoneTable.parse(ZONES));
    private final List<DnsFinding> found = new ArrayList<>();

    private Resolver resolver(InetSocketAddress... servers) {
        return resolver(ResolverSettings.of(List.of(servers)));
    }

    private Resolver resolver(ResolverSettings settings) {
        return new Resolver(loop, world.network(), world.entropy(), settings);
    }

    private DnsFinding ask(Resolver resolver, String name, DnsType type) {
        found.clear();
        resolver.find(DnsQuestion.of(name, type).orElseThrow(), found::add);
        for (int ms = 0; found.isEmpty() && ms < 60_000; ms += 5) {
            world.pass(Duration.ofMillis(5));
        }
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    @Test
    void recordsComeAndAreKeptForTheirTtl() {
        Resolver resolver = resolver(FIRST);

        DnsFinding first = ask(resolver, "Example.COM.", DnsType.MX);
        world.pass(Duration.ofSeconds(59));
        DnsFinding second = ask(resolver, "example.com", DnsType.MX);
        world.pass(Duration.ofSeconds(2));
        DnsFinding third = ask(resolver, "example.com", DnsType.MX);

        var records = new DnsAnswer.Records(
                "example.com",
                List.of(new DnsRecord.Mx(10, "mx1.example.com"), new DnsRecord.Mx(20, "mx2.example.com")));
        assertThat(first.answer()).isEqualTo(records);
        assertThat(first.ttlSeconds()).isEqualTo(60);
        assertThat(first.freshness()).isEqualTo(Freshness.ASKED);
        assertThat(second.freshness()).isEqualTo(Freshness.CACHED);
        assertThat(second.ttlSeconds()).isLessThanOrEqualTo(2);
        assertThat(third.freshness()).isEqualTo(Freshness.ASKED);
        assertThat(server.asked("example.com", "MX")).isEqualTo(2);
    }

    @Test
    void aNameWithoutTheTypeHasNoRecordsAndANameUnheardOfDoesNotExist() {
        Resolver resolver = resolver(FIRST);

        assertThat(ask(resolver, "mx1.example.com", DnsType.MX).answer()).isEqualTo(new DnsAnswer.NoRecords());
        assertThat(ask(resolver, "nobody.example", DnsType.MX).answer()).isEqualTo(new DnsAnswer.NoSuchDomain());
    }

    @Test
    void theAbsenceOfANameIsKnownForEveryTypeAtOnce() {
        Resolver resolver = resolver(FIRST);

        ask(resolver, "nobody.example", DnsType.MX);
        DnsFinding address = ask(resolver, "nobody.example", DnsType.A);

        assertThat(address.answer()).isEqualTo(new DnsAnswer.NoSuchDomain());
        assertThat(address.question().type()).isEqualTo(DnsType.A);
        assertThat(server.asked()).isEqualTo(1);
    }

    @Test
    void aNegativeAnswerWithoutSoaIsNotKept() {
        server.serve(ZoneTable.builder().negativeTtl(0).build());
        Resolver resolver = resolver(FIRST);

        assertThat(ask(resolver, "nobody.example", DnsType.MX).ttlSeconds()).isZero();
        ask(resolver, "nobody.example", DnsType.MX);

        assertThat(server.asked()).isEqualTo(2);
    }

    @Test
    void aliasesAreFollowedAndTold() {
        DnsFinding finding = ask(resolver(FIRST), "www.example.com", DnsType.A);

        assertThat(finding.aliases()).containsExactly("mx1.example.com");
        assertThat(finding.answer())
                .isEqualTo(new DnsAnswer.Records(
                        "mx1.example.com", List.of(new DnsRecord.Ip(InetAddress.ofLiteral("192.0.2.1")))));
    }

    @Test
    void aCircleOfAliasesIsATemporaryFailure() {
        assertThat(ask(resolver(FIRST), "circle.example", DnsType.A).answer()).isInstanceOf(DnsAnswer.Failed.class);
    }

    @Test
    void anAnswerCutShortIsAskedForByTcp() {
        DnsFinding finding = ask(resolver(FIRST), "fat.example", DnsType.TXT);

        assertThat(finding.answer())
                .isEqualTo(new DnsAnswer.Records("fat.example", List.of(new DnsRecord.Text("a long story"))));
        assertThat(world.connects).isEqualTo(1);
    }

    @Test
    void anAnswerOfManyRecordsComesByTcpAndIsBounded() {
        var zones = ZoneTable.builder();
        for (int i = 1; i <= 200; i++) {
            zones.mx("big.example", 1_000 - i, "mx" + i + ".big.example");
        }
        server.serve(zones.build());

        var answer = (DnsAnswer.Records)
                ask(resolver(FIRST), "big.example", DnsType.MX).answer();

        assertThat(answer.records()).hasSize(DnsCodec.MAX_RECORDS);
        assertThat(answer.records()).contains(new DnsRecord.Mx(800, "mx200.big.example"));
    }

    @Test
    void aServerThatDoesNotKnowEdnsIsAskedWithout() {
        DnsFinding finding = ask(resolver(FIRST), "old.example", DnsType.A);

        assertThat(finding.answer()).isInstanceOf(DnsAnswer.Records.class);
        assertThat(server.asked("old.example", "A")).isEqualTo(2);
    }

    @Test
    void aSilentServerIsPassedOverForTheNext() {
        server.mute(true);
        ResolverEngine.open(loop, world.network(), SECOND, ZoneTable.parse(ZONES));

        DnsFinding finding = ask(resolver(FIRST, SECOND), "example.com", DnsType.MX);

        assertThat(finding.answer()).isInstanceOf(DnsAnswer.Records.class);
        assertThat(finding.server()).isEqualTo("127.0.0.1:5302");
    }

    @Test
    void aRefusalTurnsToTheNextServerAtOnce() {
        server.serve(ZoneTable.parse("example.com REFUSED"));
        ResolverEngine.open(loop, world.network(), SECOND, ZoneTable.parse(ZONES));
        Resolver resolver = resolver(FIRST, SECOND);
        resolver.find(new DnsQuestion("example.com", DnsType.MX), found::add);

        world.pass(Duration.ofMillis(10));

        assertThat(found).singleElement().extracting(DnsFinding::server).isEqualTo("127.0.0.1:5302");
    }

    @Test
    void aLateAnswerToTheFirstQuestionIsAsGoodAsAnyOther() {
        Resolver resolver = resolver(FIRST);
        resolver.find(new DnsQuestion("slow.example", DnsType.A), found::add);

        world.pass(Duration.ofMillis(2_510)); // the second question went out after 2 s

        assertThat(server.asked("slow.example", "A")).isEqualTo(2);
        assertThat(found).hasSize(1);
    }

    @Test
    void servfailIsNeverNoSuchDomainAndIsRememberedLongerEachTime() {
        Resolver resolver = resolver(FIRST);

        assertThat(ask(resolver, "sick.example", DnsType.MX).answer()).isInstanceOf(DnsAnswer.Failed.class);
        assertThat(ask(resolver, "sick.example", DnsType.MX).freshness()).isEqualTo(Freshness.CACHED);
        world.pass(Duration.ofMillis(1_001));
        assertThat(ask(resolver, "sick.example", DnsType.MX).ttlSeconds()).isEqualTo(2);
        world.pass(Duration.ofMillis(1_001));
        ask(resolver, "sick.example", DnsType.MX);
        assertThat(server.asked("sick.example", "MX")).isEqualTo(2);
        for (int i = 0; i < 20; i++) {
            world.pass(Duration.ofMinutes(6));
            ask(resolver, "sick.example", DnsType.MX);
        }
        assertThat(server.asked("sick.example", "MX")).isEqualTo(22);
        world.pass(Duration.ofSeconds(290));
        ask(resolver, "sick.example", DnsType.MX);
        assertThat(server.asked("sick.example", "MX")).isEqualTo(22);
    }

    @Test
    void silenceOfAllServersEndsInATemporaryFailure() {
        DnsFinding finding = ask(resolver(FIRST), "mute.example", DnsType.A);

        assertThat(finding.answer()).isInstanceOf(DnsAnswer.Failed.class);
        assertThat(server.asked("mute.example", "A")).isEqualTo(4);
    }

    @Test
    void anExpiredAnswerServesADayWhileNobodyAnswers() {
        Resolver resolver = resolver(FIRST);
        ask(resolver, "example.com", DnsType.MX);
        server.mute(true);

        world.pass(Duration.ofHours(1));
        DnsFinding stale = ask(resolver, "example.com", DnsType.MX);
        DnsFinding again = ask(resolver, "example.com", DnsType.MX);
        world.pass(Duration.ofHours(24));
        DnsFinding tooOld = ask(resolver, "example.com", DnsType.MX);

        assertThat(stale.freshness()).isEqualTo(Freshness.STALE);
        assertThat(stale.ttlSeconds()).isEqualTo(30);
        assertThat(stale.answer()).isInstanceOf(DnsAnswer.Records.class);
        assertThat(again.freshness()).isEqualTo(Freshness.STALE);
        assertThat(tooOld.answer()).isInstanceOf(DnsAnswer.Failed.class);
    }

    @Test
    void anExpiredDenialNeverServes() {
        Resolver resolver = resolver(FIRST);
        ask(resolver, "nobody.example", DnsType.MX);
        server.mute(true);

        world.pass(Duration.ofMinutes(10));

        assertThat(ask(resolver, "nobody.example", DnsType.MX).answer()).isInstanceOf(DnsAnswer.Failed.class);
    }

    @Test
    void anyNumberOfAskersCostOneQuestion() {
        Resolver resolver = resolver(FIRST);
        int[] answers = new int[1];
        var asker = resolver.asker(loop, 100_000);
        for (int i = 0; i < 50_000; i++) {
            assertThat(asker.ask(new DnsQuestion("example.com", DnsType.MX), finding -> answers[0]++))
                    .isTrue();
        }

        world.pass(Duration.ofMillis(100));

        assertThat(answers[0]).isEqualTo(50_000);
        assertThat(asker.outstanding()).isZero();
        assertThat(server.asked()).isEqualTo(1);
    }

    @Test
    void anAnswerComesAsALaterTurnEvenFromTheCacheOnTheSameLoop() {
        Resolver resolver = resolver(FIRST);
        ask(resolver, "example.com", DnsType.MX);
        found.clear();

        resolver.asker(loop, 1).ask(new DnsQuestion("example.com", DnsType.MX), found::add);
        assertThat(found).isEmpty();
        world.pass(Duration.ZERO);

        assertThat(found).hasSize(1);
    }

    @Test
    void anAskerOnAnotherLoopHearsTheAnswerThere() {
        Resolver resolver = resolver(FIRST);
        Loop other = world.loop();
        var wasThere = new ArrayList<Boolean>();

        resolver.asker(other, 10).ask(new DnsQuestion("example.com", DnsType.MX), f -> wasThere.add(other.isCurrent()));
        world.pass(Duration.ofMillis(100));

        assertThat(wasThere).containsExactly(true);
    }

    @Test
    void anAskerWithoutCreditIsRefusedAndHearsNothing() {
        Resolver resolver = resolver(FIRST);
        var asker = resolver.asker(loop, 1);

        assertThat(asker.ask(new DnsQuestion("example.com", DnsType.MX), found::add))
                .isTrue();
        assertThat(asker.ask(new DnsQuestion("example.com", DnsType.A), found::add))
                .isFalse();
        world.pass(Duration.ofMillis(100));

        assertThat(found).hasSize(1);
        assertThat(asker.ask(new DnsQuestion("example.com", DnsType.A), found::add))
                .isTrue();
    }

    @Test
    void outstandingQuestionsAreBoundedAndTheRestWaitOrAreRefused() {
        var settings = new ResolverSettings(List.of(FIRST), Duration.ofSeconds(2), 4, 1232, false, 3, 5, 1_000);
        Resolver resolver = resolver(settings);
        server.serve(ZoneTable.parse("*.example A 192.0.2.1"));
        for (int i = 0; i < 10; i++) {
            resolver.find(new DnsQuestion("n" + i + ".example", DnsType.A), found::add);
        }

        assertThat(world.datagramsSent).isEqualTo(3);
        assertThat(found).hasSize(2).allMatch(f -> f.answer() instanceof DnsAnswer.Failed);
        world.pass(Duration.ofMillis(100));

        assertThat(found).hasSize(10);
        assertThat(found.subList(2, 10)).allMatch(f -> f.answer() instanceof DnsAnswer.Records);
        assertThat(resolver.counters().outstanding()).isZero();
    }

    @Test
    void theCacheIsBounded() {
        var settings = new ResolverSettings(List.of(FIRST), Duration.ofSeconds(2), 4, 1232, false, 10, 5, 100);
        Resolver resolver = resolver(settings);
        server.serve(ZoneTable.parse("*.example A 192.0.2.1"));
        for (int i = 0; i < 500; i++) {
            ask(resolver, "n" + i + ".example", DnsType.A);
        }

        assertThat(resolver.counters().cacheEntries()).isEqualTo(100);
    }

    @Test
    void lettersOfRandomCaseMustComeBack() {
        var settings = new ResolverSettings(List.of(FIRST), Duration.ofSeconds(2), 4, 1232, true, 10, 5, 100);

        DnsFinding finding = ask(resolver(settings), "example.com", DnsType.MX);

        assertThat(finding.answer()).isInstanceOf(DnsAnswer.Records.class);
        assertThat(finding.question().name()).isEqualTo("example.com");
    }

    @Test
    void aForgedAnswerFromElsewhereOrUnderAnotherIdIsIgnored() {
        server.mute(true);
        Resolver resolver = resolver(FIRST);
        var seen = new ArrayList<byte[]>();
        var from = new ArrayList<InetSocketAddress>();
        server.close();
        Network.Datagrams there = world.network().datagrams(loop, FIRST, (who, lent) -> {
            byte[] bytes = new byte[lent.remaining()];
            lent.get(bytes);
            seen.add(bytes);
            from.add(who);
        });
        Network.Datagrams stranger = world.network().datagrams(loop, at("127.0.0.1", 6000), (who, lent) -> {});
        resolver.find(new DnsQuestion("example.com", DnsType.A), found::add);
        world.pass(Duration.ofMillis(5));

        byte[] denial = seen.getFirst().clone();
        denial[2] |= (byte) 0x80;
        denial[3] |= 3;
        stranger.send(from.getFirst(), ByteBuffer.wrap(denial));
        byte[] wrongId = denial.clone();
        wrongId[1] ^= 1;
        there.send(from.getFirst(), ByteBuffer.wrap(wrongId));
        byte[] wrongName = denial.clone();
        wrongName[13] ^= 1;
        there.send(from.getFirst(), ByteBuffer.wrap(wrongName));
        world.pass(Duration.ofMillis(100));
        assertThat(found).isEmpty();

        there.send(from.getFirst(), ByteBuffer.wrap(denial));
        world.pass(Duration.ofMillis(100));
        assertThat(found).singleElement().extracting(DnsFinding::answer).isEqualTo(new DnsAnswer.NoSuchDomain());
    }

    @Test
    void withoutSocketsALookupFailsInItsTime() {
        world.hasNoSockets = true;

        DnsFinding finding = ask(resolver(FIRST), "example.com", DnsType.MX);

        assertThat(finding.answer())
                .isInstanceOfSatisfying(
                        DnsAnswer.Failed.class, f -> assertThat(f.why()).contains("no descriptor is left"));
    }

    @Test
    void socketsAreReplacedAndNoneIsLeftBehind() {
        server.serve(ZoneTable.parse("*.example A 192.0.2.1"));
        Resolver resolver = resolver(FIRST);
        int before = world.openSockets;
        for (int i = 0; i < 20_000; i++) {
            resolver.find(new DnsQuestion("n" + i + ".example", DnsType.A), f -> {});
            world.pass(Duration.ofMillis(2));
        }

        assertThat(world.openSockets - before).isLessThanOrEqualTo(8);
        resolver.close();
        assertThat(world.openSockets).isEqualTo(before);
    }

    @Test
    void closingTellsAllWhoWait() {
        Resolver resolver = resolver(FIRST);
        resolver.find(new DnsQuestion("mute.example", DnsType.A), found::add);
        world.pass(Duration.ofMillis(10));

        resolver.close();

        assertThat(found).singleElement().extracting(DnsFinding::answer).isInstanceOf(DnsAnswer.Failed.class);
        world.settle();
    }

    @Test
    void whatAnOperatorForgetsIsAskedAgain() {
        Resolver resolver = resolver(FIRST);
        ask(resolver, "example.com", DnsType.MX);

        resolver.forget("Example.com");
        ask(resolver, "example.com", DnsType.MX);

        assertThat(server.asked("example.com", "MX")).isEqualTo(2);
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }
}
