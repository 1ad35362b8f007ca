package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.IoFailure.Kind;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;
import org.sluicemta.world.Slice;

/// Listening, connecting, bytes, ends, failures, datagrams.
abstract class NetworkContract extends ConversationContract {
    @Test
    void whatIsSaidIsHeardOnTheOtherSideAndEchoed() {
        Scribe server = scribe(otherLoop()).echoing();
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(listener.local(), s -> s.whenOpened = c -> say(c, "hello"));
        until(() -> client.received() == 5);
        assertThat(client.text()).isEqualTo("hello");
        assertThat(server.text()).isEqualTo("hello");
        assertThat(client.calls).first().isEqualTo("opened");
        assertThat(client.connection().loop()).isSameAs(loop());
        assertThat(server.connection().loop()).isSameAs(otherLoop());
        assertThat(client.connection().remote()).isEqualTo(listener.local());
        assertThat(server.connection().remote()).isEqualTo(client.connection().local());
    }

    @Test
    void theDealerIsAskedOnTheListenersHomeWithBothAddresses() {
        List<String> asked = new CopyOnWriteArrayList<>();
        Loop home = loop();
        Network.Listener listener = world().network()
                .listen(home, new ListenPlan.Tcp(anyPort(), 16), (remote, local) -> {
                    asked.add(home.isCurrent() + " " + remote + " " + local);
                    return null;
                });
        Scribe client = connect(listener.local(), s -> s.closingAtTheEnd());
        until(client::hasFailed);
        assertThat(asked).containsExactly("true " + client.connection().local() + " " + listener.local());
    }

