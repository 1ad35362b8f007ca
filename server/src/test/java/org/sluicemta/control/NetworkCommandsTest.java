package org.sluicemta.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sluicemta.dns.MxHost;
import org.sluicemta.queue.Trace;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.spf.SpfFinding;
import org.sluicemta.spf.SpfResult;
import org.sluicemta.world.Loop;

/// The commands that look into the network: what they ask, and how the answer is written.
class NetworkCommandsTest {
    private final SimulatedUniverse universe = SimulatedUniverse.seeded(1);
    private final SimulatedWorld world =
            universe.host("mta", InetAddress.ofLiteral("192.0.2.1")).loops(1).boot();
    private final Loop loop = world.loops().getFirst();
    private final FakeOperations server = new FakeOperations();
    private final Control control = new Control(loop, server, ZoneOffset.UTC, "mx.sluice.example");

    private CommandReply run(String command) {
        List<CommandReply> replies = new ArrayList<>();
        control.run(List.of(command.split(" ")), replies::add);
        assertThat(replies).hasSize(1);
        return replies.getFirst();
    }

    private void resolves() {
        server.network.resolution = new NetworkOperations.Resolution(
                "",
                "StatusOk",
                "",
                List.of(
                        new MxHost(
                                "mx1.example.com",
                                10,
                                25,
                                List.of(InetAddress.ofLiteral("203.0.113.1"), InetAddress.ofLiteral("2001:db8::1"))),
                        new MxHost("mx2.example.com", 20, 25, List.of(InetAddress.ofLiteral("203.0.113.2")))),
                List.of("example.com MX: 10 mx1.example.com, 20 mx2.example.com (192.0.2.53:53, valid for 60 s)"));
    }

    @Test
    void hostsOfADomainAsText() {
        resolves();

        assertThat(run("resolve example.com").out()).isEqualTo("""
                example.com MX: 10 mx1.example.com, 20 mx2.example.com (192.0.2.53:53, valid for 60 s)

                status = StatusOk

                 pref  host name                                IP addresses
                -----  ---------------------------------------- ------------------------------
                   10  mx1.example.com                          203.0.113.1 2001:db8::1
                   20  mx2.example.com                          203.0.113.2
                """);
    }

    @Test
    void hostsOfADomainAsDomXmlAndJson() {
        resolves();

        assertThat(run("--dom resolve example.com").out()).startsWith("""
                status="StatusOk"
                host[0].pref="10"
                host[0].name="mx1.example.com"
                host[0].ip[0]="203.0.113.1"
                host[0].ip[1]="2001:db8::1"
                host[1].pref="20"
                host[1].name="mx2.example.com"
                host[1].ip[0]="203.0.113.2"
                dialogue[0]="example.com MX: 10""");
        assertThat(run("--xml resolve example.com").out())
                .startsWith("<rsp><data><status>StatusOk</status><host><pref>10</pref><name>mx1.example.com</name>"
                        + "<ip>203.0.113.1</ip><ip>2001:db8::1</ip></host><host>");
        assertThat(run("--json resolve example.com").out())
                .startsWith("{\"data\":{\"status\":\"StatusOk\",\"hosts\":[{\"pref\":10,\"name\":\"mx1.example.com\","
                        + "\"ip\":[\"203.0.113.1\",\"2001:db8::1\"]},{");
    }

    @Test
    void theOptionsOfResolveReachTheServer() {
        resolves();

        run("resolve --tcp --connect --dumppackets --server=192.0.2.53:5353 --source=m.example,192.0.2.1 example.com");

        assertThat(server.network.asked)
                .containsExactly(new NetworkOperations.ResolveQuery(
                        "example.com",
                        new NetworkOperations.Asking("192.0.2.53:5353", true, true),
                        true,
                        "m.example",
                        InetAddress.ofLiteral("192.0.2.1")));
    }

