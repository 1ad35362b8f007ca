package org.sluicemta.control;

import java.net.InetAddress;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dns.MxHost;
import org.sluicemta.queue.Trace;
import org.sluicemta.spf.SpfFinding;
import org.sluicemta.world.Loop;

/// What operators may ask about attempts and about the world outside. Implemented by `app`; nothing blocks.
public interface NetworkOperations {
    /// Makes one attempt of a queue now, as any other but for its being told.
    ///
    /// @param queue `domain/vmta`, without `*`
    /// @param retryRecipients whether recipients that wait out their own clocks are tried too
    /// @param trace told on the queue's loop; hears also why no attempt is made
    void trace(String queue, boolean retryRecipients, Trace trace);

    /// Tells the sessions of a queue that begin from now on.
    void watch(String queue, Trace watcher);

    /// Who traced or watched a queue does so no more.
    void leave(String queue, Trace gone);

    /// Where the mail of a domain would go, asked anew.
    void resolve(Loop home, ResolveQuery query, Consumer<Resolution> answer);

    /// What a domain's policy says of a client (RFC 7208), asked anew.
    void checkSpf(Loop home, SpfQuery query, Consumer<SpfAnswer> answer);

    /// How DNS is asked.
    ///
    /// @param server of whom, an address with or without a port; empty for the server's own name servers
    /// @param onlyTcp whether datagrams are left out
    /// @param dumpsPackets whether questions and answers are told byte by byte
    record Asking(String server, boolean onlyTcp, boolean dumpsPackets) {}

    /// @param connects whether the first host that answers is greeted
    /// @param sourceHost the name that it is greeted by; empty for the server's
    /// @param source where the greeting leaves from; null for the system's choice
    record ResolveQuery(
            String domain,
            Asking asking,
            boolean connects,
            String sourceHost,
            @Nullable InetAddress source) {}

    /// @param failure why nothing was asked; else empty
    /// @param status `StatusOk`, or what kept the domain from being resolved
    /// @param why one line on a status that is not `StatusOk`; else empty
    /// @param hosts by preference
    /// @param dialogue with name servers, and with the host that was greeted
    record Resolution(String failure, String status, String why, List<MxHost> hosts, List<String> dialogue) {
        public Resolution {
            hosts = List.copyOf(hosts);
            dialogue = List.copyOf(dialogue);
        }

        /// Nothing was asked.
        public static Resolution refused(String why) {
            return new Resolution(why, "", "", List.of(), List.of());
        }
    }

    /// @param mailFrom the reverse-path without brackets; empty for the name of HELO
    record SpfQuery(InetAddress client, String helo, String mailFrom, Asking asking) {}

    /// @param failure why nothing was asked; else empty, and the finding is there
    record SpfAnswer(String failure, @Nullable SpfFinding finding, List<String> dialogue) {
        public SpfAnswer {
            dialogue = List.copyOf(dialogue);
        }
    }
}