    @Test
    void aConnectionThatTheDealerRefusesIsClosed() {
        Network.Listener listener =
                world().network().listen(loop(), new ListenPlan.Tcp(anyPort(), 16), (remote, local) -> null);
        Scribe client = connect(listener.local(), s -> s.closingAtTheEnd());
        until(client::hasFailed);
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void textsAndSlicesArriveInTheOrderInWhichTheyWereGiven() {
        Scribe server = scribe(otherLoop());
        Network.Listener listener = listen(server, otherLoop());
        Memory memory = world().memory("content", 100);
        Slice slice = Objects.requireNonNull(memory.take(10));
        slice.view(0, 10).put(ascii("0123456789"));
        connect(
                listener.local(),
                s -> s.whenOpened = c -> {
                    c.out(2).put(ascii("a "));
                    c.out(2).put(ascii("b "));
                    c.send(slice, 3, 4);
                    c.out(3).put(ascii(" c "));
                    c.send(slice, 0, 1);
                    c.send(slice, 9, 1);
                    slice.release();
                    c.out(2).put(ascii(" d"));
                    c.flush();
                });
        until(() -> server.received() == 15);
        assertThat(server.text()).isEqualTo("a b 3456 c 09 d");
        until(() -> memory.usedBytes() == 0);
    }

    @Test
    void nothingGoesOutBeforeTheFlush() {
        Scribe server = scribe(otherLoop());
        Network.Listener listener = listen(server, otherLoop());
        Scribe client =
                connect(listener.local(), s -> s.whenOpened = c -> c.out(5).put(ascii("later")));
        until(client::isOpen);
        letPass(20 * MILLISECOND);
        assertThat(server.received()).isZero();
        run(loop(), () -> {
            assertThat(client.connection().unsentBytes()).isEqualTo(5);
            client.connection().flush();
        });
        until(() -> server.received() == 5);
    }

    @Test
    void aMegabyteArrivesWholeInCallsOfAtMost64KiB() {
        Scribe server = scribe(otherLoop());
        Network.Listener listener = listen(server, otherLoop());
        Memory memory = world().memory("content", 1 << 20);
        Slice slice = pattern(memory, 1 << 20);
        connect(
                listener.local(),
                s -> s.whenOpened = c -> {
                    c.send(slice, 0, slice.length());
                    c.flush();
                    slice.release();
                });
        until(() -> server.received() == 1 << 20);
        assertIsPattern(server.bytesReceived(), 1 << 20);
        assertThat(server.largestCall()).isBetween(1, 64 * 1024);
        until(() -> memory.usedBytes() == 0);
    }

    @Test
    void closeSendsFirstWhatIsQueuedAndTheOtherSideHearsTheEnd() {
        Scribe server = scribe(otherLoop()).closingAtTheEnd();
        Network.Listener listener = listen(server, otherLoop());
        Memory memory = world().memory("content", 1 << 20);
        Slice slice = pattern(memory, 300_000);
        Scribe client = connect(
                listener.local(),
                s -> s.whenOpened = c -> {
                    c.send(slice, 0, slice.length());
                    slice.release();
                    c.close();
                });
        until(() -> client.hasFailed() && server.hasFailed());
        assertIsPattern(server.bytesReceived(), 300_000);
        assertThat(client.kind()).isEqualTo(Kind.CLOSED_HERE);
        assertThat(server.kind()).isEqualTo(Kind.CLOSED_HERE);
        assertThat(server.calls).endsWith("ended", "failed");
        assertThat(client.calls).containsExactly("opened", "failed");
        until(() -> memory.usedBytes() == 0);
    }

    @Test
    void closingTwiceAndAbortingAfterwardsIsHeardOnce() {
        Scribe server = scribe(otherLoop()).closingAtTheEnd();
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(
                listener.local(),
                s -> s.whenOpened = c -> {
                    c.close();
                    c.close();
                    c.abort();
                });
        until(() -> client.hasFailed() && server.hasFailed());
        letPass(10 * MILLISECOND);
        assertThat(client.calls).containsExactly("opened", "failed");
    }

    @Test
    void callsOnAConnectionThatHasEndedAreHarmlessAndKeepNoMemory() {
        Scribe server = scribe(otherLoop()).closingAtTheEnd();
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(listener.local(), s -> s.whenOpened = Connection::abort);
        until(client::hasFailed);
        Memory memory = world().memory("content", 100);
        Slice slice = Objects.requireNonNull(memory.take(100));
        run(loop(), () -> {
            Connection c = client.connection();
            c.out(10).put(ascii("0123456789"));
            c.send(slice, 0, 100);
            c.flush();
            c.reading(true);
            c.close();
            c.abort();
        });
        slice.release();
        until(() -> memory.usedBytes() == 0);
        assertThat(client.calls).containsExactly("opened", "failed");
    }

    @Test
    void abortDropsWhatIsUnsentAndGivesItsMemoryBack() {
        Scribe server = scribe(otherLoop());
        server.whenOpened = c -> c.reading(false);
        Network.Listener listener = listen(server, otherLoop());
        Memory memory = world().memory("content", 1 << 20);
        Slice slice = pattern(memory, 1 << 20);
        Scribe client = connect(
                listener.local(),
                s -> s.whenOpened = c -> {
                    for (int i = 0; i < 40; i++) {
                        c.send(slice, 0, slice.length());
                    }
                    c.flush();
                    slice.release();
                });
        until(client::isOpen);
        letPass(20 * MILLISECOND);
        assertThat(memory.usedBytes()).isEqualTo(1 << 20);
        run(loop(), () -> client.connection().abort());
        until(client::hasFailed);
        assertThat(client.kind()).isEqualTo(Kind.CLOSED_HERE);
        until(() -> memory.usedBytes() == 0);
    }

    @Test
    void readingOffFromTheStartHoldsBackEveryByteUntilItIsOnAgain() {
        Scribe server = scribe(otherLoop());
        server.whenOpened = c -> c.reading(false);
        Network.Listener listener = listen(server, otherLoop());
        connect(listener.local(), s -> s.whenOpened = c -> say(c, "patience"));
        until(server::isOpen);
        letPass(30 * MILLISECOND);
        assertThat(server.received()).isZero();
        run(otherLoop(), () -> server.connection().reading(true));
        until(() -> server.received() == 8);
    }

    @Test
    void readingOffWithinACallOfBytesIsTheLastSuchCall() {
        Scribe server = scribe(otherLoop());
        server.whenBytes = (c, lent) -> c.reading(false);
        Network.Listener listener = listen(server, otherLoop());
        Memory memory = world().memory("content", 1 << 20);
        Slice slice = pattern(memory, 1 << 20);
        connect(
                listener.local(),
                s -> s.whenOpened = c -> {
                    c.send(slice, 0, slice.length());
                    c.flush();
                    slice.release();
                });
        until(() -> server.received() > 0);
        letPass(30 * MILLISECOND);
        assertThat(server.count("bytes")).isEqualTo(1);
        run(otherLoop(), () -> {
            server.whenBytes = (c, lent) -> {};
            server.connection().reading(true);
        });
        until(() -> server.received() == 1 << 20);
        assertIsPattern(server.bytesReceived(), 1 << 20);
    }

    @Test
    void aRemoteThatDoesNotReadIsFeltAndItsReturnIsHeard() {
        Scribe server = scribe(otherLoop());
        server.whenOpened = c -> c.reading(false);
        Network.Listener listener = listen(server, otherLoop());
        Memory memory = world().memory("content", 1 << 20);
        Slice slice = pattern(memory, 1 << 20);
        Scribe client = connect(
                listener.local(),
                s -> s.whenOpened = c -> {
                    for (int i = 0; i < 40; i++) {
                        c.send(slice, 0, slice.length());
                    }
                    c.flush();
                    slice.release();
                });
        until(() -> client.isOpen() && server.isOpen());
        letPass(20 * MILLISECOND);
        assertThat(on(loop(), () -> client.connection().unsentBytes())).isPositive();
        assertThat(client.count("writable")).isZero();
        run(otherLoop(), () -> server.connection().reading(true));
        until(() -> client.count("writable") > 0 && server.received() == 40 << 20);
        until(() -> on(loop(), () -> client.connection().unsentBytes()) == 0);
    }

    @Test
    void aPortWhereNobodyListensRefuses() {
        Network.Listener listener = listen(scribe(loop()), loop());
        SocketAddress gone = listener.local();
        listener.close();
        letPass(20 * MILLISECOND);
        Scribe client = connect(gone, s -> {});
        until(client::hasFailed);
        assertThat(client.kind()).isEqualTo(Kind.REFUSED);
        assertThat(Objects.requireNonNull(client.end).text()).isNotBlank();
        assertThat(client.calls).containsExactly("failed");
    }

    @Test
    void connectingToWhoDoesNotAnswerTimesOut() {
        Scribe client = scribe(loop());
        run(
                loop(),
                () -> world().network()
                        .connect(loop(), new ConnectPlan(fixture().silentAddress(), null, 100 * MILLISECOND), client));
        until(client::hasFailed);
        assertThat(client.kind()).isEqualTo(Kind.TIMED_OUT);
        assertThat(client.calls).containsExactly("failed");
    }

    @Test
    void aLocalAddressOfAnotherMachineIsNotAvailable() throws Exception {
        Network.Listener listener = listen(scribe(loop()), loop());
        Scribe client = scribe(loop());
        InetAddress foreign = InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 77});
        run(
                loop(),
                () -> world().network()
                        .connect(loop(), new ConnectPlan(listener.local(), foreign, TEN_SECONDS), client));
        until(client::hasFailed);
        assertThat(client.kind()).isEqualTo(Kind.ADDRESS_NOT_AVAILABLE);
        assertThat(client.calls).containsExactly("failed");
        NetworkException refused = catchThrowableOfType(
                NetworkException.class,
                () -> world().network()
                        .listen(
                                loop(),
                                new ListenPlan.Tcp(new InetSocketAddress(foreign, 0), 16),
                                (remote, local) -> null));
        assertThat(refused.kind()).isEqualTo(Kind.ADDRESS_NOT_AVAILABLE);
        assertThat(refused).hasMessageContaining("192.0.2.77");
    }

    @Test
    void aConnectionLeavesByTheAddressItWasGiven() {
        Scribe server = scribe(loop());
        Network.Listener listener = listen(server, loop());
        Scribe client = scribe(loop());
        InetAddress loopback = InetAddress.getLoopbackAddress();
        run(
                loop(),
                () -> world().network()
                        .connect(loop(), new ConnectPlan(listener.local(), loopback, TEN_SECONDS), client));
        until(() -> client.isOpen() && server.isOpen());
        assertThat(((InetSocketAddress) client.connection().local()).getAddress())
                .isEqualTo(loopback);
        assertThat(((InetSocketAddress) client.connection().local()).getPort()).isPositive();
    }

    @Test
    void aTakenPortIsAnErrorThatNamesIt() {
        Network.Listener listener = listen(scribe(loop()), loop());
        var taken = (InetSocketAddress) listener.local();
        NetworkException refused = catchThrowableOfType(
                NetworkException.class,
                () -> world().network().listen(loop(), new ListenPlan.Tcp(taken, 16), (remote, local) -> null));
        assertThat(refused.kind()).isEqualTo(Kind.ADDRESS_IN_USE);
        assertThat(refused).hasMessageContaining(String.valueOf(taken.getPort()));
    }

    @Test
    void aClosedListenerKeepsItsConnections() {
        Scribe server = scribe(otherLoop()).echoing();
        Network.Listener listener = listen(server, otherLoop());
        Scribe client = connect(listener.local(), s -> {});
        until(() -> client.isOpen() && server.isOpen());
        listener.close();
        letPass(5 * MILLISECOND);
        run(loop(), () -> say(client.connection(), "still here"));
        until(() -> client.received() == 10);
    }

    @Test
    void anEngineThatThrowsLosesItsConnectionAndNobodyElses() {
        Scribe broken = scribe(otherLoop());
        broken.whenBytes = (c, lent) -> {
            throw new IllegalStateException("thrown by a test, to see only this connection end");
        };
        Scribe sound = scribe(otherLoop()).echoing();
        Network.Listener first = listen(broken, otherLoop());
        Network.Listener second = listen(sound, otherLoop());
        Scribe victim = connect(first.local(), s -> {
            s.whenOpened = c -> say(c, "x");
            s.closingAtTheEnd();
        });
        Scribe other = connect(second.local(), s -> s.whenOpened = c -> say(c, "y"));
        until(() -> broken.hasFailed() && victim.hasFailed() && other.received() == 1);
        assertThat(broken.kind()).isEqualTo(Kind.ERROR);
    }

    @Test
    void aUnixSocketCarriesBytesAndGuardsItsPath() {
        java.nio.file.Path path = fixture().folder().resolve("control.sock");
        var plan = new ListenPlan.Unix(path, 0660);
        // One engine for each: who tries to take the path over may knock, to see whether somebody lives there.
        Network.Listener listener = world().network()
                .listen(
                        loop(),
                        plan,
                        (remote, local) -> new Network.Seat(
                                loop(), scribe(loop()).echoing().closingAtTheEnd()));
        Scribe client = connect(listener.local(), s -> s.whenOpened = c -> say(c, "show status"));
        until(() -> client.received() == 11);
        NetworkException refused = catchThrowableOfType(
                NetworkException.class, () -> world().network().listen(loop(), plan, (remote, local) -> null));
        assertThat(refused.kind()).isEqualTo(Kind.ADDRESS_IN_USE);
        assertThat(refused).hasMessageContaining("control.sock");
        listener.close();
        letPass(20 * MILLISECOND);
        world().network().listen(loop(), plan, (remote, local) -> null).close();
    }

    @Test
    void datagramsCarryTheirSenderAndTheirBytes() {
        AtomicReference<@Nullable String> asked = new AtomicReference<>();
        AtomicReference<@Nullable String> answered = new AtomicReference<>();
        var outside = new AtomicBoolean();
        var count = new AtomicInteger();
        AtomicReference<Network.@Nullable Datagrams> self = new AtomicReference<>();
        Network.Datagrams server = world().network().datagrams(loop(), anyPort(), (from, lent) -> {
            outside.compareAndSet(false, !loop().isCurrent());
            asked.set(StandardCharsets.ISO_8859_1.decode(lent).toString());
            Objects.requireNonNull(self.get()).send(from, ByteBuffer.wrap(ascii("answer")));
        });
        self.set(server);
        Network.Datagrams client = world().network().datagrams(loop(), anyPort(), (from, lent) -> {
            count.incrementAndGet();
            answered.set(from.getPort() + " "
                    + StandardCharsets.ISO_8859_1.decode(lent).toString());
        });
        run(
                loop(),
                () -> assertThat(client.send(server.local(), ByteBuffer.wrap(ascii("question"))))
                        .isTrue());
        until(() -> answered.get() != null);
        assertThat(asked).hasValue("question");
        assertThat(answered).hasValue(server.local().getPort() + " answer");
        assertThat(outside).isFalse();
        assertThat(count).hasValue(1);
        run(loop(), () -> {
            client.close();
            assertThat(client.send(server.local(), ByteBuffer.wrap(ascii("late"))))
                    .isFalse();
            server.close();
        });
    }

    @Test
    void theMachineHasALoopbackAddress() {
        assertThat(world().localAddresses()).anyMatch(InetAddress::isLoopbackAddress);
    }
}
