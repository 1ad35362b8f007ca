package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.lab.ControlSocket;
import org.sluicemta.lab.ResolverEngine;
import org.sluicemta.lab.ZoneTable;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.Loop;

/// `resolve --connect` of a server process: a resolver of the lab and receivers on real sockets. Mail hosts have
/// port 25, so this needs a user who may listen there.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResolveIT {
    private static final InetAddress POLITE = InetAddress.ofLiteral("127.0.25.1");
    /// Nobody listens here.
    private static final InetAddress CLOSED = InetAddress.ofLiteral("127.0.25.2");
    private static final InetAddress RUDE = InetAddress.ofLiteral("127.0.25.3");

    @SuppressWarnings("NullAway.Init") // set before the first test
    private RealWorld world;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private RemoteServer polite;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private RemoteServer rude;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private LoneServer server;

    private int resolver;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        boolean isAllowed = mayListen();
        if (System.getenv("CI") != null) {
            assertThat(isAllowed).as("listening on port 25 of %s", POLITE).isTrue();
        }
        Assumptions.assumeTrue(isAllowed, "this user may not listen on port 25");
        polite = new RemoteServer(
                new InetSocketAddress(POLITE, 25),
                dialogue -> dialogue.politely(List.of("STARTTLS", "X-RED \u001b[31m"), line -> Optional.empty()));
        rude = new RemoteServer(new InetSocketAddress(RUDE, 25), dialogue -> dialogue.say("554 5.7.1 not you\r\n"));
        world = RealWorld.start(new RealWorldPlan(1, 1, 16, 1, false));
        resolver = LoneServer.freePort();
        Loop loop = world.loops().getFirst();
        var isOpen = new CountDownLatch(1);
        loop.post(() -> {
            var unused = ResolverEngine.open(
                    loop,
                    world.network(),
                    new InetSocketAddress("127.0.0.1", resolver),
                    ZoneTable.builder()
                            .mx("well.example", 10, "closed.example")
                            .mx("well.example", 20, "polite.example")
                            .mx("shut.example", 10, "closed.example")
                            .mx("rude.example", 10, "mx.rude.example")
                            .address("polite.example", POLITE.getHostAddress())
                            .address("closed.example", CLOSED.getHostAddress())
                            .address("mx.rude.example", RUDE.getHostAddress())
                            .build());
            isOpen.countDown();
        });
        assertThat(isOpen.await(20, TimeUnit.SECONDS)).isTrue();
        server = new LoneServer(
                folder, "smtp-listener 127.0.0.1:%d\nmx-to-loopback yes\n".formatted(LoneServer.freePort()));
    }

    private static boolean mayListen() {
        try (var trial = new ServerSocket(25, 1, POLITE)) {
            return trial.isBound();
        } catch (IOException refused) {
            return false;
        }
    }

    @AfterAll
    void stop() throws IOException {
        if (server != null) {
            server.close();
            world.close();
            polite.close();
            rude.close();
        }
    }

    private ControlSocket.Reply resolve(String... words) throws IOException {
        var all = new ArrayList<>(List.of("resolve", "--connect", "--server=127.0.0.1:" + resolver));
        all.addAll(List.of(words));
        return server.control().ask(all.toArray(String[]::new));
    }

    @Test
    void theFirstHostThatAnswersIsGreetedAndSaysWhatItOffers() throws Exception {
        ControlSocket.Reply reply = resolve("--source=probe.example,127.0.25.9", "well.example");

        assertThat(reply.status()).isZero();
        assertThat(reply.out())
                .containsSubsequence(
                        "connecting from probe.example (127.0.25.9) to closed.example (127.0.25.2)",
                        "not connected: ",
                        "connecting from probe.example (127.0.25.9) to polite.example (127.0.25.1)",
                        "connected from [127.0.25.9]:",
                        ">>> 220 mx",
                        "<<< EHLO probe.example",
                        ">>> 250-X-RED \\x1b[31m",
                        "STARTTLS is offered",
                        "<<< QUIT",
                        ">>> 221 bye",
                        "closed polite.example (127.0.25.1) in=",
                        "status = StatusOk",
                        "10  closed.example",
                        "20  polite.example");
        assertThat(polite.received())
                .last(InstanceOfAssertFactories.STRING)
                .isEqualTo("EHLO probe.example\r\nQUIT\r\n");
    }

    @Test
    void aRefusedPortAndARefusedGreetingAreSaid() throws Exception {
        ControlSocket.Reply shut = resolve("shut.example");
        assertThat(shut.status()).isZero();
        assertThat(shut.out())
                .contains("connecting from mx.sluice.example (an address of the system's choice) to closed.example")
                .containsSubsequence("not connected: ", "no host answered", "status = StatusOk")
                .doesNotContain("<<<");

        ControlSocket.Reply rudeReply = resolve("rude.example");
        assertThat(rudeReply.status()).isZero();
        assertThat(rudeReply.out()).contains(">>> 554 5.7.1 not you").doesNotContain("<<< EHLO");
    }

    @Test
    void anAddressThatIsNotOfThisMachineIsRefused() throws Exception {
        ControlSocket.Reply reply = resolve("--source=192.0.2.77", "well.example");

        assertThat(reply.status()).isEqualTo(1);
        assertThat(reply.err()).contains("192.0.2.77 is no address of this machine");
    }
}
