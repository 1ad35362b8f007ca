package org.sluicemta.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Memory;
import org.sluicemta.world.MemoryUse;
import org.sluicemta.world.Network;
import org.sluicemta.world.Slice;

/// What connections do where the memory outside the heap is used up. In a JVM of its own: its limit is set at a start.
final class SocketMemoryIT {
    private static final long LIMIT = 32L << 20;

    @TempDir
    Path folder;

    @Test
    void aConnectionWithoutABufferEndsAndTheNextIsServedWhenThereIsMemoryAgain() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process child = new ProcessBuilder(
                        java,
                        "-Xmx128m",
                        "-Dio.netty.maxDirectMemory=" + LIMIT,
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Child.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("told").toFile())
                .start();
        try {
            assertThat(child.waitFor(60, TimeUnit.SECONDS))
                    .as("the other JVM ends")
                    .isTrue();
        } finally {
            child.destroyForcibly();
        }
        String told = Files.readString(folder.resolve("told"));

        assertThat(told.lines())
                .containsSubsequence(
                        "limit " + LIMIT, "with memory: x", "used up: true", "without: ended", "again: x", "over");
        assertThat(told).contains("refused at once: true");
        assertThat(told).contains("EXHAUSTED no memory is left for this connection");
    }

    /// The other JVM.
    static final class Child {
        private Child() {}

        public static void main(String[] none) throws Exception {
            try (RealWorld world = RealWorld.start(new RealWorldPlan(1, 1, 4, 1, true))) {
                var loop = world.loops().getFirst();
                var opened = new ArrayList<Network.Listener>();
                var listening = new CountDownLatch(1);
                loop.post(() -> {
                    opened.add(world.network()
                            .listen(
                                    loop,
                                    new ListenPlan.Tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10),
                                    (remote, local) -> new Network.Seat(loop, new Echo())));
                    listening.countDown();
                });
                listening.await();
                var at = (InetSocketAddress) opened.getFirst().local();
                say("limit " + world.outsideHeap().limitBytes());
                say("refused at once: " + PlatformDependent.useDirectBufferNoCleaner());
                say("with memory: " + echo(at));

                Memory all = world.memory("all", 1L << 40);
                List<Slice> taken = new ArrayList<>();
                var full = new CountDownLatch(1);
                loop.post(() -> {
                    for (int size = 1 << 20; size >= 16; size /= 2) {
                        for (Slice next = all.take(size); next != null; next = all.take(size)) {
                            taken.add(next);
                        }
                    }
                    full.countDown();
                });
                full.await();
                say("used up: " + isUsedUp(world));
                say("without: " + echo(at));

                var free = new CountDownLatch(1);
                loop.post(() -> {
                    taken.forEach(Slice::release);
                    free.countDown();
                });
                free.await();
                say("again: " + echo(at));
            }
            say("over");
        }

        /// What is told may be a tenth of a second old.
        private static boolean isUsedUp(RealWorld world) {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            MemoryUse all = world.outsideHeap();
            while (all.usedBytes() < all.limitBytes() - (4 << 20) && System.nanoTime() < until) {
                Thread.onSpinWait();
                all = world.outsideHeap();
            }
            return all.usedBytes() >= all.limitBytes() - (4 << 20);
        }

        private static void say(String line) {
            System.out.println(line);
        }

        private static String echo(InetSocketAddress at) throws IOException {
            try (Socket socket = new Socket(at.getAddress(), at.getPort())) {
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write('x');
                InputStream in = socket.getInputStream();
                int back = in.read();
                return back < 0 ? "ended" : String.valueOf((char) back);
            } catch (SocketException reset) {
                return "ended";
            }
        }
    }

    private static final class Echo implements Engine {
        private Connection connection;

        @Override
        public void opened(Connection made) {
            connection = made;
        }

        @Override
        public void bytes(ByteBuffer lent) {
            connection.out(lent.remaining()).put(lent);
            connection.flush();
        }

        @Override
        public void ended() {
            connection.close();
        }

        @Override
        public void failed(IoFailure why) {
            if (why.kind() == IoFailure.Kind.EXHAUSTED) {
                System.out.println(why.kind() + " " + why.text());
            }
        }
    }
}
