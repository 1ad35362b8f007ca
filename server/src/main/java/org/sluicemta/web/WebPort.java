package org.sluicemta.web;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.sluicemta.control.Control;
import org.sluicemta.control.Operations;
import org.sluicemta.mail.IpText;
import org.sluicemta.world.Loop;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.World;

/// The open management port: takes requests from the network, has [Site] answer them, and sends what it says.
///
/// Threads: safe from any thread; a virtual thread for each connection.
public final class WebPort {
    private static final int MOST_CONNECTIONS = 256;
    /// Of one address that has some access: a browser takes a few, its stream of events one for each page.
    private static final int MOST_OF_A_CLIENT = 64;
    /// Of one address that has none: it is told so, and that needs no crowd.
    private static final int MOST_OF_A_STRANGER = 4;

    /// Of a body that is too large: read to its end, so that its sender hears the answer.
    private static final long MOST_HEARD_OUT = 1 << 20;

    private static final int BACKLOG = 64;
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(15);
    private static final Duration LONGEST_IDLE = Duration.ofSeconds(60);
    private static final int PIECE = 16 * 1024;

    /// Kept, as the JDK forgets the level of a logger that nobody holds.
    private static final Logger LIBRARY_LOG = Logger.getLogger("io.helidon");

    private final WebServer server;
    private final Site site;
    private final Gate gate;
    private final TlsIdentity otherwise;
    private final Visits visits;
    private volatile TlsContexts tls;

    /// What the port needs of the server.
    ///
    /// @param home the loop that asks
    /// @param lane for the stream of events alone
    /// @param selfSigned the certificate where none is configured
    /// @param version of the product
    public record Around(
            World world,
            Loop home,
            Loop lane,
            Control control,
            Operations operations,
            MeasuredServer measured,
            WebFiles files,
            PullRequests pulls,
            TlsIdentity selfSigned,
            ZoneId zone,
            String version) {}

    /// Opens the port. Blocks for some tenths of a second: a library is loaded.
    ///
    /// @throws WebException when it cannot be opened; the text says why and how to mend it
    public static WebPort open(WebSettings settings, Around around) {
        return new WebPort(settings, around);
    }

    private WebPort(WebSettings settings, Around around) {
        LIBRARY_LOG.setLevel(Level.SEVERE);
        this.otherwise = around.selfSigned;
        this.tls = TlsContexts.of(settings.tls(), otherwise);
        this.gate = new Gate(around.world.entropy());
        var clock = new LoopClock(around.lane);
        this.visits = new Visits(clock::millis, this::mostConnections);
        clock.also(visits::look);
        var asking = new Asking(around.control);
        Supplier<List<String>> localAddresses =
                () -> around.world.localAddresses().stream().map(IpText::of).toList();
        this.site = new Site(
                new Site.Parts(
                        gate,
                        around.control,
                        asking,
                        new Lists(asking, around.zone, localAddresses),
                        new Providers(asking, around.home, around.operations, around.zone),
                        new Metrics(asking, around.measured, around.version),
                        new EventStreams(around.lane, around.control),
                        around.files,
                        new PullCalls(around.pulls),
                        clock::millis,
                        Connections::letIn,
                        around.version),
                settings);
        this.server = listening(settings, around);
    }

    private WebServer listening(WebSettings settings, Around around) {
        var address = new InetSocketAddress(
                settings.address().orElseGet(() -> new InetSocketAddress(0).getAddress()), settings.port());
        try {
            return WebServer.builder()
                    .bindAddress(address)
                    .backlog(BACKLOG)
                    .shutdownHook(false)
                    // Only so the time-out of a reading holds.
                    .useNio(false)
                    .featuresDiscoverServices(false)
                    .protocolsDiscoverServices(false)
                    .addConnectionSelector(new Connections(() -> tls, visits))
                    .maxTcpConnections(MOST_CONNECTIONS)
                    .maxPayloadSize(MOST_HEARD_OUT)
                    .idleConnectionTimeout(LONGEST_IDLE)
                    .idleConnectionPeriod(Duration.ofSeconds(10))
                    .shutdownGracePeriod(Duration.ZERO)
                    .connectionOptions(options -> options.readTimeout(LONGEST_SILENCE))
                    .directHandlers(direct())
                    .routing(HttpRouting.builder().any(this::serve))
                    .build()
                    .start();
        } catch (RuntimeException taken) {
            throw new WebException(
                    "the management port " + IpText.of(address.getAddress()) + ":" + address.getPort()
                            + " cannot be opened (" + innermost(taken)
                            + "); end what uses it, or write http-mgmt-port N",
                    taken);
        }
    }

