package org.sluicemta.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.simulation.SimulatedWorld;

/// Who is let in, and which changes were meant.
class GateTest {
    private static final String KEY = "k".repeat(32);
    private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress THERE = InetAddress.ofLiteral("198.51.100.1");
    private static final InetAddress SHUT_OUT = InetAddress.ofLiteral("203.0.113.1");

    private final Gate gate = new Gate(SimulatedWorld.seeded(5).entropy());

    private static WebSettings settings(String password, boolean checksForgery) {
        return new WebSettings(
                8080,
                Optional.empty(),
                "mx.example.com",
                Set.of("mx.example.com"),
                List.of(
                        new AccessRule(SHUT_OUT::equals, Access.NONE),
                        new AccessRule(HERE::equals, new Access(AccessLevel.OPERATOR, false)),
                        new AccessRule(HERE::equals, Access.ADMIN)),
                new WebSettings.Secrets(List.of(KEY), password, ""),
                new WebTls(null, List.of(), null),
                false,
                checksForgery,
                0,
                false,
                10,
                "rcpt");
    }

    private static Request request(String method, InetAddress client, String... headers) {
        Map<String, String> all = new HashMap<>(Map.of("host", "192.0.2.9:8080"));
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return new Request(method, "/command", "", Map.of(), all, client, false, new byte[0]);
    }

    private Gate.Caller known(Request request, WebSettings settings) {
        return switch (gate.find(request, settings, 1_000)) {
            case Gate.Finding.Known(Gate.Caller caller) -> caller;
            case Gate.Finding.Refused refused -> throw new AssertionError(refused);
        };
    }

    private int refused(Request request, WebSettings settings, long nowMillis) {
        return gate.find(request, settings, nowMillis) instanceof Gate.Finding.Refused refused ? refused.status() : 0;
    }

    @Test
    void theFirstRuleThatFitsHolds() {
        assertThat(known(request("GET", HERE), settings("", true)).access().level())
                .isEqualTo(AccessLevel.OPERATOR);
        assertThat(refused(request("GET", THERE), settings("", true), 1_000)).isEqualTo(403);
        assertThat(refused(request("GET", SHUT_OUT), settings("", true), 1_000)).isEqualTo(403);
    }

    @Test
    void aKeyCountsFromEverywhereButWhereNobodyIsLetIn() {
        assertThat(known(request("GET", THERE, "x-api-key", KEY), settings("", true))
                        .access())
                .isEqualTo(Access.ADMIN);
        assertThat(known(request("GET", THERE, "authorization", "Bearer " + KEY), settings("pw", true))
                        .isLoggedIn())
                .isTrue();
        assertThat(refused(request("GET", SHUT_OUT, "x-api-key", KEY), settings("", true), 1_000))
                .isEqualTo(403);
    }

