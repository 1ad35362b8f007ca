package org.sluicemta.dns;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One name and type being asked for, and all who wait for it. Owner: the resolver.
///
/// Questions sent earlier stay valid while later ones are under way: a slow answer to the first is as good as any.
final class Lookup {
    final DnsQuestion question;
    final List<Consumer<DnsFinding>> waiting = new ArrayList<>();

    /// What is asked for now: the question's name, or the last of its aliases.
    DnsQuestion asked;

    final List<String> aliases = new ArrayList<>();
    long ttlSeconds = Long.MAX_VALUE;

    /// The order of servers of this lookup.
    List<NameServer> servers = List.of();

    int tries;

    /// Servers that said they cannot answer; each is believed once.
    int refusals;

    final List<UdpSockets.Pending> pending = new ArrayList<>();

    @Nullable
    TcpQuestion tcp;

    boolean mixesCase;

    /// When to try again, on the loop's clock, and the order among equals.
    long dueNanos;

    long serial;
    String lastWhy = "no name server answered in time";

    Lookup(DnsQuestion question, boolean mixesCase) {
        this.question = question;
        this.asked = question;
        this.mixesCase = mixesCase;
    }

    NameServer nextServer() {
        return servers.get(tries % servers.size());
    }

    /// Expects nothing more of what was sent.
    void dropAll() {
        for (UdpSockets.Pending each : pending) {
            each.drop();
        }
        pending.clear();
        dropTcp();
    }

    void dropTcp() {
        TcpQuestion open = tcp;
        if (open != null) {
            tcp = null;
            open.abandon();
        }
    }
}
