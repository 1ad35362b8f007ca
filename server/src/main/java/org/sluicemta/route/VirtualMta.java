package org.sluicemta.route;

import java.net.InetAddress;
import java.util.List;
import org.sluicemta.settings.Setting;

/// A named way out.
///
/// @param name lower case; `{default}` is the unnamed one
/// @param sourceHosts in the order of the configuration, taken in turn; empty leaves the address to the system
public record VirtualMta(String name, Setting<List<SourceHost>> sourceHosts) {
    /// A local address and the name it greets with.
    public record SourceHost(InetAddress address, String helloName) {}
}
