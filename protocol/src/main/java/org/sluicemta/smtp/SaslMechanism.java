package org.sluicemta.smtp;

/// How a client proves who it is. Source: RFC 4422, RFC 4954.
public enum SaslMechanism {
    /// A digest of a challenge, so that it may be used in clear. Source: RFC 2195.
    CRAM_MD5("CRAM-MD5"),
    /// Name and password as they are. Source: RFC 4616.
    PLAIN("PLAIN"),
    /// Name and password one after the other; never a standard, and what many clients do.
    LOGIN("LOGIN");

    private final String keyword;

    SaslMechanism(String keyword) {
        this.keyword = keyword;
    }

    /// As it stands in EHLO and AUTH.
    public String keyword() {
        return keyword;
    }

    /// Whether who listens learns the password.
    public boolean isPlain() {
        return this != CRAM_MD5;
    }
}
