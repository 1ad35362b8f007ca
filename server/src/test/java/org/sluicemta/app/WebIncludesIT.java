package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.config.Check;
import org.sluicemta.config.Directives;
import org.sluicemta.config.FileSource.Fetched;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import picocli.CommandLine;

/// Documents that a configuration includes, from a real web server of loopback.
class WebIncludesIT {
    private static final RealWorldPlan SMALL = new RealWorldPlan(1, 1, 16, 1, false);

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before each test
    Path folder;

    @SuppressWarnings("NullAway.Init") // before each test
    private HttpServer web;

    private volatile String document = "<domain *>\nmax-smtp-out 4\n</domain>\n";
    private volatile int status = 200;
    private final AtomicInteger asked = new AtomicInteger();

    private record Ended(int status, String out) {}

    @BeforeEach
    void aWebServer() throws IOException {
        web = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        web.createContext("/", exchange -> {
            asked.incrementAndGet();
            String path = exchange.getRequestURI().getPath();
            byte[] bytes = path.equals("/large")
                    ? new byte[WebIncludes.MOST_DOCUMENT_BYTES + 1]
                    : document.getBytes(StandardCharsets.UTF_8);
            if (path.equals("/round")) {
                exchange.getResponseHeaders().set("Location", "/round");
                exchange.sendResponseHeaders(302, -1);
            } else if (status != 200) {
                exchange.sendResponseHeaders(status, -1);
            } else {
                exchange.sendResponseHeaders(200, bytes.length);
                try {
                    exchange.getResponseBody().write(bytes);
                } catch (IOException cut) {
                    // the reader has enough
                }
            }
            exchange.close();
        });
        web.start();
    }

    @AfterEach
    void itEnds() {
        web.stop(0);
    }

    private URI address(String path) {
        return URI.create("http://127.0.0.1:" + web.getAddress().getPort() + path);
    }

    private Path main() throws IOException {
        return Files.writeString(
                folder.resolve("config"), "smtp-listener 127.0.0.1:25\ninclude " + address("/limits") + "\n");
    }

    private WebCopies copies() {
        return new WebCopies(folder.resolve("data/included"));
    }

    private ConfigurationLoading loading(RealWorld world, Path main) {
        return new ConfigurationLoading(
                main,
                folder.resolve("data/pulled"),
                WebIncludes.fetching(() -> world, copies()),
                Check.Strictness.USUAL,
                Set.of(),
                List::of);
    }

    private Ended check(String... words) {
        var out = new StringWriter();
        int status = new CommandLine(new CheckCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(out, true))
                .execute(words);
        return new Ended(status, out.toString());
    }

    private static long maxSmtpOut(ServerPlan.Reloading loaded) {
        assertThat(loaded.snapshot()).as(loaded.failure()).isNotNull();
        return loaded.snapshot()
                .configuration()
                .queueSetting(new QueueKey("example.com", "{default}"), Directives.MAX_SMTP_OUT)
                .value();
    }

    @Test
    void theLastGoodCopyStandsInForAServerThatIsAway() throws IOException {
        Path main = main();
        try (RealWorld world = RealWorld.start(SMALL)) {
            assertThat(maxSmtpOut(loading(world, main).loadAtStart())).isEqualTo(4);

            document = document.replace("4", "5");
            assertThat(maxSmtpOut(loading(world, main).load())).isEqualTo(5);

            document = document.replace("5", "many");
            assertThat(loading(world, main).load().failure())
                    .contains("max-smtp-out")
                    .contains("/limits:2");

            status = 503;
            assertThat(maxSmtpOut(loading(world, main).load())).isEqualTo(5);

            web.stop(0);
            ServerPlan.Reloading away = loading(world, main).loadAtStart();
            assertThat(maxSmtpOut(away))
                    .as("never the copy of a document with an error")
                    .isEqualTo(5);
            assertThat(away.notes()).anyMatch(note -> note.contains("include-stale"));
        }
    }

    @Test
    void withoutACopyTheServerDoesNotStartAndSaysHowToMend() throws IOException {
        Path main = main();
        status = 404;
        try (RealWorld world = RealWorld.start(SMALL)) {
            ServerPlan.Reloading loaded = loading(world, main).loadAtStart();

            assertThat(loaded.snapshot()).isNull();
            assertThat(loaded.failure())
                    .contains("include-unreachable")
                    .contains("404")
                    .contains("make the address reachable");
        }
    }

    @Test
    void eachDocumentIsFetchedOnceAndWithinItsBounds() throws IOException {
        try (RealWorld world = RealWorld.start(SMALL)) {
            WebIncludes.Reading reading =
                    WebIncludes.fetching(() -> world, copies()).over(new ConfigFiles());

            for (int i = 0; i < 3; i++) {
                assertThat(reading.fetch(address("/limits"))).isInstanceOf(Fetched.Fresh.class);
            }
            assertThat(asked).hasValue(1);
            assertThat(reading.fetch(address("/large"))).isEqualTo(new Fetched.Failed("it is larger than 8 MB"));
            assertThat(reading.fetch(address("/round")))
                    .isEqualTo(new Fetched.Failed("more than 5 redirects is not followed"));
        }
    }

    @Test
    void aDamagedCopyIsNone() throws IOException {
        URI address = address("/limits");
        assertThat(copies().keep(address, new byte[] {'a', '\n', 'b'})).isEmpty();
        assertThat(copies().find(address)).isNotNull();
        assertThat(copies().find(address("/other"))).isNull();

        Path copy;
        try (Stream<Path> all = Files.list(folder.resolve("data/included"))) {
            copy = all.findFirst().orElseThrow();
        }
        byte[] whole = Files.readAllBytes(copy);
        for (int length : new int[] {0, 1, 30, whole.length - 3, whole.length - 1}) {
            Files.write(copy, java.util.Arrays.copyOf(whole, length));
            assertThat(copies().find(address)).as("cut to " + length).isNull();
        }
        Files.write(copy, whole);
        assertThat(copies().find(address)).isNotNull();
    }

    @Test
    void aCopyThatCannotBeKeptIsNoReasonNotToLoad() throws IOException {
        Path main = main();
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("data/included"), "a file, where a folder should be");
        try (RealWorld world = RealWorld.start(SMALL)) {
            assertThat(maxSmtpOut(loading(world, main).load())).isEqualTo(4);
        }
    }

    @Test
    void aCheckFetchesUnlessItIsOffline() throws IOException {
        String main = main().toString();
        String data = folder.resolve("data").toString();

        assertThat(check(main).status()).isZero();
        assertThat(check("--offline", "--data", data, main).out()).contains("[include-offline]");
        assertThat(asked).hasValue(1);
        assertThat(folder.resolve("data")).as("a check keeps nothing").doesNotExist();

        status = 500;
        Ended failed = check("--data", data, main);
        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.out()).contains("[include-unreachable]").contains("500");

        copies().keep(address("/limits"), document.getBytes(StandardCharsets.UTF_8));
        assertThat(check("--data", data, main)).satisfies(ended -> {
            assertThat(ended.status()).isZero();
            assertThat(ended.out()).contains("[include-stale]").doesNotContain("named-file-missing");
        });
        assertThat(check("--offline", "--data", data, main).status()).isZero();
    }
}