    @ParameterizedTest
    @CsvSource({
        "resolve --use-dane example.com, 1, TLSA",
        "resolve --interactive example.com, 1, asked once and answered once",
        "resolve --source=192.0.2.1 example.com, 2, write --connect too",
        "resolve --connect --source=nobody example.com, 2, has no IP address",
        "resolve --frob example.com, 2, there is no option --frob",
        "resolve, 2, usage: resolve",
        "check spf nobody x.example, 2, is no IP address",
        "check spf 192.0.2.1, 2, usage: check spf",
        "check spf 192.0.2.1 hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh.example, 2, at most 255",
        "check mfrom a@example.com 192.0.2.1, 1, obsolete",
        "trace, 2, usage: trace",
        "trace --source-ip=nobody a/b, 2, is no IP address",
        "--xml trace a/b, 1, ask without --xml"
    })
    void whatIsNotPossibleIsRefusedAndNotIgnored(String command, int status, String text) {
        CommandReply reply = run(command);

        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.out() + reply.err()).contains(text);
        assertThat(server.network.asked).isEmpty();
    }

    @Test
    void whatAPolicySays() {
        server.network.spf = new NetworkOperations.SpfAnswer(
                "",
                new SpfFinding(SpfResult.FAIL, "example.com", "\"-all\" of example.com matches", "go \u001b away", 3),
                List.of("example.com TXT: \"v=spf1 -all\" (192.0.2.53:53)"));

        assertThat(run("check spf 192.0.2.7 mx.example.org <joe@example.com>").out())
                .isEqualTo("""
                example.com TXT: "v=spf1 -all" (192.0.2.53:53)

                result = fail
                domain = example.com
                reason = "-all" of example.com matches
                explanation = go   away
                lookups = 3
                """);
        assertThat(server.network.asked)
                .containsExactly(new NetworkOperations.SpfQuery(
                        InetAddress.ofLiteral("192.0.2.7"),
                        "mx.example.org",
                        "joe@example.com",
                        new NetworkOperations.Asking("", false, false)));
        assertThat(run("--dom check spf 192.0.2.7 mx.example.org").out()).contains("result=\"fail\"");
    }

    // --- traces

    /// Keeps what is streamed.
    private static final class Stream implements CommandStream {
        final StringBuilder text = new StringBuilder();
        int status = -1;
        Runnable leave = () -> {};

        @Override
        public void out(String more) {
            text.append(more);
        }

        @Override
        public void err(String more) {
            text.append("err: ").append(more);
        }

        @Override
        public void end(int with) {
            status = with;
        }

        @Override
        public void onLeave(Runnable task) {
            leave = task;
        }
    }

    private Stream stream(String command) {
        CommandReply.Streaming streaming = run(command).streaming();
        assertThat(streaming).isNotNull();
        var stream = new Stream();
        streaming.begin(stream);
        return stream;
    }

    private Trace trace() {
        Trace trace = server.network.trace;
        assertThat(trace).isNotNull();
        return trace;
    }

    private void settle() {
        universe.advance(java.time.Duration.ofMillis(10));
    }

    @Test
    void linesOfAnAttemptAreStreamedAndCarryNothingThatSteers() {
        Stream stream = stream("trace --log-data --retry-recipients --source-ip=192.0.2.1 example.com/m1");
        assertThat(server.network.asked)
                .containsExactly("trace example.com/m1 true "
                        + new Trace.Wishes(true, false, InetAddress.ofLiteral("192.0.2.1")));

        loop.post(() -> trace().line(">>> 220 mx\u001b[2J"));
        settle();
        assertThat(stream.text.toString()).isEqualTo(">>> 220 mx [2J\n");
        assertThat(stream.status).isEqualTo(-1);

        loop.post(() -> trace().over(""));
        settle();
        assertThat(stream.status).isZero();
    }

    @Test
    void aRefusalIsAFailure() {
        Stream stream = stream("trace example.com/m1");

        loop.post(() -> trace().over("queue example.com/m1 is empty"));
        settle();

        assertThat(stream.text.toString()).isEqualTo("err: queue example.com/m1 is empty\n");
        assertThat(stream.status).isEqualTo(1);
    }

    @Test
    void whoLeavesIsNotToldAnyMore() {
        Stream stream = stream("watch example.com/m1");

        stream.leave.run();

        assertThat(trace().isGone()).isTrue();
        assertThat(server.network.asked).containsExactly("watch example.com/m1", "leave example.com/m1");
    }

    @Test
    void aFloodOfLinesIsCutAndTheAttemptGoesOn() {
        Stream stream = stream("trace example.com/m1");

        loop.post(() -> {
            for (int i = 0; i < 20_000; i++) {
                trace().line("line");
            }
        });
        settle();

        assertThat(trace().isGone()).isTrue();
        assertThat(stream.status).isEqualTo(1);
        assertThat(stream.text.toString()).contains("err: more lines came than could be told");
        assertThat(server.network.asked).last().isEqualTo("leave example.com/m1");
    }

    @Test
    void someDozensAtOneTimeAndNoMore() {
        List<Stream> all = new ArrayList<>();
        for (int i = 0; i < TraceCommands.MOST_AT_A_TIME; i++) {
            all.add(stream("watch example.com/m" + i));
        }
        assertThat(run("trace example.com/m1").err()).contains("32 traces and watches are open already");

        all.getFirst().leave.run();
        assertThat(stream("trace example.com/m1").status).isEqualTo(-1);
    }

    @Test
    void aTraceToTheLogIsAnsweredWhenTheAttemptBegins() {
        List<CommandReply> replies = new ArrayList<>();
        control.run(List.of("trace", "--to-log", "example.com/m1"), replies::add);
        assertThat(replies).isEmpty();

        loop.post(() -> trace().line("resolving example.com"));
        settle();

        assertThat(replies).containsExactly(CommandReply.done("The attempt of example.com/m1 is traced in the log.\n"));
    }
}
