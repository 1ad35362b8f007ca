package org.sluicemta.spf;

import java.util.Locale;

/// What an evaluation comes to. Source: RFC 7208 section 2.6.
public enum SpfResult {
    /// The domain has no policy, or is no domain.
    NONE,
    /// The domain says nothing of the client.
    NEUTRAL,
    PASS,
    FAIL,
    SOFTFAIL,
    /// DNS could not tell; ask later.
    TEMPERROR,
    /// The policy cannot be understood, or costs too many look-ups.
    PERMERROR;

    /// As headers have it: `pass`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
