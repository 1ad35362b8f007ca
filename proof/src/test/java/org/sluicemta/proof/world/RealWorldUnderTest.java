package org.sluicemta.proof.world;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.World;

/// The real world on this machine: two loops, a temporary folder, loopback.
final class RealWorldUnderTest implements WorldUnderTest {
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private final RealWorld world;
    private final Path folder;
    private final List<AutoCloseable> open = new ArrayList<>();
    private @Nullable InetSocketAddress silent;
    private @Nullable HttpServer site;

    RealWorldUnderTest(boolean prefersNative) throws IOException {
        folder = Files.createTempDirectory("sluice-world");
        world = RealWorld.start(new RealWorldPlan(2, 2, 1_000, 2, prefersNative));
    }

    @Override
    public World world() {
        return world;
    }

    @Override
    public void until(BooleanSupplier claim) {
        long begun = System.nanoTime();
        while (!claim.getAsBoolean()) {
            if (System.nanoTime() - begun > PATIENCE_NANOS) {
                throw new AssertionError("what the test waits for did not come within 10 s");
            }
            LockSupport.parkNanos(200_000);
        }
    }

    @Override
    public Path folder() {
        return folder;
    }

    @Override
    public Path pathWithoutRoom() {
        return Path.of("/dev/full");
    }

    /// A listener that never accepts and whose backlog is full: Linux then drops further openings.
    @Override
    public InetSocketAddress silentAddress() {
        if (silent != null) {
            return silent;
        }
        try {
            var listener = java.nio.channels.ServerSocketChannel.open();
            open.add(listener);
            listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 1);
            InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
            for (int i = 0; i < 4; i++) {
                SocketChannel filler = SocketChannel.open();
                open.add(filler);
                filler.configureBlocking(false);
                filler.connect(address);
            }
            silent = address;
            return address;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public List<String> command(Script script) {
        return switch (script) {
            case ECHOES -> List.of("cat");
            case SPEAKS -> shell("printf 'to output'; printf 'to error' >&2; exit 3");
            case TELLS -> shell("printf '%s %s' \"$1\" \"$SLUICE_WORD\"");
            case FLOODS -> List.of("yes");
            case HANGS -> shell("sleep 600; true");
            case DEAF -> shell("exec <&-; printf deaf; sleep 600; true");
            case ABSENT -> List.of(folder.resolve("absent").toString());
        };
    }

    private static List<String> shell(String script) {
        return List.of("sh", "-c", script, "sh");
    }

    @Override
    public URI publish(String path, Page page) {
        HttpServer server = site();
        server.createContext(path, exchange -> answer(exchange, page));
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private HttpServer site() {
        try {
            HttpServer server = site;
            if (server == null) {
                server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
                server.start();
                HttpServer started = server;
                open.add(() -> started.stop(0));
                site = server;
            }
            return server;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void answer(HttpExchange exchange, Page page) throws IOException {
        switch (page) {
            case Page.Holds holds -> {
                String etag = holds.etag();
                if (!etag.isEmpty()) {
                    exchange.getResponseHeaders().set("ETag", etag);
                }
                boolean isKnown = !etag.isEmpty()
                        && etag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"));
                say(exchange, isKnown ? 304 : 200, isKnown ? new byte[0] : holds.bytes());
            }
            case Page.Redirects redirects -> {
                exchange.getResponseHeaders().set("Location", redirects.to());
                say(exchange, 302, new byte[0]);
            }
            case Page.Says says -> say(exchange, says.status(), new byte[0]);
            case Page.Hangs hangs -> {
                // Never answered; the server's stop ends it.
            }
            case Page.Breaks breaks -> {
                exchange.sendResponseHeaders(200, 1_000);
                exchange.getResponseBody().write('x');
                exchange.getResponseBody().flush();
                throw new IOException("broken on purpose");
            }
            case Page.Locked locked -> {
                String wanted = "Basic "
                        + Base64.getEncoder().encodeToString(locked.userInfo().getBytes(StandardCharsets.UTF_8));
                boolean isKnown = wanted.equals(exchange.getRequestHeaders().getFirst("Authorization"));
                say(exchange, isKnown ? 200 : 401, isKnown ? locked.bytes() : new byte[0]);
            }
        }
    }

    private static void say(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    @Override
    public URI addressWithoutServer() {
        try (var taken = new java.net.ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return URI.create("http://127.0.0.1:" + taken.getLocalPort() + "/config");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void close() {
        world.close();
        try {
            for (AutoCloseable one : open) {
                one.close();
            }
            try (Stream<Path> tree = Files.walk(folder)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        } catch (Exception failed) {
            throw new IllegalStateException("the test's folder cannot be cleared", failed);
        }
    }
}
