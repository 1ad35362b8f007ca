package org.sluicemta.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.IoFailure.Kind;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Web;
import org.sluicemta.world.WebAnswer;
import org.sluicemta.world.WebPlan;

/// The JDK's HTTP client, made when it is first needed, on a few threads of its own. Redirects are
/// followed here, not by the client, so that a password stays with its host. No text of a failure holds
/// an address: it may be a secret.
final class RealWeb implements Web {
    private static final int THREADS = 2;
    private static final int MOST_WAITING = 64;
    /// Of a body that nobody reads: enough to keep a connection, then it is cut.
    private static final int IGNORED_BYTES = 64 * 1024;

    private final Clocks clocks;
    private final ThreadPoolExecutor threads;
    /// Moves the client's bytes; ends when idle. Two fetches at a time need a few.
    private final ThreadPoolExecutor clientThreads;
    private final ScheduledThreadPoolExecutor clock;
    private @Nullable HttpClient client;

    RealWeb(Clocks clocks) {
        this.clocks = clocks;
        threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MOST_WAITING),
                daemons("sluice-web-"));
        threads.allowCoreThreadTimeOut(true);
        clientThreads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons("sluice-web-client-"));
        clock = new ScheduledThreadPoolExecutor(1, daemons("sluice-web-clock-"));
        clock.setRemoveOnCancelPolicy(true);
    }

    private static ThreadFactory daemons(String prefix) {
        var number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public void get(Loop home, WebPlan plan, Answer<WebAnswer> answer) {
        TurnLoop loop = RealWorld.own(home);
        long deadline = clocks.nanos() + plan.timeoutNanos();
        try {
            threads.execute(() -> fetchAndAnswer(loop, plan, deadline, answer));
        } catch (RejectedExecutionException full) {
            loop.fail(answer, new IoFailure(Kind.EXHAUSTED, "too many documents are being fetched"));
        }
    }

    private void fetchAndAnswer(TurnLoop loop, WebPlan plan, long deadline, Answer<WebAnswer> answer) {
        try {
            loop.answer(answer, fetch(plan, deadline));
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            loop.fail(answer, new IoFailure(Kind.ERROR, "the server is ending"));
        } catch (Throwable failed) {
            // Errors too: the owner waits for an answer.
            loop.fail(answer, failure(plan.address().getHost(), failed));
        }
    }

    private synchronized HttpClient client() {
        HttpClient made = client;
        if (made == null) {
            made = HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .version(HttpClient.Version.HTTP_1_1)
                    .executor(clientThreads)
                    .build();
            client = made;
        }
        return made;
    }

    private WebAnswer fetch(WebPlan plan, long deadline) throws InterruptedException, IOException, TimeoutException {
        URI at = withoutUser(plan.address());
        String secret = plan.address().getRawUserInfo();
        for (int redirects = 0; ; redirects++) {
            boolean isOwnHost = sameHost(at, plan.address());
            HttpResponse<Body> response = send(plan, at, isOwnHost ? secret : null, deadline);
            switch (response.statusCode()) {
                case 200 -> {
                    return response.body().isWhole()
                            ? new WebAnswer.Document(
                                    response.body().bytes(),
                                    response.headers().firstValue("ETag").orElse(""))
                            : new WebAnswer.TooLarge();
                }
                case 304 -> {
                    return plan.etag().isEmpty() ? new WebAnswer.Refused(304) : new WebAnswer.Unchanged();
                }
                case 301, 302, 303, 307, 308 -> {
                    if (redirects == plan.mostRedirects()) {
                        return new WebAnswer.Strayed("more than " + plan.mostRedirects() + " redirects");
                    }
                    URI next;
                    try {
                        next = at.resolve(
                                response.headers().firstValue("Location").orElse(""));
                    } catch (IllegalArgumentException broken) {
                        return new WebAnswer.Strayed("a redirect to what is no address");
                    }
                    String scheme = next.getScheme();
                    if (next.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
                        return new WebAnswer.Strayed("a redirect to what is no web address");
                    }
                    if ("https".equals(at.getScheme()) && "http".equals(scheme)) {
                        return new WebAnswer.Strayed("a redirect from https to http");
                    }
                    at = withoutUser(next);
                }
                default -> {
                    return new WebAnswer.Refused(response.statusCode());
                }
            }
        }
    }

    private HttpResponse<Body> send(WebPlan plan, URI to, @Nullable String secret, long deadline)
            throws InterruptedException, IOException, TimeoutException {
        long left = deadline - clocks.nanos();
        if (left <= 0) {
            throw new TimeoutException();
        }
        HttpRequest.Builder request =
                HttpRequest.newBuilder(to).GET().timeout(Duration.ofNanos(left)).header("User-Agent", "Sluice");
        if (!plan.etag().isEmpty()) {
            request.header("If-None-Match", plan.etag());
        }
        if (secret != null) {
            byte[] plain = URLDecoder.decode(secret.replace("+", "%2B"), StandardCharsets.UTF_8)
                    .getBytes(StandardCharsets.UTF_8);
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(plain));
        }
        // The client's own time-out ends with the headers; the watch covers the body. Not sendAsync: it
        // completes in the JDK's common pool, which anybody may fill.
        var watch = new Watch(Thread.currentThread());
        Future<?> ringing = clock.schedule(watch::ring, left, TimeUnit.NANOSECONDS);
        try {
            return client().send(
                            request.build(),
                            info -> new Gathering(info.statusCode() == 200 ? plan.mostBytes() : IGNORED_BYTES));
        } catch (IOException | InterruptedException failed) {
            if (watch.hasRung()) {
                throw new TimeoutException();
            }
            throw failed;
        } finally {
            watch.end();
            ringing.cancel(false);
        }
    }

    /// Interrupts a thread that waits too long, and never one that has stopped waiting.
    private static final class Watch {
        private final Thread waiting;
        private boolean isOver;
        private boolean hasRung;

        Watch(Thread waiting) {
            this.waiting = waiting;
        }

        synchronized void ring() {
            if (!isOver) {
                hasRung = true;
                waiting.interrupt();
            }
        }

        synchronized boolean hasRung() {
            return hasRung;
        }

        /// By the thread itself.
        synchronized void end() {
            isOver = true;
            if (hasRung) {
                Thread.interrupted();
            }
        }
    }

    private static boolean sameHost(URI a, URI b) {
        return a.getScheme().equals(b.getScheme())
                && a.getHost().equalsIgnoreCase(b.getHost())
                && a.getPort() == b.getPort();
    }

    private static URI withoutUser(URI address) {
        if (address.getRawUserInfo() == null && address.getRawFragment() == null) {
            return address;
        }
        String path = address.getRawPath() == null ? "" : address.getRawPath();
        return URI.create(address.getScheme() + "://" + address.getHost()
                + (address.getPort() < 0 ? "" : ":" + address.getPort()) + path
                + (address.getRawQuery() == null ? "" : "?" + address.getRawQuery()));
    }

    private static IoFailure failure(String host, Throwable cause) {
        if (cause instanceof TimeoutException || cause instanceof HttpTimeoutException) {
            return new IoFailure(Kind.TIMED_OUT, host + " did not answer in time");
        }
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (each instanceof UnresolvedAddressException || each instanceof UnknownHostException) {
                return new IoFailure(Kind.NOT_FOUND, "there is no host " + host + ", or its name server is away");
            }
            if (each instanceof SSLException) {
                return new IoFailure(
                        Kind.TLS, host + ": " + Failures.ofTls(each).text());
            }
        }
        if (cause instanceof ConnectException) {
            return cause.getMessage() == null
                    ? new IoFailure(Kind.REFUSED, "cannot connect to " + host)
                    : Failures.ofConnect(host, cause);
        }
        return new IoFailure(
                cause instanceof IOException ? Kind.CLOSED_THERE : Kind.ERROR, host + ": " + Failures.reason(cause));
    }

    void end() {
        threads.shutdownNow();
        clock.shutdownNow();
        synchronized (this) {
            if (client != null) {
                client.shutdownNow();
            }
        }
        clientThreads.shutdown();
    }

    private record Body(byte[] bytes, boolean isWhole) {}

    /// Gathers a body up to a bound, and cuts the connection beyond it.
    private static final class Gathering implements HttpResponse.BodySubscriber<Body> {
        private final int most;
        private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();
        private final CompletableFuture<Body> body = new CompletableFuture<>();
        private Flow.@Nullable Subscription subscription;

        Gathering(int most) {
            this.most = most;
        }

        @Override
        public CompletionStage<Body> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> pieces) {
            for (ByteBuffer piece : pieces) {
                if (body.isDone()) {
                    return;
                }
                int length = piece.remaining();
                if (gathered.size() + (long) length > most) {
                    if (subscription != null) {
                        subscription.cancel();
                    }
                    body.complete(new Body(new byte[0], false));
                    return;
                }
                byte[] copy = new byte[length];
                piece.get(copy);
                gathered.write(copy, 0, length);
            }
        }

        @Override
        public void onError(Throwable broken) {
            body.completeExceptionally(broken);
        }

        @Override
        public void onComplete() {
            body.complete(new Body(gathered.toByteArray(), true));
        }
    }
}
