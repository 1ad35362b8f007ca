package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One log-in on its way: what the server asks, what the client answers. Source: RFC 4954 section 4, RFC 4616, RFC
/// 2195. Owner: its connection's loop.
final class SaslExchange {
    static final Reply CANCELLED = Reply.of(501, "5.7.0 authentication cancelled");
    private static final Reply NO_BASE64 = Reply.of(501, "5.5.2 the response is no base64");
    private static final Reply NOT_UNDERSTOOD = Reply.of(501, "5.5.2 the response does not fit the mechanism");

    /// What comes next.
    sealed interface Step {
        /// The server says this 334 and waits.
        record Ask(Reply reply) implements Step {}

        /// The client has said all.
        record Claim(Credentials credentials) implements Step {}

        /// The log-in is over.
        record Fault(Reply reply) implements Step {}
    }

    private final SaslMechanism mechanism;
    private final String challenge;
    private @Nullable String user;

    /// @param challenge of CRAM-MD5, else not heard
    SaslExchange(SaslMechanism mechanism, String challenge) {
        this.mechanism = mechanism;
        this.challenge = challenge;
    }

    /// @param initial as in the command
    Step begin(String initial) {
        if (mechanism == SaslMechanism.CRAM_MD5) {
            // The server speaks first. Source: RFC 4954 section 4.
            return initial.isEmpty() ? ask(challenge) : new Step.Fault(NOT_UNDERSTOOD);
        }
        if (initial.isEmpty()) {
            return ask(mechanism == SaslMechanism.LOGIN ? "Username:" : "");
        }
        return initial.equals("=") ? response("") : decoded(initial);
    }

    /// @param line without its CRLF
    Step next(String line) {
        return line.equals("*") ? new Step.Fault(CANCELLED) : decoded(line);
    }

    private Step decoded(String base64) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException junk) {
            return new Step.Fault(NO_BASE64);
        }
        try {
            return response(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException notUtf8) {
            return response(new String(bytes, StandardCharsets.ISO_8859_1));
        }
    }

    /// Source: RFC 4616 section 2.
    private static final int MAX_NAME = 255;

    private Step response(String text) {
        Step step = understood(text);
        return step instanceof Step.Claim(Credentials claim) && claim.user().length() > MAX_NAME
                ? new Step.Fault(NOT_UNDERSTOOD)
                : step;
    }

    private Step understood(String text) {
        return switch (mechanism) {
            case PLAIN -> plain(text);
            case LOGIN -> login(text);
            case CRAM_MD5 -> {
                int blank = text.lastIndexOf(' ');
                yield blank <= 0 || text.indexOf('\0') >= 0
                        ? new Step.Fault(NOT_UNDERSTOOD)
                        : new Step.Claim(new Credentials.Digest(
                                text.substring(0, blank),
                                challenge,
                                text.substring(blank + 1).toLowerCase(Locale.ROOT)));
            }
        };
    }

    /// `[authorization identity] NUL name NUL password`. Nobody may act for somebody else.
    private static Step plain(String text) {
        int first = text.indexOf('\0');
        int second = text.indexOf('\0', first + 1);
        if (first < 0 || second <= first + 1 || text.indexOf('\0', second + 1) >= 0) {
            return new Step.Fault(NOT_UNDERSTOOD);
        }
        String actsFor = text.substring(0, first);
        String name = text.substring(first + 1, second);
        return actsFor.isEmpty() || actsFor.equals(name)
                ? new Step.Claim(new Credentials.Password(name, text.substring(second + 1)))
                : new Step.Fault(Reply.of(535, "5.7.8 acting for another user is not allowed"));
    }

    private Step login(String text) {
        String known = user;
        if (text.indexOf('\0') >= 0) {
            return new Step.Fault(NOT_UNDERSTOOD);
        }
        if (known != null) {
            return new Step.Claim(new Credentials.Password(known, text));
        }
        if (text.isEmpty()) {
            return new Step.Fault(NOT_UNDERSTOOD);
        }
        user = text;
        return ask("Password:");
    }

    private static Step ask(String text) {
        String base64 = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
        return new Step.Ask(Reply.of(334, base64));
    }
}
