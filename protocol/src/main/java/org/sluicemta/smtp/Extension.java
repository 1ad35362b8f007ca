package org.sluicemta.smtp;

/// The service extensions that are known here, in the order in which they are offered.
public enum Extension {
    /// Source: RFC 2034.
    ENHANCEDSTATUSCODES("ENHANCEDSTATUSCODES"),
    /// Source: RFC 2920.
    PIPELINING("PIPELINING"),
    /// Source: RFC 3030.
    CHUNKING("CHUNKING"),
    /// Source: RFC 6152.
    EIGHT_BIT_MIME("8BITMIME"),
    /// Source: RFC 6531.
    SMTPUTF8("SMTPUTF8"),
    /// Source: RFC 3207. Offered in clear only.
    STARTTLS("STARTTLS"),
    /// Source: RFC 1870. The limit is a setting.
    SIZE("SIZE"),
    /// Source: RFC 3461.
    DSN("DSN"),
    /// Source: RFC 3030. Known so that it can be refused; never offered by our server.
    BINARYMIME("BINARYMIME"),
    /// Source: RFC 4954. Which mechanisms stand behind it the session says.
    AUTH("AUTH");

    private final String keyword;

    Extension(String keyword) {
        this.keyword = keyword;
    }

    /// As it stands in an EHLO reply.
    public String keyword() {
        return keyword;
    }
}
