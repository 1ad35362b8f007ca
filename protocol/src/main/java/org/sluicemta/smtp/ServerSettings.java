package org.sluicemta.smtp;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.TlsPlan;

/// How a receiving server behaves. One record serves all connections of a listener and source.
///
/// @param hostName the server's name in its replies
/// @param offered the extensions offered; [Extension#STARTTLS] is left out when there is no TLS plan
/// @param tls how to secure a connection, or null: then STARTTLS is not offered. A plan for immediate TLS secures it
///     before the greeting
/// @param maxMessageBytes 0 for no fixed limit; content never exceeds 2^31 - 1 bytes. Source: RFC 1870 section 4
/// @param maxRecipients of a transaction, 1 or more; under 100 is against RFC 5321 section 4.5.3.1.8
/// @param maxReceivedLines more are taken for a loop: 554 5.4.6. Source: RFC 5321 section 6.3
/// @param maxErrors so many errors of a session, then 421 4.7.0; 1 or more
/// @param commandTimeout from a reply to the whole next command. Source: RFC 5321 section 4.5.3.2.7
/// @param dataTimeout from one piece of content, of a thousand octets or the rest, to the next
/// @param messageTimeout for a whole message's content: the bound for clients that trickle
/// @param greetingDelay how long to wait with the greeting: whoever speaks before it gets 554. Zero greets at once
public record ServerSettings(
        String hostName,
        Set<Extension> offered,
        TlsPlan.@Nullable Server tls,
        int maxMessageBytes,
        int maxRecipients,
        int maxReceivedLines,
        int maxErrors,
        Duration commandTimeout,
        Duration dataTimeout,
        Duration messageTimeout,
        Duration greetingDelay) {
    /// What is built.
    public static final Set<Extension> DEFAULT_OFFER = Set.of(
            Extension.ENHANCEDSTATUSCODES,
            Extension.PIPELINING,
            Extension.CHUNKING,
            Extension.EIGHT_BIT_MIME,
            Extension.SMTPUTF8,
            Extension.STARTTLS,
            Extension.SIZE,
            Extension.AUTH,
            Extension.DSN);

    public ServerSettings {
        var set = EnumSet.noneOf(Extension.class);
        set.addAll(offered);
        if (tls == null || tls.isImmediate()) {
            set.remove(Extension.STARTTLS);
        }
        if (set.contains(Extension.BINARYMIME)) {
            throw new SmtpException("BINARYMIME is not built and cannot be offered");
        }
        offered = java.util.Collections.unmodifiableSet(set);
        if (hostName.isEmpty() || hostName.length() > 255) {
            throw new SmtpException("the server's host name has " + hostName.length() + " characters; give 1 to 255");
        }
        if (maxMessageBytes < 0 || maxRecipients < 1 || maxReceivedLines < 1 || maxErrors < 1) {
            throw new SmtpException("a server limit is below its least value");
        }
    }

    /// The defaults of the RFCs and of the reference for `hostName`, without TLS.
    public static ServerSettings of(String hostName) {
        return new ServerSettings(
                hostName,
                DEFAULT_OFFER,
                null,
                0,
                10_000,
                100,
                20,
                Duration.ofMinutes(5),
                Duration.ofMinutes(5),
                Duration.ofHours(1),
                Duration.ZERO);
    }

    boolean offers(Extension extension) {
        return offered.contains(extension);
    }
}
