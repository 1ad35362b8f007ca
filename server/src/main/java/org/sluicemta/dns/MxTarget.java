package org.sluicemta.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.sluicemta.mail.IpText;

/// One address of one host: what a connection is tried to.
public record MxTarget(MxHost host, InetAddress address) {
    public InetSocketAddress socketAddress() {
        return new InetSocketAddress(address, host.port());
    }

    /// `mx1.example.com (192.0.2.5)`, as log and accounting write it.
    @Override
    public String toString() {
        return host.name() + " (" + IpText.of(address) + ")";
    }
}
