package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.SocketAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.IoFailure.Kind;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Network;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;
import org.sluicemta.world.TlsTerms;

/// STARTTLS from both sides.
abstract class TlsContract extends ConversationContract {
    private static final List<String> MODERN = List.of("TLSv1.2", "TLSv1.3");
    private @Nullable TlsIdentity made;

    @BeforeEach
    void makeACertificate() {
        made = world().network().selfSigned("mx.example.net");
    }

    private TlsPlan.Server serverPlan() {
        return new TlsPlan.Server(Objects.requireNonNull(made), MODERN, TEN_SECONDS);
    }

    private static TlsPlan.Client clientPlan(boolean verify, List<String> protocols) {
        return new TlsPlan.Client("mx.example.net", verify, protocols, null, "vmta/mx.example.net", TEN_SECONDS);
    }

    /// A server that answers `STARTTLS` and a line feed with `go` and starts its handshake as soon as a byte beyond the
    /// line is there (`waitsForMore`) or at once. In TLS it echoes.
    private Scribe starttlsServer(boolean waitsForMore) {
        Scribe server = scribe(otherLoop());
        server.leavesUnread = true;
        boolean[] lineIsRead = new boolean[1];
        boolean[] isAsked = new boolean[1];
        server.whenBytes = (c, lent) -> {
            if (isAsked[0]) {
                c.out(lent.remaining()).put(lent);
                c.flush();
                return;
            }
            while (!lineIsRead[0] && lent.hasRemaining()) {
                lineIsRead[0] = lent.get() == '\n';
            }
            if (lineIsRead[0] && (!waitsForMore || lent.hasRemaining())) {
                isAsked[0] = true;
                c.out(3).put(ascii("go\n"));
                c.startTls(serverPlan());
            }
        };
        return server;
    }

    /// Says `STARTTLS` and a line feed and `extra`, and starts its handshake on `go`.
    private Scribe starttlsClient(SocketAddress to, String extra, TlsPlan.Client plan) {
        return connect(to, s -> {
            s.leavesUnread = true;
            s.whenOpened = c -> say(c, "STARTTLS\n" + extra);
            StringBuilder answer = new StringBuilder();
            s.whenBytes = (c, lent) -> {
                while (lent.hasRemaining() && answer.length() < 3) {
                    answer.append((char) lent.get());
                    if (answer.length() == 3) {
                        c.startTls(plan);
                        return;
                    }
                }
                lent.position(lent.limit());
            };
            s.whenSecured = c -> say(c, "hello in secret");
        });
    }

    @Test
    void bothSidesAreSecuredAndThenTalk() {
        Scribe server = starttlsServer(false);
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = starttlsClient(listener.local(), "", clientPlan(false, MODERN));
        until(() -> client.text().endsWith("hello in secret"));
        assertThat(client.facts).isNotNull();
        assertThat(server.facts).isNotNull();
        assertThat(client.facts.protocol()).startsWith("TLSv1.");
        assertThat(client.facts.cipher()).isNotBlank();
        assertThat(client.facts.protocol()).isEqualTo(server.facts.protocol());
        assertThat(client.facts.droppedBytes()).isZero();
        assertThat(server.facts.droppedBytes()).isZero();
        assertThat(client.count("secured")).isEqualTo(1);
    }

    @Test
    void immediateTlsBeginsWithTheFirstByte() {
        Scribe server = scribe(otherLoop());
        server.whenOpened = c -> c.startTls(immediatePlan());
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(listener.local(), s -> {
            s.whenOpened = c -> c.startTls(clientPlan(false, MODERN));
            s.whenSecured = c -> say(c, "hello in secret");
        });

        until(() -> server.text().equals("hello in secret"));

        assertThat(Objects.requireNonNull(server.facts).droppedBytes()).isZero();
        assertThat(client.facts).isNotNull();
    }

