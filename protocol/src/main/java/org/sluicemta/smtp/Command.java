package org.sluicemta.smtp;

import java.util.Set;
import org.sluicemta.mail.Address;

/// One command of a client, checked. Source: RFC 5321 section 4.1.1.
public sealed interface Command {
    /// EHLO or HELO.
    ///
    /// @param isExtended true for EHLO
    /// @param name a domain or an address literal as the client gave it; not empty, no blanks or control characters
    record Hello(boolean isExtended, String name) implements Command {}

    /// MAIL.
    ///
    /// @param reversePath [Address#NULL_PATH] for `<>`
    /// @param declaredSize bytes, or -1 when not declared. Source: RFC 1870 section 5
    /// @param envelopeId as given, in xtext, empty when not given. Source: RFC 3461 section 4.4
    record Mail(
            Address reversePath, long declaredSize, Body body, boolean isSmtpUtf8, ReturnOf returns, String envelopeId)
            implements Command {}

    /// RCPT.
    ///
    /// @param notifyOn empty when not given. Source: RFC 3461 section 4.1
    /// @param originalRecipient as given, `type;xtext`, empty when not given. Source: RFC 3461 section 4.2
    record Rcpt(Address forwardPath, Set<Notify> notifyOn, String originalRecipient) implements Command {}

    /// BDAT.
    ///
    /// @param size bytes that follow the line, 0 or more
    record Bdat(long size, boolean isLast) implements Command {}

    /// AUTH. Source: RFC 4954 section 4.
    ///
    /// @param mechanism as given, in upper case
    /// @param initial the initial response in base64 as given, `=` for an empty one; empty when none was given
    record Auth(String mechanism, String initial) implements Command {
        /// The response may be a password.
        @Override
        public String toString() {
            return "AUTH " + mechanism;
        }
    }

    /// VRFY, whose argument is never looked up.
    record Vrfy(String argument) implements Command {}

    /// The commands without an argument that matters.
    enum Plain implements Command {
        DATA,
        RSET,
        NOOP,
        HELP,
        QUIT,
        STARTTLS
    }

    /// A line that is no command, or one not taken here.
    ///
    /// @param answer what the client is told
    record Malformed(Reply answer) implements Command {}

    /// Source: RFC 6152 section 3, RFC 3030 section 3.
    enum Body {
        UNSTATED,
        SEVEN_BIT,
        EIGHT_BIT_MIME,
        BINARY_MIME
    }

    /// What a report quotes. Source: RFC 3461 section 4.3.
    enum ReturnOf {
        UNSTATED,
        FULL,
        HEADERS
    }

    /// When a report is wanted. Source: RFC 3461 section 4.1.
    enum Notify {
        NEVER,
        SUCCESS,
        FAILURE,
        DELAY
    }
}
