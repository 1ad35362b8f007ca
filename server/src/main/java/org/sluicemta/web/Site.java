package org.sluicemta.web;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.control.CommandReply;
import org.sluicemta.control.Control;
import org.sluicemta.mail.IpText;

/// What there is to see and do on the management port: a request in, a response out. Blocks while a loop is asked; for
/// virtual threads, any number at one time.
final class Site {
    private static final Logger LOG = LoggerFactory.getLogger(Site.class);
    private static final String PULL_PATH = "/config/pull";
    /// Of a text in the log.
    private static final int MOST_LOGGED = 200;

    private final Gate gate;
    private final Control control;
    private final Asking asking;
    private final Lists lists;
    private final Providers providers;
    private final Metrics metrics;
    private final EventStreams streams;
    private final WebFiles files;
    private final PullCalls pullCalls;
    private final LongSupplier nowMillis;
    private final Runnable letIn;
    private final String version;
    private final StaticFiles console = new StaticFiles();
    private volatile WebSettings settings;

    /// What the site is made of.
    ///
    /// @param letIn is told, in the thread of a request, that who asks needs no log-in any more
    record Parts(
            Gate gate,
            Control control,
            Asking asking,
            Lists lists,
            Providers providers,
            Metrics metrics,
            EventStreams streams,
            WebFiles files,
            PullCalls pullCalls,
            LongSupplier nowMillis,
            Runnable letIn,
            String version) {}

    Site(Parts parts, WebSettings settings) {
        this.gate = parts.gate;
        this.control = parts.control;
        this.asking = parts.asking;
        this.lists = parts.lists;
        this.providers = parts.providers;
        this.metrics = parts.metrics;
        this.streams = parts.streams;
        this.files = parts.files;
        this.pullCalls = parts.pullCalls;
        this.nowMillis = parts.nowMillis;
        this.letIn = parts.letIn;
        this.version = parts.version;
        this.settings = settings;
    }

    WebSettings settings() {
        return settings;
    }

    /// Another configuration; the next request sees it. Whoever logged in with an old password is out.
    void adopt(WebSettings next) {
        WebSettings before = settings;
        settings = next;
        if (!before.secrets().password().equals(next.secrets().password())) {
            gate.sessions.endAll();
        }
    }

    /// Never throws.
    Response answer(Request request) {
        WebSettings now = settings;
        Response response;
        try {
            response = answer(request, now);
        } catch (Asking.Late late) {
            response = failed(request, 503, String.valueOf(late.getMessage())).with("Retry-After", "5");
        } catch (RuntimeException broken) {
            LOG.error("management port: {} {} failed", request.method(), shown(request.path()), broken);
            response = failed(request, 500, "this went wrong in the server; its log says more");
        }
        if (now.isLogged()) {
            LOG.info(
                    "http {} {} {} {}",
                    IpText.of(request.client()),
                    shown(request.method()),
                    shown(request.path()),
                    response.status());
        }
        return response;
    }

    private static String shown(String text) {
        String plain = org.sluicemta.mail.Steering.replaced(text, '?');
        return plain.length() <= MOST_LOGGED ? plain : plain.substring(0, MOST_LOGGED) + "...";
    }

    private static Response.Whole failed(Request request, int status, String text) {
        Request.Format format =
                request.format() == Request.Format.HTML && wantsJson(request) ? Request.Format.JSON : request.format();
        return Response.failed(status, format, text);
    }

    /// Scripts of our pages say so, and browsers that go somewhere do not. Who sends JSON reads it.
    private static boolean wantsJson(Request request) {
        return request.header("accept").contains("application/json")
                || request.header("content-type").startsWith("application/json");
    }

    private Response answer(Request request, WebSettings now) {
        if (!request.isGet() && !request.isPost()) {
            return failed(request, 405, "there are GET and POST here").with("Allow", "GET, HEAD, POST");
        }
        if (request.path().equals(PULL_PATH)) {
            return pullCalls.answer(request, now, nowMillis.getAsLong());
        }
        if (!request.isSecure() && now.redirectsToTls()) {
            return toTls(request, now);
        }
        return switch (gate.find(request, now, nowMillis.getAsLong())) {
            case Gate.Finding.Refused(int status, String text, long retrySeconds) -> {
                Response.Whole refusal = failed(request, status, text);
                yield retrySeconds == 0 ? refusal : refusal.with("Retry-After", Long.toString(retrySeconds));
            }
            case Gate.Finding.Known(Gate.Caller caller) -> answer(request, caller, now);
        };
    }

    /// A form was sent in the open already when we see it: it is not taken.
    private static Response toTls(Request request, WebSettings now) {
        String host = request.header("host");
        if (!request.isGet() || !Gate.isOurName(host, now)) {
            return failed(request, 403, "use HTTPS; http-redirect-to-https no allows plain HTTP");
        }
        String query = request.rawQuery().isEmpty() ? "" : "?" + request.rawQuery();
        return Response.to(307, "https://" + host + encoded(request.path()) + query);
    }