    @Test
    void afterAWrongKeyNoOtherIsLookedAtForASecondThenTwo() {
        WebSettings settings = settings("", true);
        Request wrong = request("GET", THERE, "x-api-key", "wrong");
        Request right = request("GET", THERE, "x-api-key", KEY);

        assertThat(refused(wrong, settings, 10_000)).isEqualTo(403);
        assertThat(refused(right, settings, 10_999)).isEqualTo(429);
        assertThat(refused(wrong, settings, 11_000)).isEqualTo(403);
        assertThat(refused(right, settings, 12_999)).isEqualTo(429);
        assertThat(refused(right, settings, 13_000)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mx.example.com", "MX.example.com.:8080", "localhost:1", "192.0.2.3", "[::1]:8080"})
    void ownNamesAndAddressesAreRight(String host) {
        assertThat(Gate.isOurName(host, settings("", true))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "evil.example", "mx.example.com.evil.example", "192.0.2.3.evil.example", "localhost.evil"})
    void otherNamesAreNot(String host) {
        assertThat(Gate.isOurName(host, settings("", true))).isFalse();
        assertThat(refused(request("GET", HERE, "host", host), settings("", true), 1_000))
                .isEqualTo(403);
    }

    @Test
    void aTokenIsGoodForItsCookieAlone() {
        WebSettings settings = settings("", true);
        String cookie = gate.freshCookie();
        String other = gate.freshCookie();

        assertThat(forgery(settings, cookie, gate.token(cookie))).isEmpty();
        assertThat(forgery(settings, other, gate.token(cookie))).isPresent();
        assertThat(forgery(settings, cookie, "")).isPresent();
        assertThat(forgery(settings, "", gate.token(""))).isPresent();
        assertThat(forgery(settings("", false), "", "")).isEmpty();
    }

    private Optional<String> forgery(WebSettings settings, String cookie, String token) {
        Request request = request("POST", HERE, "cookie", "a=b; sluice=" + cookie, "x-csrf-token", token);
        return gate.forgery(request, known(request, settings), settings);
    }

    @Test
    void pagesOfOthersAreRefusedEvenWithoutProtection() {
        WebSettings settings = settings("", false);

        for (String[] each :
                new String[][] {{"sec-fetch-site", "cross-site"}, {"origin", "https://evil.example"}, {"origin", "null"}
                }) {
            Request request = request("POST", HERE, each);
            assertThat(gate.forgery(request, known(request, settings), settings))
                    .isPresent();
        }
        Request ours = request("POST", HERE, "origin", "http://192.0.2.9:8080", "sec-fetch-site", "same-origin");
        assertThat(gate.forgery(ours, known(ours, settings), settings)).isEmpty();
    }

    @Test
    void withAPasswordACookieCountsOnlyWhileItsSessionStands() {
        WebSettings settings = settings("pw", true);
        String cookie = gate.freshCookie();
        Request request = request("GET", HERE, "cookie", "sluice=" + cookie);

        assertThat(known(request, settings).isLoggedIn()).isFalse();
        gate.sessions.begin(cookie, 1_000);
        assertThat(known(request, settings).isLoggedIn()).isTrue();
        assertThat(known(request, settings).may(AccessLevel.OPERATOR)).isTrue();
        assertThat(known(request, settings).may(AccessLevel.ADMIN)).isFalse();
        gate.sessions.end(cookie);
        assertThat(known(request, settings).isLoggedIn()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:1@evil.example",
                "localhost:evil",
                "localhost:",
                "[evil.example]",
                "[::1",
                "127.0.0.1.evil.example",
                "192.0.2.1/evil",
                ":8080",
                ""
            })
    void whatOnlyLooksLikeOurNameIsNot(String host) {
        assertThat(Gate.isOurName(host, settings("", true))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "LOCALHOST.:8080", "[::1]:8080", "[2001:db8::1]", "192.0.2.1:80", "mx.example.com."
            })
    void ourNamesHaveSeveralSpellings(String host) {
        assertThat(Gate.isOurName(host, settings("", true))).isTrue();
    }

    @Test
    void aPageThatCameInTheOpenIsForeignUnderTls() {
        Request plain = request("POST", HERE, "origin", "http://192.0.2.9:8080");
        Request secure = new Request("POST", "/command", "", Map.of(), plain.headers(), HERE, true, new byte[0]);

        assertThat(Gate.foreign(plain)).isEmpty();
        assertThat(Gate.foreign(secure)).isPresent();
    }

    @Test
    void whoListensWithAKeyThatIsTakenBackMayNotStay() {
        WebSettings now = settings("", true);
        Request asked = request("GET", THERE, "x-api-key", KEY);
        Gate.Caller caller = known(asked, now);
        WebSettings without = new WebSettings(
                now.port(),
                now.address(),
                now.hostName(),
                now.hosts(),
                now.access(),
                new WebSettings.Secrets(List.of(), "", ""),
                now.tls(),
                false,
                true,
                0,
                false,
                10,
                "rcpt");

        assertThat(gate.mayStay(asked, caller, now, 1_000)).isTrue();
        assertThat(gate.mayStay(asked, caller, without, 1_000)).isFalse();
    }
}
