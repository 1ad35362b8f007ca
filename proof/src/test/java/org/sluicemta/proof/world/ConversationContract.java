package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Network;
import org.sluicemta.world.Slice;

/// What the contracts of connections share: engines that write down what they hear, and the proof after each test that
/// none of them saw a breach.
abstract class ConversationContract extends WorldContract {
    static final long TEN_SECONDS = 10_000 * MILLISECOND;
    private final List<Scribe> scribes = new CopyOnWriteArrayList<>();

    @AfterEach
    void nobodyBrokeTheContract() {
        for (Scribe scribe : scribes) {
            assertThat(scribe.breaches).isEmpty();
            assertThat(scribe.count("opened")).isLessThanOrEqualTo(1);
            assertThat(scribe.count("failed")).isLessThanOrEqualTo(1);
        }
    }

    final Scribe scribe(Loop loop) {
        var scribe = new Scribe(loop);
        scribes.add(scribe);
        return scribe;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    final Network.Listener listen(Scribe served, Loop seat) {
        return world().network()
                .listen(loop(), new ListenPlan.Tcp(anyPort(), 64), (remote, local) -> new Network.Seat(seat, served));
    }

    final Scribe connect(SocketAddress to, Consumer<Scribe> script) {
        Scribe scribe = scribe(loop());
        script.accept(scribe);
        run(loop(), () -> {
            world().network().connect(loop(), new ConnectPlan(to, null, TEN_SECONDS), scribe);
            assertThat(scribe.calls).isEmpty();
        });
        return scribe;
    }

    static void say(Connection connection, String text) {
        byte[] bytes = ascii(text);
        connection.out(bytes.length).put(bytes);
        connection.flush();
    }

    /// A slice of a pattern that shows lost, doubled and swapped bytes.
    final Slice pattern(Memory memory, int bytes) {
        Slice slice = Objects.requireNonNull(memory.take(bytes));
        ByteBuffer view = slice.view(0, bytes);
        for (int i = 0; i < bytes; i++) {
            view.put((byte) (i * 31 + i / 251));
        }
        return slice;
    }

    static void assertIsPattern(byte[] received, int bytes) {
        assertThat(received).hasSize(bytes);
        for (int i = 0; i < bytes; i++) {
            if (received[i] != (byte) (i * 31 + i / 251)) {
                throw new AssertionError("byte " + i + " is another");
            }
        }
    }
}
