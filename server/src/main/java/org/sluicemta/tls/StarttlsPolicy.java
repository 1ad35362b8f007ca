package org.sluicemta.tls;

/// How much an outgoing connection wants TLS.
public enum StarttlsPolicy {
    /// `use-starttls no`
    NEVER,
    /// `use-starttls yes`: any certificate is taken, clear text is better than no mail. Source: RFC 7435.
    OPPORTUNISTIC,
    /// `require-starttls yes`, which means to use it too.
    REQUIRED;

    public static StarttlsPolicy of(boolean useStarttls, boolean requireStarttls) {
        if (requireStarttls) {
            return REQUIRED;
        }
        return useStarttls ? OPPORTUNISTIC : NEVER;
    }
}
