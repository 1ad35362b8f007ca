package org.sluicemta.receive;

import java.net.InetAddress;
import org.sluicemta.settings.Setting;

/// One snapshot of what reception may and must do. Immutable; safe from any thread.
public interface ReceivePolicies {
    /// @param listenerSource the named source that the listener asks for, or empty
    SourcePolicy source(InetAddress client, String listenerSource);

    /// Whether mail for this domain is taken from anybody (`relay-domain`).
    boolean isRelayDomain(String canonicalDomain);

    /// The name in the greeting and in Received.
    String hostName();

    /// Who gets mail for the server's own postmaster and abuse mailboxes; empty when none is configured.
    Setting<String> postmaster();

    Setting<Integer> totalMaxSmtpIn();
}
