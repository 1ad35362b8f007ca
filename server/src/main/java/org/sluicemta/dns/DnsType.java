package org.sluicemta.dns;

/// The types of record that are asked for. Source: RFC 1035 section 3.2.2, RFC 3596.
public enum DnsType {
    A(1),
    PTR(12),
    MX(15),
    TXT(16),
    AAAA(28);

    private final int code;

    DnsType(int code) {
        this.code = code;
    }

    /// The number on the wire.
    public int code() {
        return code;
    }
}
