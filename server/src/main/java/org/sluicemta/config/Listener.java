package org.sluicemta.config;

/// Where SMTP is accepted.
///
/// @param address one address, or a range that stands for the local addresses in it; [Cidr#EVERYTHING] for `0/0`
/// @param port 0 to 65535
/// @param source the named `<source>` laid over what the client's address gives; empty for none
public record Listener(Cidr address, int port, String source) {
    /// Without any listener in the file.
    public static final Listener DEFAULT = new Listener(Cidr.EVERYTHING, 25, "");

    /// Its address and port: no two listeners have the same.
    public String name() {
        return address + ":" + port;
    }

    /// Whether it listens on all addresses: `0/0` or `0.0.0.0` or `::`.
    public boolean isOnAllAddresses() {
        return address.prefixLength() == 0
                || address.isSingleAddress() && address.first().isAnyLocalAddress();
    }
}
