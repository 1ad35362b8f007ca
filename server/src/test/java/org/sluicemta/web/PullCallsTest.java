package org.sluicemta.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which calls for a pull are taken.
class PullCallsTest {
    private static final String SECRET = "what git signs with";
    private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);
    private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.1");

    private final AtomicInteger pulled = new AtomicInteger();
    private final PullCalls calls = new PullCalls(pulled::incrementAndGet);

    private static WebSettings settings(String secret) {
        return new WebSettings(
                8080,
                Optional.empty(),
                "mx.example.com",
                Set.of(),
                List.of(),
                new WebSettings.Secrets(List.of(), "", secret),
                new WebTls(null, List.of(), null),
                true,
                true,
                0,
                false,
                10,
                "rcpt");
    }

    private int call(String header, String value, boolean isSecure, String secret) {
        var request = new Request("POST", "/config/pull", "", Map.of(), Map.of(header, value), HERE, isSecure, BODY);
        return calls.answer(request, settings(secret), 1_000).status();
    }

    private static String signature(String secret) {
        return HexFormat.of().formatHex(Proof.hmac(secret.getBytes(StandardCharsets.UTF_8), BODY));
    }

    @Test
    void aSecretThatCameInTheOpenIsNotTaken() {
        assertThat(call("x-gitlab-token", SECRET, false, SECRET)).isEqualTo(403);
        assertThat(pulled).hasValue(0);
        assertThat(call("x-gitlab-token", SECRET, true, SECRET)).isEqualTo(202);
        assertThat(pulled).hasValue(1);
    }

    @Test
    void aSignatureMayComeInTheOpen() {
        assertThat(call("x-hub-signature-256", "sha256=" + signature(SECRET), false, SECRET))
                .isEqualTo(202);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sha1=", "SHA256=", "sha256=sha256=", "sha512="})
    void anotherAlgorithmIsNone(String prefix) {
        assertThat(call("x-hub-signature-256", prefix + signature(SECRET), true, SECRET))
                .isEqualTo(403);
        assertThat(pulled).hasValue(0);
    }

    @Test
    void withoutASecretNothingIsSignedWithNothing() {
        assertThat(call("x-gitlab-token", "", true, "")).isEqualTo(404);
        assertThat(call("x-hub-signature-256", "sha256=", true, "")).isEqualTo(404);
        assertThat(pulled).hasValue(0);
    }
}
