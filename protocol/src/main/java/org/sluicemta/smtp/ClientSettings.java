package org.sluicemta.smtp;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a delivery session behaves.
///
/// @param helloName the name of the source host, or an address literal. Source: RFC 5321 section 4.1.4
/// @param login as whom to log in before any envelope, or null: not at all
/// @param use the extensions that are used where offered
/// @param eagerBytes content up to this size goes out with its envelope under CHUNKING, before any recipient was
///     accepted; larger content waits for that, so that a refusal does not cost its transfer
/// @param holdBytes unsent bytes above which no further content is queued
public record ClientSettings(
        String helloName,
        TlsUse tls,
        @Nullable ClientLogin login,
        Set<Extension> use,
        Timeouts timeouts,
        int eagerBytes,
        int holdBytes) {
    private static final Set<Extension> ALL = Set.of(
            Extension.ENHANCEDSTATUSCODES,
            Extension.PIPELINING,
            Extension.CHUNKING,
            Extension.EIGHT_BIT_MIME,
            Extension.SMTPUTF8,
            Extension.SIZE,
            Extension.DSN);

    /// @throws SmtpException when the name could not stand in a command line or a bound is below 1
    public ClientSettings {
        WireText.requireParameter("host name", helloName);
        if (helloName.isEmpty()) {
            throw new SmtpException("EHLO needs a host name");
        }
        if (eagerBytes < 0 || holdBytes < 1) {
            throw new SmtpException("eagerBytes is 0 or more and holdBytes 1 or more");
        }
        var set = EnumSet.noneOf(Extension.class);
        set.addAll(use);
        use = java.util.Collections.unmodifiableSet(set);
    }

    /// The defaults: every extension, the RFC's time-outs.
    public static ClientSettings of(String helloName, TlsUse tls) {
        return new ClientSettings(helloName, tls, null, ALL, Timeouts.DEFAULT, 256 << 10, 256 << 10);
    }

    /// How long each step may take; over 0 each. Source: RFC 5321 section 4.5.3.2.
    ///
    /// @param greeting section 4.5.3.2.1
    /// @param hello EHLO and HELO, and each step of a log-in
    /// @param startTls the reply to STARTTLS; the handshake's own is in its plan
    /// @param mail section 4.5.3.2.2; RSET too
    /// @param rcpt section 4.5.3.2.3
    /// @param data section 4.5.3.2.4
    /// @param dataBlock from one block taken by the network to the next: section 4.5.3.2.5
    /// @param finalDot section 4.5.3.2.6; under 5 minutes a slow server's messages are sent twice
    /// @param quit the reply to QUIT
    public record Timeouts(
            Duration greeting,
            Duration hello,
            Duration startTls,
            Duration mail,
            Duration rcpt,
            Duration data,
            Duration dataBlock,
            Duration finalDot,
            Duration quit) {
        public static final Timeouts DEFAULT = new Timeouts(
                Duration.ofMinutes(5),
                Duration.ofMinutes(5),
                Duration.ofMinutes(2),
                Duration.ofMinutes(5),
                Duration.ofMinutes(5),
                Duration.ofMinutes(2),
                Duration.ofMinutes(3),
                Duration.ofMinutes(10),
                Duration.ofSeconds(5));
    }
}
