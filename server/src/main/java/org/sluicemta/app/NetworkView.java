package org.sluicemta.app;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.sluicemta.config.Snapshot;
import org.sluicemta.control.NetworkOperations;
import org.sluicemta.deliver.Greeting;
import org.sluicemta.dns.Destination;
import org.sluicemta.dns.DnsException;
import org.sluicemta.dns.Families;
import org.sluicemta.dns.Inquiry;
import org.sluicemta.dns.MxPlan;
import org.sluicemta.dns.NameServers;
import org.sluicemta.dns.PlanQuestion;
import org.sluicemta.dns.PlanSettings;
import org.sluicemta.mail.IpText;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.QueuePattern;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.queue.Trace;
import org.sluicemta.route.VirtualMta;
import org.sluicemta.settings.Setting;
import org.sluicemta.spf.SpfCheck;
import org.sluicemta.world.Loop;
import org.sluicemta.world.World;

/// Attempts that operators see, and their questions to the world outside. Owner: the first mail loop.
final class NetworkView implements NetworkOperations {
    private static final int SMTP_PORT = 25;

    private final World world;
    private final QueueRoom queues;
    private final List<InetSocketAddress> nameServers;
    private final Supplier<Snapshot> snapshot;
    private final Supplier<PlanSettings> planSettings;

    NetworkView(
            World world,
            QueueRoom queues,
            List<InetSocketAddress> nameServers,
            Supplier<Snapshot> snapshot,
            Supplier<PlanSettings> planSettings) {
        this.world = world;
        this.queues = queues;
        this.nameServers = nameServers;
        this.snapshot = snapshot;
        this.planSettings = planSettings;
    }

    // --- attempts

    /// A domain alone means its queue of the unnamed virtual MTA.
    private static Optional<QueueKey> key(String text) {
        QueuePattern pattern =
                QueuePattern.of(text.indexOf('/') < 0 ? text + "/" + QueueKey.DEFAULT_VIRTUAL_MTA : text);
        return pattern.isExact() ? Optional.of(pattern.exact()) : Optional.empty();
    }

    private static void refusePattern(String text, Trace trace) {
        trace.over("\"" + text + "\" is not one queue; write DOMAIN/VMTA without *");
    }

    @Override
    public void trace(String queue, boolean retryRecipients, Trace trace) {
        Optional<QueueKey> key = key(queue);
        if (key.isEmpty()) {
            refusePattern(queue, trace);
            return;
        }
        InetAddress source = trace.wishes().source();
        String refusal = source == null ? "" : refusal(key.get().virtualMta(), source);
        if (refusal.isEmpty()) {
            queues.trace(key.get(), retryRecipients, trace);
        } else {
            trace.over(refusal);
        }
    }

    /// Mail never leaves by an address that its virtual MTA does not list.
    private String refusal(String virtualMta, InetAddress source) {
        if (!snapshot.get().routes().hasVirtualMta(virtualMta)) {
            return "there is no virtual MTA " + virtualMta;
        }
        Setting<List<VirtualMta.SourceHost>> hosts =
                snapshot.get().routes().virtualMta(virtualMta).sourceHosts();
        boolean isListed =
                hosts.value().stream().anyMatch(host -> host.address().equals(source));
        return isListed
                ? ""
                : IpText.of(source) + " is no source address of virtual MTA " + virtualMta + " ("
                        + (hosts.value().isEmpty() ? "it lists none" : hosts.origin())
                        + "); mail does not leave by an address that is not listed";
    }

    @Override
    public void watch(String queue, Trace watcher) {
        key(queue).ifPresentOrElse(key -> queues.watch(key, watcher), () -> refusePattern(queue, watcher));
    }

    @Override
    public void leave(String queue, Trace gone) {
        key(queue).ifPresent(key -> queues.leave(key, gone));
    }

    // --- DNS

