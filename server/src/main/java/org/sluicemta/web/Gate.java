package org.sluicemta.web;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.mail.IpText;
import org.sluicemta.world.Entropy;

/// Decides who a request is from and what it may do: names that the port goes by, keys, addresses, log-ins, and that a
/// change was meant by one of our own pages.
///
/// A browser is known by a cookie of 256 random bits. Its token against forged requests is an HMAC of the cookie with a
/// key of this run, so that nothing is kept for browsers that have not logged in.
///
/// Threads: safe from any thread.
final class Gate {
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

    private static final String PLAIN_COOKIE = "sluice";
    /// Browsers take this name only from a secure page and for the whole host.
    private static final String SECURE_COOKIE = "__Host-sluice";

    private static final Pattern HOST =
            Pattern.compile("(\\[[0-9a-f:.]{2,45}]|[^\\[\\]:/@?#\\\\\\s]{1,255})(?::[0-9]{1,5})?");
    private static final Pattern COOKIE = Pattern.compile("[A-Za-z0-9_-]{43}");
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final Entropy entropy;
    private final byte[] key = new byte[32];
    final Sessions sessions = new Sessions();
    final WrongPasswords wrong = new WrongPasswords();

    Gate(Entropy entropy) {
        this.entropy = entropy;
        entropy.fill(key);
    }

    /// Who asks.
    ///
    /// @param isProgram whether it has shown a key
    /// @param cookie of the browser; empty where it has none yet
    /// @param isLoggedIn true also where nobody needs to
    record Caller(Access access, boolean isProgram, String cookie, boolean isLoggedIn) {
        boolean may(AccessLevel level) {
            return isLoggedIn && access.level().includes(level);
        }
    }

    /// How it is found out who asks.
    sealed interface Finding {
        record Known(Caller caller) implements Finding {}

        /// @param retrySeconds 0 where waiting does not help
        record Refused(int status, String text, long retrySeconds) implements Finding {}
    }

    Finding find(Request request, WebSettings settings, long nowMillis) {
        Optional<Access> byAddress = AccessRule.of(settings.access(), request.client());
        String given = apiKey(request);
        if (!given.isEmpty()) {
            return byKey(request, given, byAddress, settings, nowMillis);
        }
        if (!isOurName(request.header("host"), settings)) {
            return new Finding.Refused(
                    403,
                    "this port is not known by the name in the header Host; write http-host NAME for one more name",
                    0);
        }
        Access access = byAddress.orElse(Access.NONE);
        if (access.level() == AccessLevel.NONE) {
            return new Finding.Refused(
                    403, "no access from " + IpText.of(request.client()) + "; http-access grants it", 0);
        }
        String cookie = cookie(request);
        boolean isLoggedIn = !settings.needsLogin() || !cookie.isEmpty() && sessions.use(cookie, nowMillis);
        return new Finding.Known(new Caller(access, false, cookie, isLoggedIn));
    }

    /// A key says who asks wherever it comes from, except where http-access shuts an address out by name.
    private Finding byKey(
            Request request, String given, Optional<Access> byAddress, WebSettings settings, long nowMillis) {
        if (byAddress.isPresent() && byAddress.get().level() == AccessLevel.NONE) {
            return new Finding.Refused(403, "no access from " + IpText.of(request.client()), 0);
        }
        BooleanSupplier isRight = () -> Proof.isOneOf(given, settings.secrets().apiKeys());
        return switch (wrong.look(request.client(), nowMillis, isRight)) {
            case RIGHT -> new Finding.Known(new Caller(Access.ADMIN, true, "", true));
            case WRONG -> {
                LOG.warn("management port: wrong key from {}", IpText.of(request.client()));
                yield new Finding.Refused(403, "this key is not known", 0);
            }
            case NOT_LOOKED_AT -> tooMany(wrong.waitMillis(request.client(), nowMillis));
        };
    }

    /// Whether who was let in may go on looking. Uses no session: a page that is only open keeps none alive.
    boolean mayStay(Request request, Caller caller, WebSettings settings, long nowMillis) {
        Optional<Access> byAddress = AccessRule.of(settings.access(), request.client());
        if (caller.isProgram()) {
            boolean isShutOut = byAddress.isPresent() && byAddress.get().level() == AccessLevel.NONE;
            return !isShutOut
                    && Proof.isOneOf(apiKey(request), settings.secrets().apiKeys());
        }
        return byAddress.orElse(Access.NONE).level().includes(AccessLevel.MONITOR)
                && (!settings.needsLogin() || sessions.stands(caller.cookie(), nowMillis));
    }

