package org.sluicemta.deliver;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dns.DnsFinding;
import org.sluicemta.dns.DnsLines;
import org.sluicemta.dns.MxPlan;
import org.sluicemta.dns.MxTarget;
import org.sluicemta.mail.IpText;
import org.sluicemta.queue.Consignment;
import org.sluicemta.queue.Dispatcher;
import org.sluicemta.queue.Outcome;
import org.sluicemta.queue.Trace;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.world.Engine;

/// Tells one attempt to whoever follows it. Owner: the shard's loop.
final class TraceLines {
    /// Hosts of a plan that are told; a longer plan is cut with its number.
    private static final int MOST_HOSTS = 40;

    private final Trace trace;

    private TraceLines(Trace trace) {
        this.trace = trace;
    }

    /// Null where nobody follows.
    static @Nullable TraceLines of(Dispatcher.Opening opening) {
        Trace trace = opening.trace();
        return trace == null ? null : new TraceLines(trace);
    }

    /// Whether the attempt was made to be followed.
    boolean isTrial() {
        return !trace.isPassive() && !trace.isGone();
    }

    /// The address that the attempt has to leave from; null for any of the virtual MTA's. It binds also when nobody
    /// listens any more.
    @Nullable
    InetAddress onlySource() {
        return trace.wishes().source();
    }

    void tell(String text) {
        if (!trace.isGone()) {
            trace.line(Overheard.escaped(text));
        }
    }

    void starting(String domain, String hosts) {
        tell(hosts.isEmpty() ? "resolving " + domain : "hosts from the configuration: " + hosts);
    }

    void plan(MxPlan plan) {
        if (trace.wishes().hasResolution()) {
            for (DnsFinding finding : plan.trace().findings()) {
                tell("dns: " + DnsLines.of(finding));
            }
        }
        plan.trace().notes().forEach(note -> tell("dns: " + note));
        switch (plan) {
            case MxPlan.Hosts hosts ->
                tell("resolved: " + hosts.hosts().size() + (hosts.hosts().size() == 1 ? " host" : " hosts"));
            case MxPlan.NoMail no -> tell("not resolved: " + no.text());
            case MxPlan.TryLater later -> tell("not resolved: " + later.text());
        }
    }

    void order(List<MxTarget> targets) {
        int shown = Math.min(targets.size(), MOST_HOSTS);
        for (int i = 0; i < shown; i++) {
            MxTarget target = targets.get(i);
            tell("host " + (i + 1) + ": preference " + target.host().preference() + ", " + target
                    + (target.host().port() == 25
                            ? ""
                            : " port " + target.host().port()));
        }
        if (shown < targets.size()) {
            tell("... and " + (targets.size() - shown) + " addresses more");
        }
    }

    void connecting(Delivery.Source from, MxTarget to) {
        InetAddress address = from.address();
        tell("connecting from " + from.helloName() + " ("
                + (address == null ? "an address of the system's choice" : IpText.of(address)) + ") to " + to);
    }

    /// The engine, overheard.
    Engine overhear(Engine engine, MxTarget to, Secrets secrets) {
        return new Overheard(engine, to.toString(), trace.wishes().hasData(), secrets, this::tell);
    }

    void carries(Consignment consignment) {
        int count = consignment.recipients().size();
        tell("message " + consignment.stored().message().id() + ", "
                + consignment.stored().message().shape().sizeBytes() + " bytes, "
                + count + (count == 1 ? " recipient" : " recipients"));
    }

    void outcomes(Consignment consignment, List<Outcome> outcomes) {
        if (trace.isGone()) {
            return;
        }
        List<AcceptedRecipient> recipients = consignment.recipients();
        for (int i = 0; i < outcomes.size(); i++) {
            tell(words(outcomes.get(i), recipients.get(i).forwardPath()));
        }
    }

    private static String words(Outcome outcome, String to) {
        return switch (outcome) {
            case Outcome.Delivered taken -> "delivered " + to + ": " + said(taken.status(), taken.diagnostic());
            case Outcome.Deferred later -> "deferred " + to + ": " + said(later.status(), later.diagnostic());
            case Outcome.Bounced refused -> "bounced " + to + ": " + said(refused.status(), refused.diagnostic());
            case Outcome.Untouched _ -> "unanswered " + to + ": it goes back to its place";
        };
    }

    private static String said(String status, String diagnostic) {
        return status + (diagnostic.isEmpty() ? "" : " " + diagnostic);
    }
}
