package org.sluicemta.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.sluicemta.mail.IpText;

/// What is known of one name server. Owner: the resolver.
final class NameServer {
    /// After so many failures in a row a server is asked last.
    private static final int FAILURES_UNTIL_LAST = 3;

    private static final long LAST_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long NO_EDNS_NANOS = Duration.ofHours(1).toNanos();

    private final InetSocketAddress address;
    private int failures;
    private long failedAt;
    private boolean lacksEdns;
    private long lackedEdnsAt;

    NameServer(InetSocketAddress address) {
        this.address = address;
    }

    InetSocketAddress address() {
        return address;
    }

    /// `192.0.2.1:53`
    String name() {
        String host = IpText.of(address.getAddress());
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    void answered() {
        failures = 0;
    }

    void stayedSilent(long nanos) {
        failures++;
        failedAt = nanos;
    }

    /// Whether others should be asked before it.
    boolean isDoubtful(long nanos) {
        return failures >= FAILURES_UNTIL_LAST && nanos - failedAt < LAST_NANOS;
    }

    void didNotUnderstand(long nanos) {
        lacksEdns = true;
        lackedEdnsAt = nanos;
    }

    boolean takesEdns(long nanos) {
        return !lacksEdns || nanos - lackedEdnsAt > NO_EDNS_NANOS;
    }
}