    private static String encoded(String path) {
        try {
            return new java.net.URI(null, null, path.startsWith("/") ? path : "/" + path, null).toASCIIString();
        } catch (java.net.URISyntaxException odd) {
            return "/";
        }
    }

    private Response answer(Request request, Gate.Caller caller, WebSettings now) {
        if (caller.isLoggedIn()) {
            letIn.run();
        }
        String path = request.path();
        if (path.equals("/login")) {
            return login(request, caller, now);
        }
        if (request.isGet()) {
            // They are the same for everybody, and the page of the console asks for the log-in itself.
            Optional<Response.Whole> file = console.answer(request, path);
            if (file.isPresent()) {
                return file.get();
            }
        }
        if (!caller.isLoggedIn()) {
            return loginNeeded(request);
        }
        return switch (path) {
            case "/" -> Response.to(302, "/status");
            case "/session" -> session(request, caller, 200);
            case "/logout" -> changing(request, caller, now, AccessLevel.MONITOR, () -> logout(request, caller));
            case "/command" -> command(request, caller, now);
            case "/events" -> events(request, caller);
            case "/metrics" -> metrics.answer(streams.listeners(), nowMillis.getAsLong());
            case "/providers" -> providers.answer(request, nowMillis.getAsLong());
            case "/logs" -> caller.access().deniesLogs() ? noLogs(request) : lists.logs(request, files.list());
            case "/getFile" -> caller.access().deniesLogs() ? noLogs(request) : file(request);
            default -> {
                Optional<Response> list = lists.answer(request, now);
                yield list.orElseGet(() -> failed(request, 404, "there is no such page"));
            }
        };
    }

    // --- log-in

    private static Response loginNeeded(Request request) {
        boolean isForPeople = request.isGet() && request.format() == Request.Format.HTML && !wantsJson(request);
        boolean isForScripts =
                List.of("/session", "/events", "/providers", "/metrics").contains(request.path());
        if (isForPeople && !isForScripts) {
            return Response.to(303, "/login");
        }
        if (request.format() == Request.Format.XML) {
            return Response.failed(401, Request.Format.XML, "log in first, or send a key in X-API-Key");
        }
        return Response.json(401, Json.object(out -> {
            out.writeBooleanField("needsLogin", true);
            out.writeStringField("status", "error");
            out.writeStringField("message", "log in first, or send a key in X-API-Key");
        }));
    }

    private Response login(Request request, Gate.Caller caller, WebSettings now) {
        if (request.isGet()) {
            return caller.isLoggedIn()
                    ? Response.to(303, "/")
                    : Response.of(200, Request.Format.HTML.type(), Page.login(""));
        }
        Optional<String> foreign = Gate.foreign(request);
        if (foreign.isPresent()) {
            return failed(request, 403, foreign.get());
        }
        if (!now.needsLogin()) {
            return session(request, caller, 200);
        }
        long nowMillis = this.nowMillis.getAsLong();
        InetAddress client = request.client();
        BooleanSupplier isRight = () ->
                Proof.areEqual(request.parameter("password"), now.secrets().password());
        return switch (gate.wrong.look(client, nowMillis, isRight)) {
            case RIGHT -> loggedIn(request, caller, nowMillis);
            case WRONG -> {
                LOG.warn("management port: wrong password from {}", IpText.of(client));
                yield loginFailed(request, 401, "This password is wrong.");
            }
            case NOT_LOOKED_AT -> {
                Gate.Finding.Refused refusal = Gate.tooMany(gate.wrong.waitMillis(client, nowMillis));
                yield loginFailed(request, refusal.status(), refusal.text())
                        .with("Retry-After", Long.toString(refusal.retrySeconds()));
            }
        };
    }

    private Response.Whole loggedIn(Request request, Gate.Caller caller, long nowMillis) {
        if (!caller.cookie().isEmpty()) {
            gate.sessions.end(caller.cookie());
        }
        // Never the cookie that came: somebody else may know it.
        String cookie = gate.freshCookie();
        gate.sessions.begin(cookie, nowMillis);
        letIn.run();
        LOG.info("management port: log-in from {}", IpText.of(request.client()));
        var loggedIn = new Gate.Caller(caller.access(), false, cookie, true);
        Response.Whole answer = wantsJson(request) ? Response.json(200, sessionOf(loggedIn)) : Response.to(303, "/");
        return answer.with("Set-Cookie", Gate.setCookie(request, cookie));
    }

    private static Response.Whole loginFailed(Request request, int status, String text) {
        return wantsJson(request)
                ? Response.json(status, Json.object(out -> {
                    out.writeBooleanField("needsLogin", true);
                    out.writeStringField("status", "error");
                    out.writeStringField("message", text);
                }))
                : Response.of(status, Request.Format.HTML.type(), Page.login(text));
    }

    private Response.Whole logout(Request request, Gate.Caller caller) {
        gate.sessions.end(caller.cookie());
        Response.Whole answer = wantsJson(request)
                ? Response.json(200, "{\"status\":\"success\",\"message\":\"\"}\n")
                : Response.to(303, "/login");
        return answer.with("Set-Cookie", Gate.clearCookie(request));
    }

