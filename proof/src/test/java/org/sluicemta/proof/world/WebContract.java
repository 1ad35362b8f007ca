package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.WebAnswer;
import org.sluicemta.world.WebPlan;

/// Documents by HTTP: bounded in size, time and redirects.
abstract class WebContract extends WorldContract {
    private static final byte[] CONFIG = "host-name mx.example\n".getBytes(StandardCharsets.UTF_8);
    private static final long LONG = Duration.ofSeconds(9).toNanos();

    private static WebPlan plan(URI address) {
        return new WebPlan(address, "", 1_000_000, 3, LONG);
    }

    private WebAnswer get(WebPlan plan) {
        return this.<WebAnswer>ready(loop(), a -> world().web().get(loop(), plan, a));
    }

    private IoFailure failure(WebPlan plan) {
        return this.<WebAnswer>refused(loop(), a -> world().web().get(loop(), plan, a));
    }

    private static URI with(URI address, String userInfo) {
        return URI.create(address.toString().replace("http://", "http://" + userInfo + "@"));
    }

    private static void assertDocument(WebAnswer answer, byte[] bytes, String etag) {
        assertThat(answer).isInstanceOfSatisfying(WebAnswer.Document.class, document -> {
            assertThat(document.bytes()).isEqualTo(bytes);
            assertThat(document.etag()).isEqualTo(etag);
        });
    }

    @Test
    void aDocumentComesWithItsVersionAsATurnOfHome() {
        URI address = fixture().publish("/config", new Page.Holds(CONFIG, "\"v1\""));

        for (Loop home : List.of(loop(), otherLoop(), world().lane("lane-under-test"))) {
            assertDocument(
                    this.<WebAnswer>ready(home, a -> world().web().get(home, plan(address), a)), CONFIG, "\"v1\"");
        }
    }

    @Test
    void aVersionThatIsAtHandIsNotSentAgain() {
        URI address = fixture().publish("/config", new Page.Holds(CONFIG, "\"v1\""));

        assertThat(get(new WebPlan(address, "\"v1\"", 1_000, 3, LONG))).isEqualTo(new WebAnswer.Unchanged());
        assertDocument(get(new WebPlan(address, "\"v0\"", 1_000, 3, LONG)), CONFIG, "\"v1\"");
    }

    @Test
    void aDocumentMayBeAsLargeAsTheBoundAndNoLarger() {
        URI address = fixture().publish("/config", new Page.Holds(new byte[100_000], ""));

        assertDocument(get(new WebPlan(address, "", 100_000, 3, LONG)), new byte[100_000], "");
        assertThat(get(new WebPlan(address, "", 99_999, 3, LONG))).isEqualTo(new WebAnswer.TooLarge());
    }

    @Test
    void redirectsAreFollowedUpToTheBound() {
        fixture().publish("/there", new Page.Holds(CONFIG, ""));
        fixture().publish("/next", new Page.Redirects("/there"));
        URI address = fixture().publish("/first", new Page.Redirects("/next"));
        URI loop = fixture().publish("/round", new Page.Redirects("/round"));

        assertDocument(get(new WebPlan(address, "", 1_000, 2, LONG)), CONFIG, "");
        assertThat(get(new WebPlan(address, "", 1_000, 1, LONG))).isInstanceOf(WebAnswer.Strayed.class);
        assertThat(get(plan(loop))).isInstanceOf(WebAnswer.Strayed.class);
    }

    @Test
    void anyOtherStatusIsSaid() {
        assertThat(get(plan(fixture().publish("/none", new Page.Says(404))))).isEqualTo(new WebAnswer.Refused(404));
        assertThat(get(plan(fixture().publish("/ill", new Page.Says(503))))).isEqualTo(new WebAnswer.Refused(503));
    }

    @Test
    void aPasswordIsSentToItsHost() {
        URI address = fixture().publish("/secret", new Page.Locked("ann:pa+ss", CONFIG));

        assertThat(get(plan(address))).isEqualTo(new WebAnswer.Refused(401));
        assertDocument(get(plan(with(address, "ann:pa+ss"))), CONFIG, "");
    }

    @Test
    void aServerThatDoesNotAnswerFailsInTime() {
        URI address = with(fixture().publish("/hangs", new Page.Hangs()), "ann:secret");

        IoFailure why = failure(
                new WebPlan(address, "", 1_000, 3, Duration.ofMillis(500).toNanos()));

        assertThat(why.kind()).isEqualTo(IoFailure.Kind.TIMED_OUT);
        assertThat(why.text()).doesNotContain("secret");
    }

    @Test
    void aServerThatIsNotThereFails() {
        IoFailure why = failure(plan(with(fixture().addressWithoutServer(), "ann:secret")));

        assertThat(why.kind()).isEqualTo(IoFailure.Kind.REFUSED);
        assertThat(why.text()).isNotEmpty().doesNotContain("secret");
    }

    @Test
    void aDocumentThatBreaksOffFails() {
        IoFailure why = failure(plan(fixture().publish("/breaks", new Page.Breaks())));

        assertThat(why.kind()).isEqualTo(IoFailure.Kind.CLOSED_THERE);
    }
}
