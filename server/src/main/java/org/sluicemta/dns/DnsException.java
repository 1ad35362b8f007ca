package org.sluicemta.dns;

/// Text that is no name server, host list or DNS name. The message says what and how to mend; the caller adds where.
public final class DnsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DnsException(String message) {
        super(message);
    }
}