    private Inquiry inquiry(Loop home, Asking asking) {
        List<InetSocketAddress> servers =
                asking.server().isEmpty() ? nameServers : List.of(NameServers.parse(asking.server()));
        return new Inquiry(
                home,
                world.network(),
                world.entropy(),
                new Inquiry.Wishes(servers, asking.onlyTcp(), asking.dumpsPackets()));
    }

    @Override
    public void resolve(Loop home, ResolveQuery query, Consumer<Resolution> answer) {
        Inquiry inquiry;
        try {
            inquiry = inquiry(home, query.asking());
        } catch (DnsException e) {
            answer.accept(
                    Resolution.refused("--server=" + query.asking().server() + " is no address of a name server"));
            return;
        }
        InetAddress source = query.source();
        if (source != null && !isOfThisMachine(source)) {
            inquiry.close();
            answer.accept(Resolution.refused(
                    "--source: " + IpText.of(source) + " is no address of this machine; ip addr shows those it has"));
            return;
        }
        Families families =
                source == null ? Families.V4_THEN_V6 : source instanceof Inet4Address ? Families.V4 : Families.V6;
        var question = new PlanQuestion(new Destination.Domain(query.domain(), SMTP_PORT), families);
        // The answer may come within the asking.
        inquiry.plan(
                question, planSettings.get(), plan -> home.post(() -> planned(home, query, inquiry, plan, answer)));
    }

    /// A machine has more loopback addresses than its interfaces list, and virtual MTAs may send from them.
    private boolean isOfThisMachine(InetAddress source) {
        return source.isLoopbackAddress() || world.localAddresses().contains(source);
    }

    private void planned(Loop home, ResolveQuery query, Inquiry inquiry, MxPlan plan, Consumer<Resolution> answer) {
        var dialogue = new ArrayList<>(inquiry.lines());
        dialogue.addAll(plan.trace().notes());
        inquiry.close();
        switch (plan) {
            case MxPlan.Hosts hosts -> {
                if (!query.connects()) {
                    answer.accept(new Resolution("", "StatusOk", "", hosts.hosts(), dialogue));
                    return;
                }
                String name = query.sourceHost().isEmpty() ? snapshot.get().hostName() : query.sourceHost();
                Greeting.exchange(home, world.network(), name, query.source(), hosts.targets(world.entropy()), said -> {
                    dialogue.addAll(said);
                    answer.accept(new Resolution("", "StatusOk", "", hosts.hosts(), dialogue));
                });
            }
            case MxPlan.NoMail no ->
                answer.accept(new Resolution("", status(no.reason()), no.text(), List.of(), dialogue));
            case MxPlan.TryLater later ->
                answer.accept(new Resolution("", "StatusDnsQueryFailed", later.text(), List.of(), dialogue));
        }
    }

    private static String status(MxPlan.Reason reason) {
        return switch (reason) {
            case NO_SUCH_DOMAIN -> "StatusNoSuchDomain";
            case NULL_MX -> "StatusNullMx";
            case NO_MAIL_HOST -> "StatusNoMailHost";
            case NO_ADDRESS -> "StatusNoAddress";
            case UNFIT_ADDRESS -> "StatusUnfitAddress";
            case LEADS_TO_US -> "StatusLeadsToThisServer";
        };
    }

    @Override
    public void checkSpf(Loop home, SpfQuery query, Consumer<SpfAnswer> answer) {
        Inquiry inquiry;
        try {
            inquiry = inquiry(home, query.asking());
        } catch (DnsException e) {
            answer.accept(new SpfAnswer(
                    "--server=" + query.asking().server() + " is no address of a name server", null, List.of()));
            return;
        }
        var asked = new SpfCheck.Query(
                query.client(), query.helo(), query.mailFrom(), snapshot.get().hostName(), home.serverMillis());
        SpfCheck.start(
                (question, found) -> inquiry.find(question, finding -> found.accept(finding.answer())),
                asked,
                finding -> home.post(() -> {
                    var said = new SpfAnswer("", finding, inquiry.lines());
                    inquiry.close();
                    answer.accept(said);
                }));
    }
}