    static Finding.Refused tooMany(long waitMillis) {
        long seconds = Math.max(1, (waitMillis + 999) / 1000);
        return new Finding.Refused(429, "too many wrong passwords or keys; try again in " + seconds + " s", seconds);
    }

    /// Collectors of metrics know only how to send the second.
    private static String apiKey(Request request) {
        String key = request.header("x-api-key");
        String bearer = request.header("authorization");
        return !key.isEmpty() || !bearer.regionMatches(true, 0, "Bearer ", 0, 7)
                ? key
                : bearer.substring(7).strip();
    }

    /// A page of a stranger can make a browser ask us under the stranger's name (DNS rebinding), never under ours.
    static boolean isOurName(String host, WebSettings settings) {
        String name = nameOf(host);
        return !name.isEmpty()
                && (name.equals("localhost")
                        || isAddress(name)
                        || settings.hosts().contains(name));
    }

    /// Without the port; empty for what is no name with a port. It goes into the address of a redirection.
    private static String nameOf(String host) {
        Matcher parts = HOST.matcher(host.toLowerCase(Locale.ROOT));
        if (!parts.matches()) {
            return "";
        }
        String name = parts.group(1);
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static boolean isAddress(String name) {
        return name.startsWith("[") || name.matches("[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
    }

    // --- browsers

    private static String cookieName(Request request) {
        return request.isSecure() ? SECURE_COOKIE : PLAIN_COOKIE;
    }

    private static String cookie(Request request) {
        return request.cookie(cookieName(request))
                .filter(each -> COOKIE.matcher(each).matches())
                .orElse("");
    }

    String freshCookie() {
        byte[] random = new byte[32];
        entropy.fill(random);
        return BASE64.encodeToString(random);
    }

    static String setCookie(Request request, String cookie) {
        return cookieName(request) + "=" + cookie + "; Path=/; HttpOnly; SameSite=Strict"
                + (request.isSecure() ? "; Secure" : "");
    }

    static String clearCookie(Request request) {
        return setCookie(request, "") + "; Max-Age=0";
    }

    /// What our own pages send along with a change.
    String token(String cookie) {
        return BASE64.encodeToString(Proof.hmac(key, ("csrf:" + cookie).getBytes(StandardCharsets.UTF_8)));
    }

    /// Why a change is not taken; empty where it is.
    Optional<String> forgery(Request request, Caller caller, WebSettings settings) {
        if (caller.isProgram()) {
            return Optional.empty();
        }
        Optional<String> foreign = foreign(request);
        if (foreign.isPresent() || !settings.checksForgery()) {
            return foreign;
        }
        if (!request.isPost()) {
            return Optional.of("a change needs POST");
        }
        String given =
                request.header("x-csrf-token").isEmpty() ? request.parameter("csrf") : request.header("x-csrf-token");
        if (caller.cookie().isEmpty() || given.isEmpty() || !Proof.areEqual(given, token(caller.cookie()))) {
            return Optional.of(
                    "a change needs the token of /session in the header X-CSRF-Token, with its cookie; or a key in X-API-Key");
        }
        return Optional.empty();
    }

    /// What browsers say about the page that a request comes from.
    static Optional<String> foreign(Request request) {
        String site = request.header("sec-fetch-site");
        if (!site.isEmpty() && !site.equals("same-origin") && !site.equals("none")) {
            return Optional.of("this request comes from another site's page");
        }
        String origin = request.header("origin");
        int scheme = origin.indexOf("://");
        // Under TLS a page that came in the open may be anybody's; without it a proxy may speak TLS for us.
        boolean isOurs = scheme > 0
                && origin.substring(scheme + 3).equalsIgnoreCase(request.header("host"))
                && (!request.isSecure() || origin.regionMatches(true, 0, "https:", 0, 6));
        return origin.isEmpty() || isOurs
                ? Optional.empty()
                : Optional.of("this request comes from another site's page");
    }
}
