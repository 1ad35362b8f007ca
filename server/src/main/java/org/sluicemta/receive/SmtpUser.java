package org.sluicemta.receive;

/// A `<smtp-user>`.
///
/// @param source the named source whose settings hold after the log-in, or empty
public record SmtpUser(String name, String password, String source) {
    /// Passwords are never printed.
    @Override
    public String toString() {
        return "smtp-user " + name;
    }
}