    private static String innermost(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    /// Where it listens; the port that was taken if the settings said 0.
    public int port() {
        return server.port();
    }

    /// Another configuration; holds from the next request on. The port itself stays.
    ///
    /// @throws WebException when its certificate cannot be used; then nothing changes
    public void adopt(WebSettings next) {
        tls = TlsContexts.of(next.tls(), otherwise);
        site.adopt(next);
    }

    /// Ends everything that is open. Blocks for a moment.
    public void stop() {
        site.stop();
        server.stop();
    }

    private int mostConnections(InetAddress client) {
        boolean isKnown = AccessRule.of(site.settings().access(), client)
                        .orElse(Access.NONE)
                        .level()
                != AccessLevel.NONE;
        boolean mayCome = isKnown || !site.settings().secrets().apiKeys().isEmpty();
        return mayCome ? MOST_OF_A_CLIENT : MOST_OF_A_STRANGER;
    }

    // --- requests

    private void serve(ServerRequest from, ServerResponse to) throws Exception {
        boolean isSecure = from.isSecure();
        String method = from.prologue().method().text();
        byte[] body = new byte[0];
        if (isLast(from)) {
            Connections.endAfterThis();
        }
        if (method.equals("POST")) {
            try (InputStream in = from.content().inputStream()) {
                body = in.readNBytes(Request.MOST_BODY + 1);
                if (body.length > Request.MOST_BODY) {
                    // A client that is still sending when we hang up may never see why.
                    in.transferTo(OutputStream.nullOutputStream());
                }
            }
            if (body.length > Request.MOST_BODY) {
                to.header(HeaderNames.CONNECTION, "close");
                Connections.endAfterThis();
                send(
                        Response.failed(413, Request.Format.JSON, "more than " + Request.MOST_BODY + " bytes"),
                        isSecure,
                        to);
                return;
            }
        }
        Connections.understood();
        Response response = site.answer(request(from, method, isSecure, body));
        send(method.equals("HEAD") ? headOf(response) : response, isSecure, to);
    }

    /// What would go on for long is not begun where nobody wants it.
    private static Response headOf(Response response) throws IOException {
        return switch (response) {
            case Response.Whole whole -> whole;
            case Response.FileBody file -> {
                file.body().close();
                yield new Response.Whole(file.status(), file.headers(), new byte[0]);
            }
            case Response.Live live -> {
                live.listener().close();
                yield new Response.Whole(live.status(), live.headers(), new byte[0]);
            }
        };
    }

    private static boolean isLast(ServerRequest from) {
        String connection = from.headers().contains(HeaderNames.CONNECTION)
                ? from.headers().get(HeaderNames.CONNECTION).get().toLowerCase(Locale.ROOT)
                : "";
        return connection.contains("close")
                || from.prologue().protocolVersion().equals("1.0") && !connection.contains("keep-alive");
    }

    private static Request request(ServerRequest from, String method, boolean isSecure, byte[] body) {
        Map<String, String> headers = new HashMap<>();
        from.headers().forEach(each -> headers.putIfAbsent(each.name().toLowerCase(Locale.ROOT), each.get()));
        String query = from.prologue().query().rawValue();
        Map<String, String> parameters = new HashMap<>();
        if (headers.getOrDefault("content-type", "").startsWith("application/x-www-form-urlencoded")) {
            Parameters.read(new String(body, StandardCharsets.UTF_8), parameters);
        }
        Parameters.read(query, parameters);
        return new Request(
                method,
                from.prologue().uriPath().path(),
                query,
                Map.copyOf(parameters),
                Map.copyOf(headers),
                Connections.addressOf(from.remotePeer()),
                isSecure,
                body);
    }

    private void send(Response response, boolean isSecure, ServerResponse to) throws IOException {
        to.status(Status.create(response.status()));
        Protection.headers(site.settings(), isSecure).forEach(each -> to.header(each.name(), each.value()));
        response.headers().forEach(each -> to.header(each.name(), each.value()));
        if (response.headers().stream().noneMatch(each -> each.name().equals("Cache-Control"))) {
            to.header("Cache-Control", "no-store");
        }
        switch (response) {
            case Response.Whole whole -> to.send(whole.body());
            case Response.FileBody file -> {
                try (InputStream in = file.body();
                        OutputStream out = to.outputStream()) {
                    in.transferTo(out);
                }
            }
            case Response.Live live -> {
                to.header("X-Accel-Buffering", "no");
                try (EventStreams.Listener listener = live.listener()) {
                    stream(listener, to);
                }
            }
        }
    }

    private static void stream(EventStreams.Listener listener, ServerResponse to) throws IOException {
        try (OutputStream out = to.outputStream()) {
            String text = ": here\n\n";
            while (text != null) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
                out.flush();
                text = listener.next();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /// What is no request of HTTP is answered without a look at what it says.
    private DirectHandlers direct() {
        DirectHandler handler = (_, type, status, _, _) -> {
            var builder = DirectHandler.TransportResponse.builder()
                    .status(status)
                    .keepAlive(false)
                    .header(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                    .entity(
                            switch (type) {
                                case PAYLOAD_TOO_LARGE -> "The request is too large.\n";
                                case INTERNAL_ERROR -> "This went wrong in the server.\n";
                                case BAD_REQUEST, FORBIDDEN, OTHER, HTTP_VERSION_NOT_SUPPORTED ->
                                    "This is no request that is served here.\n";
                            });
            Protection.headers(site.settings(), false)
                    .forEach(each -> builder.header(HeaderNames.create(each.name()), each.value()));
            return builder.build();
        };
        var all = DirectHandlers.builder();
        for (DirectHandler.EventType each : DirectHandler.EventType.values()) {
            all.addHandler(each, handler);
        }
        return all.build();
    }
}
