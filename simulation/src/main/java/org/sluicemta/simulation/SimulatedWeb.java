package org.sluicemta.simulation;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Web;
import org.sluicemta.world.WebAnswer;
import org.sluicemta.world.WebPlan;

/// The web as the universe's test wrote it, page by page. Answers take as long as the seed says.
final class SimulatedWeb implements Web {
    private static final long LEAST_NANOS = 200_000;
    private static final long MOST_NANOS = 300_000_000;

    private final SimulatedWorld world;
    private final Seed seed;

    SimulatedWeb(SimulatedWorld world, Seed seed) {
        this.world = world;
        this.seed = seed;
    }

    @Override
    public void get(Loop home, WebPlan plan, Answer<WebAnswer> answer) {
        SimulatedLoop loop = SimulatedLoop.of(home, world);
        long wait = seed.between(LEAST_NANOS, MOST_NANOS);
        if (wait >= plan.timeoutNanos()) {
            timeOut(loop, plan, answer);
            return;
        }
        world.universe().schedule(wait, world, null, TraceKind.WEB, () -> {
            switch (result(plan, plan.address(), plan.address().getUserInfo(), 0)) {
                case Result.Answered(WebAnswer value) -> loop.soon(TraceKind.ANSWER, () -> answer.ready(value));
                case Result.Failed(IoFailure why) -> loop.soon(TraceKind.ANSWER, () -> answer.failed(why));
                case Result.Silent() -> timeOut(loop, plan, answer);
            }
        });
    }

    private void timeOut(SimulatedLoop loop, WebPlan plan, Answer<WebAnswer> answer) {
        world.universe().schedule(plan.timeoutNanos(), world, null, TraceKind.WEB, () -> {
            IoFailure why =
                    new IoFailure(IoFailure.Kind.TIMED_OUT, plan.address().getHost() + " did not answer in time");
            loop.soon(TraceKind.ANSWER, () -> answer.failed(why));
        });
    }

    private sealed interface Result {
        record Answered(WebAnswer value) implements Result {}

        record Failed(IoFailure why) implements Result {}

        record Silent() implements Result {}
    }

    private Result result(WebPlan plan, URI at, @Nullable String user, int redirects) {
        SimulatedPage page = world.universe().page(withoutUser(at));
        if (page == null) {
            return failed(IoFailure.Kind.NOT_FOUND, "there is no host " + at.getHost());
        }
        if (page instanceof SimulatedPage.Locked(String wanted, SimulatedPage inside)) {
            if (!wanted.equals(user)) {
                return new Result.Answered(new WebAnswer.Refused(401));
            }
            page = inside;
        }
        return switch (page) {
            case SimulatedPage.Holds(byte[] bytes, String etag) -> {
                if (!etag.isEmpty() && etag.equals(plan.etag())) {
                    yield new Result.Answered(new WebAnswer.Unchanged());
                }
                yield new Result.Answered(
                        bytes.length > plan.mostBytes()
                                ? new WebAnswer.TooLarge()
                                : new WebAnswer.Document(bytes.clone(), etag));
            }
            case SimulatedPage.Redirects(URI to) -> redirect(plan, at, at.resolve(to), user, redirects);
            case SimulatedPage.Says(int status) -> new Result.Answered(new WebAnswer.Refused(status));
            case SimulatedPage.Hangs() -> new Result.Silent();
            case SimulatedPage.RefusesConnection() ->
                failed(IoFailure.Kind.REFUSED, "cannot connect to " + at.getHost());
            case SimulatedPage.Breaks() ->
                failed(IoFailure.Kind.CLOSED_THERE, at.getHost() + ": the connection was reset");
            case SimulatedPage.Locked twice -> throw new SimulationException("a lock within a lock: " + twice);
        };
    }

    private Result redirect(WebPlan plan, URI from, URI to, @Nullable String user, int redirects) {
        if (redirects == plan.mostRedirects()) {
            return new Result.Answered(new WebAnswer.Strayed("more than " + plan.mostRedirects() + " redirects"));
        }
        if (from.getScheme().equals("https") && to.getScheme().equals("http")) {
            return new Result.Answered(new WebAnswer.Strayed("a redirect from https to http"));
        }
        boolean isSameHost = from.getScheme().equals(to.getScheme())
                && from.getHost().equals(to.getHost())
                && from.getPort() == to.getPort();
        return result(plan, to, isSameHost ? user : null, redirects + 1);
    }

    private static Result failed(IoFailure.Kind kind, String text) {
        return new Result.Failed(new IoFailure(kind, text));
    }

    static String withoutUser(URI address) {
        return address.getScheme() + "://" + address.getHost() + (address.getPort() < 0 ? "" : ":" + address.getPort())
                + (address.getRawPath() == null ? "" : address.getRawPath());
    }
}
