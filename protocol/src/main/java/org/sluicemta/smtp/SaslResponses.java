package org.sluicemta.smtp;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// What a client says in one log-in. Source: RFC 4954 section 4, RFC 4616, RFC 2195. Owner: its connection's loop.
final class SaslResponses {
    private final SaslMechanism mechanism;
    private final ClientLogin login;
    private int said;
    private boolean isCancelled;

    SaslResponses(SaslMechanism mechanism, ClientLogin login) {
        this.mechanism = mechanism;
        this.login = login;
    }

    /// The command, with the response where the mechanism begins with one: that saves a round trip.
    String command() {
        return switch (mechanism) {
            case PLAIN -> "AUTH PLAIN " + base64("\0" + login.user() + "\0" + login.password());
            case LOGIN -> "AUTH LOGIN";
            case CRAM_MD5 -> "AUTH CRAM-MD5";
        };
    }

    /// The line that answers a 334; `*` cancels where the server asks for what the mechanism does not have.
    ///
    /// @param challenge the text of the reply
    String answer(String challenge) {
        String answer = next(challenge);
        isCancelled = answer.equals("*");
        return answer;
    }

    /// Whether the last answer was `*`: no further one may follow. Source: RFC 4954 section 4.
    boolean isCancelled() {
        return isCancelled;
    }

    private String next(String challenge) {
        said++;
        return switch (mechanism) {
            case PLAIN -> "*";
            // The prompts are nobody's business: servers spell and translate them as they like.
            case LOGIN -> said == 1 ? base64(login.user()) : said == 2 ? base64(login.password()) : "*";
            case CRAM_MD5 -> said == 1 ? digest(challenge) : "*";
        };
    }

    private String digest(String challenge) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(challenge.strip());
        } catch (IllegalArgumentException junk) {
            return "*";
        }
        return base64(login.user() + " " + HexFormat.of().formatHex(hmac(bytes)));
    }

    private byte[] hmac(byte[] challenge) {
        try {
            Mac mac = Mac.getInstance("HmacMD5");
            // A key has a byte at least; an empty password is padded to the same as a zero byte. Source: RFC 2104.
            byte[] key = (login.password().isEmpty() ? "\0" : login.password()).getBytes(StandardCharsets.UTF_8);
            mac.init(new SecretKeySpec(key, "HmacMD5"));
            return mac.doFinal(challenge);
        } catch (GeneralSecurityException missing) {
            throw new SmtpException("this Java has no HMAC-MD5");
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
