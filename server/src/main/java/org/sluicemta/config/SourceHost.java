package org.sluicemta.config;

import java.util.Optional;

/// A local address for outgoing connections and the name to greet with.
///
/// @param address one address or a range; empty when the file holds a placeholder where the address should be. Such
///     a host still counts as the virtual MTA's own: its mail never leaves by another address
/// @param name for EHLO; empty for the host name of the virtual MTA or the server
/// @param written as in the file, for messages
public record SourceHost(Optional<Cidr> address, String name, String written) {}