    @Test
    void immediateTlsBeginsBehindALineThatTheEngineHasRead() {
        Scribe server = scribe(otherLoop());
        server.leavesUnread = true;
        boolean[] isRead = new boolean[1];
        server.whenBytes = (c, lent) -> {
            while (lent.hasRemaining()) {
                if (lent.get() == '\n' && !isRead[0]) {
                    isRead[0] = true;
                    c.startTls(immediatePlan());
                    return;
                }
            }
        };
        Network.Listener listener = listen(server, otherLoop());
        connect(listener.local(), s -> {
            s.whenOpened = c -> {
                say(c, "PROXY\n");
                c.startTls(clientPlan(false, MODERN));
            };
            s.whenSecured = c -> say(c, "hello in secret");
        });

        until(() -> server.text().endsWith("hello in secret"));

        assertThat(Objects.requireNonNull(server.facts).droppedBytes()).isZero();
    }

    private TlsPlan.Server immediatePlan() {
        return new TlsPlan.Server(Objects.requireNonNull(made), TlsTerms.MODERN, null, true, TEN_SECONDS);
    }

    @Test
    void bytesSmuggledInBeforeTheHandshakeAreDroppedAndCounted() {
        Scribe server = starttlsServer(true);
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = starttlsClient(listener.local(), "!", clientPlan(false, MODERN));
        until(() -> client.text().endsWith("hello in secret"));
        assertThat(Objects.requireNonNull(server.facts).droppedBytes()).isEqualTo(1);
        until(() -> server.text().equals("STARTTLS\nhello in secret"));
    }

    @Test
    void theClientDropsAndCountsSmuggledBytesToo() {
        Scribe server = scribe(otherLoop());
        server.leavesUnread = true;
        server.whenOpened = c -> {
            c.out(4).put(ascii("go\n!"));
            c.startTls(serverPlan());
        };
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(listener.local(), s -> {
            s.leavesUnread = true;
            int[] read = new int[1];
            s.whenBytes = (c, lent) -> {
                while (read[0] < 3 && lent.hasRemaining()) {
                    lent.get();
                    read[0]++;
                }
                if (read[0] == 3 && lent.hasRemaining()) {
                    read[0]++;
                    c.startTls(clientPlan(false, MODERN));
                }
            };
        });
        until(() -> client.facts != null && server.facts != null);
        assertThat(Objects.requireNonNull(client.facts).droppedBytes()).isEqualTo(1);
    }

    @Test
    void whatIsQueuedBeforeTheHandshakeGoesInClearAndWhatIsQueuedDuringItGoesInTls() {
        Scribe server = scribe(otherLoop());
        server.whenOpened = c -> {
            c.out(6).put(ascii("clear\n"));
            c.startTls(serverPlan());
            say(c, "secret");
        };
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(
                listener.local(),
                s -> s.whenBytes = (c, lent) -> {
                    if (s.facts == null && s.received() == "clear\n".length()) {
                        c.startTls(clientPlan(false, MODERN));
                    }
                });
        until(() -> client.text().equals("clear\nsecret"));
        assertThat(client.calls.indexOf("bytes")).isLessThan(client.calls.indexOf("secured"));
        assertThat(client.calls.indexOf("secured")).isLessThan(client.calls.lastIndexOf("bytes"));
    }

    @Test
    void aMegabyteGoesThroughTlsWhole() {
        Scribe server = starttlsServer(false);
        Network.Listener listener = listen(server, otherLoop());
        Memory memory = world().memory("content", 1 << 20);
        Slice slice = pattern(memory, 1 << 20);
        Scribe client = starttlsClient(listener.local(), "", clientPlan(false, MODERN));
        client.whenSecured = c -> {
            for (int at = 0; at < slice.length(); at += 1 << 14) {
                c.send(slice, at, 1 << 14);
                if (at == 0) {
                    c.out(1);
                }
            }
            c.flush();
            slice.release();
        };
        until(() -> client.received() == (1 << 20) + 3);
        byte[] echoed = client.bytesReceived();
        assertIsPattern(java.util.Arrays.copyOfRange(echoed, 3, echoed.length), 1 << 20);
        until(() -> memory.usedBytes() == 0);
    }

