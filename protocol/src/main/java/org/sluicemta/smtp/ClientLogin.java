package org.sluicemta.smtp;

import java.util.List;
import java.util.Optional;

/// As whom a delivery session logs in. Source: RFC 4954.
///
/// @param user 1 to 255 characters
/// @param isClearAllowed whether a password may cross a connection without TLS; else only CRAM-MD5, which does not show
///     it, is used there
public record ClientLogin(String user, String password, boolean isClearAllowed) {
    /// @throws SmtpException when the mechanisms could not carry it
    public ClientLogin {
        if (user.isEmpty() || user.length() > 255 || user.indexOf('\0') >= 0) {
            throw new SmtpException("the user of a log-in has " + user.length() + " characters; give 1 to 255");
        }
        if (password.length() > 255 || password.indexOf('\0') >= 0) {
            throw new SmtpException(
                    "the password of a log-in has " + password.length() + " characters; give up to 255");
        }
    }

    /// @param offered upper case, as the server lists them
    /// @return the simplest that is offered and may be used; empty for none
    Optional<SaslMechanism> choose(List<String> offered, boolean isSecured) {
        boolean mayShow = isSecured || isClearAllowed;
        if (mayShow && offered.contains("PLAIN")) {
            return Optional.of(SaslMechanism.PLAIN);
        }
        if (mayShow && offered.contains("LOGIN")) {
            return Optional.of(SaslMechanism.LOGIN);
        }
        return offered.contains("CRAM-MD5") ? Optional.of(SaslMechanism.CRAM_MD5) : Optional.empty();
    }

    /// Never shows the password.
    @Override
    public String toString() {
        return "ClientLogin[" + user + "]";
    }
}
