package org.sluicemta.route;

import java.net.InetAddress;
import java.util.List;
import org.sluicemta.settings.Setting;

/// A named way out.
///
/// @param name lower case; `{default}` is the unnamed one
/// @param sourceHosts in the order of the configuration, taken in turn; empty leaves the address to the system
/// @param coldVirtualMtas virtual MTAs that take the first messages of each day while their addresses are new
public record VirtualMta(String name, Setting<List<SourceHost>> sourceHosts, List<String> coldVirtualMtas) {
    public VirtualMta {
        coldVirtualMtas = List.copyOf(coldVirtualMtas);
    }

    public VirtualMta(String name, Setting<List<SourceHost>> sourceHosts) {
        this(name, sourceHosts, List.of());
    }

    /// A local address and the name it greets with.
    public record SourceHost(InetAddress address, String helloName) {}
}