    @Test
    void aHandshakeThatStallsFails() {
        Scribe server = scribe(otherLoop());
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(
                listener.local(),
                s -> s.whenOpened = c -> c.startTls(
                        new TlsPlan.Client("mx.example.net", false, MODERN, null, "key", 100 * MILLISECOND)));
        until(client::hasFailed);
        assertThat(client.kind()).isEqualTo(Kind.TLS);
        assertThat(client.calls).containsExactly("opened", "failed");
    }

    @Test
    void aRemoteThatSpeaksSomethingElseInsteadOfTlsFails() {
        Scribe server = scribe(otherLoop());
        server.whenBytes = (c, lent) -> say(c, "500 what is this?\r\n");
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(listener.local(), s -> s.whenOpened = c -> c.startTls(clientPlan(false, MODERN)));
        until(client::hasFailed);
        assertThat(client.kind()).isEqualTo(Kind.TLS);
    }

    @Test
    void aRemoteThatClosesInMidHandshakeIsAFailureOfTls() {
        Scribe server = scribe(otherLoop());
        server.whenBytes = (c, lent) -> c.close();
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(listener.local(), s -> s.whenOpened = c -> c.startTls(clientPlan(false, MODERN)));
        until(client::hasFailed);
        assertThat(client.kind()).isEqualTo(Kind.TLS);
    }

    @Test
    void aCertificateThatNobodySignedIsRefusedWhereItIsVerified() {
        Scribe server = starttlsServer(false);
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = starttlsClient(listener.local(), "", clientPlan(true, MODERN));
        until(client::hasFailed);
        assertThat(client.kind()).isEqualTo(Kind.TLS);
        assertThat(client.facts).isNull();
    }

    @Test
    void closeInTlsSendsWhatIsQueuedAndTheOtherSideHearsTheEnd() {
        Scribe server = starttlsServer(false).closingAtTheEnd();
        server.whenSecured = c -> {};
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = starttlsClient(listener.local(), "", clientPlan(false, MODERN));
        client.whenSecured = c -> {
            c.out(4).put(ascii("quit"));
            c.close();
        };
        until(() -> client.hasFailed() && server.hasFailed());
        assertThat(client.kind()).isEqualTo(Kind.CLOSED_HERE);
        assertThat(server.text()).isEqualTo("STARTTLS\nquit");
        assertThat(server.calls).contains("ended");
    }

    @Test
    void aSecondConnectionOfTheSameKeyTakesTheSessionUp() {
        List<String> older = List.of("TLSv1.2");
        Scribe first = starttlsServer(false);
        Network.Listener listener = listen(first, otherLoop());
        Scribe one = starttlsClient(listener.local(), "", clientPlan(false, older));
        until(() -> one.text().endsWith("hello in secret"));
        run(loop(), () -> one.connection().close());
        until(one::hasFailed);
        Scribe second = starttlsServer(false);
        Network.Listener again = listen(second, otherLoop());
        Scribe two = starttlsClient(again.local(), "", clientPlan(false, older));
        until(() -> two.text().endsWith("hello in secret"));
        assertThat(Objects.requireNonNull(one.facts).isResumed()).isFalse();
        assertThat(Objects.requireNonNull(two.facts).isResumed()).isTrue();
    }

    @Test
    void callsDuringTheHandshakeThatCloseTheConnectionEndItOnce() {
        Scribe server = scribe(otherLoop());
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(
                listener.local(),
                s -> s.whenOpened = c -> {
                    c.startTls(clientPlan(false, MODERN));
                    c.abort();
                });
        until(client::hasFailed);
        letPass(10 * MILLISECOND);
        assertThat(client.kind()).isEqualTo(Kind.CLOSED_HERE);
        assertThat(client.calls).containsExactly("opened", "failed");
    }
}