    private Response.Whole session(Request request, Gate.Caller caller, int status) {
        return withCookie(request, caller, known -> Response.json(status, sessionOf(known)));
    }

    private String sessionOf(Gate.Caller caller) {
        WebSettings now = settings;
        return Json.object(out -> {
            out.writeStringField("role", caller.access().level().word());
            out.writeStringField("csrf", gate.token(caller.cookie()));
            out.writeBooleanField("needsLogin", false);
            out.writeBooleanField("hasLogout", now.needsLogin());
            out.writeStringField("host", now.hostName());
            out.writeStringField("version", version);
        });
    }

    /// Gives a browser a cookie that has none; its token hangs on it.
    private Response.Whole withCookie(
            Request request, Gate.Caller caller, java.util.function.Function<Gate.Caller, Response.Whole> page) {
        if (!caller.cookie().isEmpty() || caller.isProgram()) {
            return page.apply(caller);
        }
        String cookie = gate.freshCookie();
        return page.apply(new Gate.Caller(caller.access(), false, cookie, caller.isLoggedIn()))
                .with("Set-Cookie", Gate.setCookie(request, cookie));
    }

    // --- changes

    private Response changing(
            Request request, Gate.Caller caller, WebSettings now, AccessLevel level, Supplier<Response> change) {
        if (!request.isPost() && (now.checksForgery() || caller.isProgram())) {
            return failed(request, 405, "a change needs POST").with("Allow", "POST");
        }
        Optional<String> forgery = gate.forgery(request, caller, now);
        if (forgery.isPresent()) {
            return failed(request, 403, forgery.get());
        }
        return caller.may(level)
                ? change.get()
                : failed(
                        request,
                        403,
                        "this needs " + level.word() + " access; yours is "
                                + caller.access().level().word());
    }

    private Response command(Request request, Gate.Caller caller, WebSettings now) {
        if (request.isGet() && request.parameter("command").isEmpty()) {
            return withCookie(
                    request,
                    caller,
                    known -> Response.of(
                            200,
                            Request.Format.HTML.type(),
                            Page.of("Command", List.of(), Page.commandForm(gate.token(known.cookie())))));
        }
        boolean isJson = request.header("content-type").startsWith("application/json");
        Optional<List<String>> asked =
                isJson ? Json.command(request.body()) : CommandLine.words(request.parameter("command"));
        if (asked.isEmpty()) {
            return failed(
                    request,
                    400,
                    "no command; send the form field command=WORDS, or JSON {\"command\":[\"show\",\"status\"]} with its type, of "
                            + Json.MOST_WORDS + " words at most");
        }
        List<String> words = asked.get().stream()
                .filter(each -> !List.of("--xml", "--json", "--dom").contains(each))
                .toList();
        String name = control.named(words).orElse("");
        AccessLevel needed = CommandLevels.needed(name, words);
        List<String> bounded = CommandLevels.bounded(name, words);
        return changing(request, caller, now, needed, () -> run(request, caller, bounded, isJson, needed));
    }

    private Response run(Request request, Gate.Caller caller, List<String> words, boolean isJson, AccessLevel needed) {
        Request.Format format = request.format() == Request.Format.HTML && (isJson || wantsJson(request))
                ? Request.Format.JSON
                : request.format();
        if (needed != AccessLevel.MONITOR) {
            LOG.info(
                    "management port: {} by {} {}",
                    shown(String.join(" ", words)),
                    caller.isProgram()
                            ? "a program with a key,"
                            : caller.access().level().word() + " access,",
                    IpText.of(request.client()));
        }
        CommandReply reply = asking.command(format, words);
        int status = Lists.statusOf(reply);
        if (format != Request.Format.HTML) {
            return Response.of(status, format.type(), reply.out());
        }
        return withCookie(
                request,
                caller,
                known -> Response.of(
                        status,
                        format.type(),
                        Page.of(
                                "Command",
                                List.of(reply.out() + reply.err()),
                                Page.commandForm(gate.token(known.cookie())))));
    }

    // --- what is no list

    private Response events(Request request, Gate.Caller caller) {
        return streams.listen(request.client(), () -> gate.mayStay(request, caller, settings, nowMillis.getAsLong()))
                .<Response>map(listener -> new Response.Live(
                        List.of(new Response.Header("Content-Type", "text/event-stream; charset=utf-8")), listener))
                .orElseGet(() -> failed(request, 503, "too many pages listen already; close some")
                        .with("Retry-After", "30"));
    }

    private static Response noLogs(Request request) {
        return failed(request, 403, "your access leaves the files out (deny-logs)");
    }

    private Response file(Request request) {
        String name = request.parameter("file", "name");
        return files.open(name)
                .<Response>map(body -> new Response.FileBody(
                        List.of(
                                new Response.Header("Content-Type", "text/plain; charset=utf-8"),
                                new Response.Header(
                                        "Content-Disposition",
                                        "attachment; filename=\"" + name.replaceAll("[^A-Za-z0-9._-]", "_") + "\"")),
                        body))
                .orElseGet(() -> failed(request, 404, "there is no such file; /logs lists them"));
    }

    void stop() {
        streams.stop();
    }
}
