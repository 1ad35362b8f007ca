package org.sluicemta.deliver;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dns.Destination;
import org.sluicemta.dns.DnsException;
import org.sluicemta.dns.HostList;
import org.sluicemta.dns.MxHost;
import org.sluicemta.dns.MxPlan;
import org.sluicemta.dns.MxTarget;
import org.sluicemta.dns.PlanQuestion;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.IpText;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.Carrier;
import org.sluicemta.queue.Consignment;
import org.sluicemta.queue.Dispatcher;
import org.sluicemta.queue.Outcome;
import org.sluicemta.queue.QueueAction;
import org.sluicemta.queue.QueueFailure;
import org.sluicemta.queue.Shard;
import org.sluicemta.route.VirtualMta;
import org.sluicemta.smtp.Capabilities;
import org.sluicemta.smtp.ClientSettings;
import org.sluicemta.smtp.Command;
import org.sluicemta.smtp.DeliveryControl;
import org.sluicemta.smtp.DeliveryDriver;
import org.sluicemta.smtp.EnhancedStatusCode;
import org.sluicemta.smtp.Extension;
import org.sluicemta.smtp.OutgoingTransaction;
import org.sluicemta.smtp.RecipientOutcome;
import org.sluicemta.smtp.Reply;
import org.sluicemta.smtp.SessionEnd;
import org.sluicemta.smtp.SmtpClientEngine;
import org.sluicemta.smtp.SmtpException;
import org.sluicemta.smtp.Stage;
import org.sluicemta.smtp.TlsUse;
import org.sluicemta.smtp.TransactionResult;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.tls.HandshakeMemory;
import org.sluicemta.tls.OutgoingTls;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsPlan;

/// One permitted connection of a queue: finds a host that answers, then carries consignments until there are no more.
///
/// States: asking for the plan → connecting (host after host) → session → over. Over is told once, by
/// [Shard#ended], after every consignment is settled. Owner: the shard's loop.
final class Attempt implements DeliveryDriver, Carrier {
    /// How often a session notes refusals of one kind.
    private static final long NOTE_EVERY_NANOS = 1_000_000_000L;

    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(60);
    /// A connection made so much after it was permitted would stand too close to the next.
    private static final long PERMIT_NANOS = Duration.ofMillis(100).toNanos();
    private static final int MAX_ENVELOPE_ID = 100;

    /// Workers that are full are asked again this soon and so often: five seconds, less than any remote waits.
    private static final long ASK_AGAIN_NANOS = Duration.ofMillis(50).toNanos();

    private static final int MOST_REFUSALS = 100;

    private final Delivery delivery;
    private final Shard shard;
    private final Dispatcher.Opening opening;
    /// Of the present snapshot; what is fixed at connect does not change.
    private DeliveryPolicy policy;

    private final VirtualMta virtualMta;
    /// Who follows, or null.
    private final @Nullable TraceLines lines;

    /// The last refusal that was noted among the queue's events: its code and status, hashed.
    private int notedRefusal;

    private long notedRefusalNanos;

    private final Alarm idle;

    /// In the order in which they are tried: those that rest behind the others.
    private List<MxTarget> targets = List.of();

    private int nextTarget;
    private int turn;
    private int tried;
    private @Nullable MxTarget target;
    private Delivery.@Nullable Source source;
    /// A handshake with the present host, within the hour.
    private boolean hasFailedLately;
    private @Nullable QueueFailure lastFailure;

    private @Nullable SmtpClientEngine engine;
    /// The engine once it takes transactions.
    private @Nullable DeliveryControl control;
    private Outcome.RemoteFacts remote = Outcome.RemoteFacts.NONE;
    /// Handed out by the shard and submitted to the engine, in order; at most two.
    private final ArrayDeque<Carried> carried = new ArrayDeque<>(2);
    /// Handed out and being signed; at most one.
    private final ArrayDeque<Consignment> signing = new ArrayDeque<>(1);
    /// Handed out while one host was left for the next: submitted when a session stands again.
    private final ArrayDeque<Consignment> early = new ArrayDeque<>(1);

    private int messages;
    /// Wakes when the next host may be tried; made when it is first needed.
    private @Nullable Alarm paced;

    private final long permittedNanos;
    private boolean isPaced;
    private boolean isHeldBack;
    private boolean hasConnected;
    private boolean hasTaken;
    private boolean hasRested;
    /// What the remote said when its 421 was to mean that the host is not available, or null.
    private @Nullable Reply unavailable;
    /// Whether it was said by a rule rather than by what 421 means.
    private boolean isSkip;

    /// Refused recipients of the present connection.
    private int errors;

    /// Sets of replies that are with the workers.
    private int judging;

    /// It is over as soon as they are back.
    private boolean hasEnded;

    private @Nullable QueueFailure endedBy;
    /// The end of a session that came before the rules' verdicts on what was said in it.
    private @Nullable Runnable whenJudged;
    private boolean hasAsked;
    /// The shard has nothing for the asking that stands.
    private boolean mayRest;
    private boolean isRetiring;
    private boolean isOver;

    Attempt(Delivery delivery, Shard shard, Dispatcher.Opening opening, DeliveryPolicy policy, VirtualMta virtualMta) {
        this.delivery = delivery;
        this.shard = shard;
        this.opening = opening;
        this.policy = policy;
        this.virtualMta = virtualMta;
        this.lines = TraceLines.of(opening);
        this.idle = delivery.loop().alarm(this::idleLongEnough);
        this.permittedNanos = delivery.loop().nanos();
    }

    /// Takes the settings of a new snapshot, for the next transaction.
    void adopt(DeliveryPolicy changed) {
        policy = changed;
    }

    QueueKey queue() {
        return opening.queue();
    }

    private void note(String text) {
        shard.note(queue(), text);
        tell(text);
    }

    private void tell(String text) {
        if (lines != null) {
            lines.tell(text);
        }
    }

    /// The usable address for a host, of those that the attempt may leave from.
    private Delivery.@Nullable Source source(MxTarget to, Predicate<@Nullable InetAddress> isFree) {
        InetAddress only = lines == null ? null : lines.onlySource();
        return delivery.source(
                virtualMta,
                isV4(to),
                turn,
                only == null ? isFree : address -> only.equals(address) && isFree.test(address));
    }

    void start() {
        if (policy.tls().isImpossible()) {
            later(new QueueFailure(
                    QueueFailure.Kind.TRANSIENT,
                    "4.7.4",
                    "",
                    Outcome.RemoteFacts.NONE,
                    policy.requireStarttls().origin() + ": TLS is required, and every smtp-tls-allow-tlsv1... is no"));
            return;
        }
        Destination destination;
        try {
            String hosts = policy.hosts().value();
            destination = hosts.isEmpty()
                    ? new Destination.Domain(
                            queue().domain(), policy.defaultPort().value())
                    : new Destination.Route(
                            HostList.parse(hosts, policy.defaultPort().value()));
        } catch (DnsException e) {
            later(new QueueFailure(
                    QueueFailure.Kind.TRANSIENT,
                    "4.3.5",
                    "",
                    Outcome.RemoteFacts.NONE,
                    policy.hosts().origin() + ": " + e.getMessage()));
            return;
        }
        if (lines != null) {
            lines.starting(queue().domain(), policy.hosts().value());
        }
        boolean isAsked =
                delivery.plans().ask(new PlanQuestion(destination, Delivery.families(virtualMta)), this::planned);
        if (!isAsked) {
            later(new QueueFailure(
                    QueueFailure.Kind.DNS, "4.4.3", "", Outcome.RemoteFacts.NONE, "too many DNS questions are open"));
        }
    }

    /// Ends in a later turn: the dispatcher never answers within [Dispatcher#open].
    private void later(QueueFailure failure) {
        delivery.loop().post(() -> over(failure));
    }

    private void planned(MxPlan plan) {
        if (isOver) {
            return;
        }
        if (lines != null) {
            lines.plan(plan);
        }
        switch (plan) {
            case MxPlan.Hosts hosts -> {
                Optional<String> rollup = rollup(hosts);
                if (rollup.isPresent()) {
                    tell("the hosts belong to a rollup: its mail goes to queue " + rollup.get() + "/"
                            + queue().virtualMta());
                    shard.joins(opening, rollup.get());
                    over(null);
                    return;
                }
                turn = delivery.nextTurn(virtualMta);
                targets = restingLast(hosts.targets(delivery.entropy()));
                if (lines != null) {
                    lines.order(targets);
                }
                nextTarget();
            }
            case MxPlan.NoMail no ->
                over(new QueueFailure(
                        QueueFailure.Kind.PERMANENT, no.status(), "", Outcome.RemoteFacts.NONE, no.text()));
            case MxPlan.TryLater later ->
                over(new QueueFailure(
                        QueueFailure.Kind.DNS, later.status(), "", Outcome.RemoteFacts.NONE, later.text()));
        }
    }

    /// The rollup queue that the domain's mail goes to, if its hosts come from DNS. Only the hosts of best
    /// preference count.
    private Optional<String> rollup(MxPlan.Hosts hosts) {
        if (!policy.hosts().value().isEmpty() || queue().domain().startsWith("[")) {
            return Optional.empty();
        }
        int best = hosts.hosts().getFirst().preference();
        List<String> names = hosts.hosts().stream()
                .filter(host -> host.preference() == best)
                .map(MxHost::name)
                .toList();
        return delivery.routes().rollup(queue(), names).filter(name -> !name.equals(queue().domain()));
    }

    /// Hosts that could not be reached lately are passed over. When all rest they are tried all the same, so that a
    /// domain is never given up unasked.
    private List<MxTarget> restingLast(List<MxTarget> all) {
        var awake = new ArrayList<MxTarget>(all.size());
        long now = delivery.loop().nanos();
        for (MxTarget candidate : all) {
            Delivery.Source from = source(candidate, any -> true);
            if (from != null && !delivery.hosts().isResting(from.address(), candidate.address(), now)) {
                awake.add(candidate);
            }
        }
        return awake.isEmpty() ? all : awake;
    }

    private static boolean isV4(MxTarget target) {
        return target.address() instanceof Inet4Address;
    }

    /// Connects to the next host, as far as `mx-connection-attempts` goes.
    private void nextTarget() {
        if (isRetiring) {
            over(null);
            return;
        }
        while (nextTarget < targets.size()
                && tried < policy.mxConnectionAttempts().value()) {
            MxTarget candidate = targets.get(nextTarget++);
            Delivery.Source from = source(candidate, address -> shard.mayLeaveFrom(opening, address));
            if (from == null) {
                if (delivery.source(virtualMta, isV4(candidate), turn, any -> true) != null) {
                    // Another opening took what was left of the address, or it was disabled meanwhile: no failure.
                    isHeldBack = true;
                    tell("no source address may be used for " + candidate
                            + " now: each is disabled, at its limits, or not of its family");
                    continue;
                }
                lastFailure = Delivery.transientFailure(
                        "4.4.1",
                        "",
                        facts(candidate, null),
                        "no usable source address of virtual MTA " + virtualMta.name() + " for " + candidate);
                continue;
            }
            target = candidate;
            source = from;
            hasFailedLately = delivery.handshakes()
                    .hasFailedLately(handshake(candidate), delivery.loop().nanos());
            connect();
            return;
        }
        QueueFailure failure = lastFailure;
        if (failure == null && isHeldBack) {
            over(null);
            return;
        }
        over(
                failure != null
                        ? failure
                        : Delivery.transientFailure(
                                "4.4.1",
                                "",
                                Outcome.RemoteFacts.NONE,
                                "no host of " + queue().domain() + " could be tried"));
    }

    /// Connects, the first time at once, as the opening was permitted, unless the permit has aged while the name was
    /// looked up; each further time counts for the rate of connections and may have to wait for it.
    private void connect() {
        long now = delivery.loop().nanos();
        boolean isPermitted = !hasConnected && now - permittedNanos <= PERMIT_NANOS;
        hasConnected = true;
        long at = isPermitted ? now : shard.connectsAgain(opening);
        if (at - now <= 0) {
            connectNow();
            return;
        }
        if (lines != null) {
            lines.tell("the next connection waits " + (at - now + 999_999_999L) / 1_000_000_000L
                    + " s for max-connect-rate");
        }
        Alarm wake = paced == null ? paced = delivery.loop().alarm(this::pacedLongEnough) : paced;
        isPaced = true;
        wake.set(at);
    }

    private void pacedLongEnough() {
        isPaced = false;
        if (isOver) {
            return;
        }
        if (isRetiring) {
            over(null);
        } else if (shard.mayLeaveFrom(opening, source().address())) {
            connectNow();
        } else {
            // Others took what was left of the address meanwhile, or it was disabled: another one may do.
            nextTarget--;
            nextTarget();
        }
    }

    /// Whoever waits for the rate alone need not wait any longer to go. In a turn of its own: the shard may be asking.
    private void endPacing() {
        if (isPaced && paced != null) {
            paced.set(delivery.loop().nanos());
        }
    }

    private void connectNow() {
        MxTarget to = target();
        Delivery.Source from = source();
        tried++;
        shard.leavesFrom(opening, from.address());
        TlsUse tls = tlsUse(to);
        Set<Extension> use =
                EnumSet.of(Extension.ENHANCEDSTATUSCODES, Extension.SMTPUTF8, Extension.SIZE, Extension.DSN);
        if (!policy.ignorePipelining().value()) {
            use.add(Extension.PIPELINING);
        }
        if (!policy.ignoreChunking().value()) {
            use.add(Extension.CHUNKING);
        }
        if (!policy.ignore8BitMime().value()) {
            use.add(Extension.EIGHT_BIT_MIME);
        }
        ClientSettings.Timeouts rfc = ClientSettings.Timeouts.DEFAULT;
        var timeouts = new ClientSettings.Timeouts(
                policy.greetingTimeout().value(),
                rfc.hello(),
                rfc.startTls(),
                rfc.mail(),
                rfc.rcpt(),
                rfc.data(),
                policy.dataSendTimeout().value(),
                policy.dataTerminationTimeout().value(),
                rfc.quit());
        var settings = new ClientSettings(from.helloName(), tls, policy.login(), use, timeouts, 256 << 10, 256 << 10);
        var next = new SmtpClientEngine(settings, this);
        errors = 0;
        engine = next;
        if (lines != null) {
            lines.connecting(from, to);
        }
        delivery.network()
                .connect(
                        delivery.loop(),
                        new ConnectPlan(
                                to.socketAddress(),
                                from.address(),
                                policy.connectTimeout().value().toNanos()),
                        lines == null ? next : lines.overhear(next, to, Secrets.of(policy.login())));
    }

    private TlsUse tlsUse(MxTarget to) {
        OutgoingTls tls = policy.tls();
        var peer = new OutgoingTls.Peer(
                virtualMta.name(),
                to.host().isLiteral() ? "" : to.host().name(),
                IpText.of(to.address()),
                HANDSHAKE_TIMEOUT);
        Optional<TlsPlan.Client> plan = tls.plan(peer, hasFailedLately);
        if (plan.isEmpty()) {
            return new TlsUse.Never();
        }
        return tls.isRequired() ? new TlsUse.Required(plan.get()) : new TlsUse.IfOffered(plan.get());
    }

    // --- what the engine tells

    @Override
    public void ready(
            DeliveryControl engine, Connection connection, Capabilities capabilities, Optional<TlsFacts> tls) {
        control = engine;
        MxTarget to = target();
        delivery.hosts().reached(source().address(), to.address());
        if (tls.isPresent()) {
            delivery.handshakes().succeeded(handshake(to));
        }
        InetAddress local = connection.local() instanceof InetSocketAddress inet ? inet.getAddress() : null;
        remote = new Outcome.RemoteFacts(
                to.toString(),
                IpText.of(to.address()),
                local == null ? "" : IpText.of(local),
                keywords(capabilities),
                "smtp",
                tls.map(TlsFacts::protocol).orElse(""),
                tls.map(TlsFacts::cipher).orElse(""));
        while (!early.isEmpty()) {
            submit(early.removeFirst());
        }
        if (hasAsked) {
            rest();
        } else {
            ask();
        }
    }

    /// As accounting prints them: upper case, comma separated.
    static String keywords(Capabilities capabilities) {
        var words = new StringBuilder();
        for (Extension extension : Extension.values()) {
            if (capabilities.has(extension)) {
                words.append(words.isEmpty() ? "" : ",").append(extension.keyword());
            }
        }
        return words.toString();
    }

    @Override
    public void wantsNext() {
        ask();
    }

    /// Asks the shard for the next consignment, one question at a time.
    private void ask() {
        if (isOver || control == null) {
            return;
        }
        if (unavailable != null) {
            if (isEmptyHanded()) {
                quit();
            }
            return;
        }
        int bound = policy.maxMsgPerConnection().value();
        if (isRetiring || bound > 0 && messages >= bound) {
            if (isEmptyHanded()) {
                quit();
            }
            return;
        }
        if (hasAsked || !signing.isEmpty()) {
            return;
        }
        hasAsked = true;
        shard.wants(opening, this);
    }

    @Override
    public void carry(Consignment consignment) {
        hasAsked = false;
        mayRest = false;
        idle.clear();
        DeliveryControl standing = control;
        if (isOver) {
            giveBack(consignment);
        } else if (standing == null) {
            early.addLast(consignment);
        } else if (standing.takesWork()) {
            submit(consignment);
        } else {
            giveBack(consignment);
        }
    }

    /// Neither under way nor about to be.
    private boolean isEmptyHanded() {
        return carried.isEmpty() && signing.isEmpty();
    }

    private void submit(Consignment consignment) {
        Signing how = policy.signing().value();
        HeaderEdit edit = HeaderEdit.of(consignment, policy);
        if (how.isNone() && edit.isNothing()) {
            submit(consignment, Signatures.Front.NOTHING);
            return;
        }
        signing.addLast(consignment);
        delivery.signatures().sign(consignment.stored(), how, edit, front -> signed(consignment, front));
    }

    private void signed(Consignment consignment, Signatures.Front front) {
        if (!signing.remove(consignment)) {
            // The attempt is over, and the consignment was given back with it.
            return;
        }
        DeliveryControl standing = control;
        if (front == Signatures.Front.NOT_SIGNED) {
            // Never in clear of a signature that was asked for: it waits until the key is mended.
            settleLater(
                    consignment,
                    new Outcome.Deferred(Outcome.RemoteFacts.NONE, "4.3.5", "X-Sluice;the message cannot be signed"),
                    this::ask);
        } else if (standing == null) {
            early.addLast(consignment);
        } else if (unavailable != null) {
            // The host is to be left: what was not handed over yet goes by another one.
            settleLater(consignment, new Outcome.Untouched(), this::ask);
        } else if (standing.takesWork()) {
            submit(consignment, front);
        } else {
            giveBack(consignment);
        }
    }

    private void submit(Consignment consignment, Signatures.Front front) {
        OutgoingTransaction transaction;
        try {
            transaction = transaction(consignment, front);
        } catch (SmtpException e) {
            // Nothing that stands in a queue should be unfit for a command; what is would be so at each attempt.
            settleLater(
                    consignment,
                    new Outcome.Bounced(Outcome.RemoteFacts.NONE, "5.6.0", "X-Sluice;" + e.getMessage()),
                    this::ask);
            return;
        }
        messages++;
        if (lines != null) {
            lines.carries(consignment);
        }
        carried.addLast(new Carried(consignment, transaction));
        control().submit(transaction);
    }

    private void giveBack(Consignment consignment) {
        settleLater(consignment, new Outcome.Untouched(), () -> {});
    }

    /// The shard is not answered from within its own call.
    private void settleLater(Consignment consignment, Outcome forAll, Runnable then) {
        delivery.loop().post(() -> {
            shard.settled(
                    consignment,
                    java.util.Collections.nCopies(consignment.recipients().size(), forAll),
                    0);
            then.run();
        });
    }

    @Override
    public void nothing(boolean mayIdle) {
        if (mayIdle) {
            // The asking stands: carry() comes when there is mail.
            mayRest = true;
            rest();
            return;
        }
        hasAsked = false;
        isRetiring = true;
        if (messages == 0) {
            tell("there is no mail for this session now");
        }
        if (isEmptyHanded()) {
            quit();
        }
    }

    @Override
    public void retire() {
        isRetiring = true;
        endPacing();
        if (isEmptyHanded() && control != null) {
            quit();
        }
    }

    /// With nothing to carry and nothing to come soon, the session rests for `connection-idle-timeout`.
    private void rest() {
        if (mayRest && isEmptyHanded() && control != null && !isOver) {
            hasRested = true;
            // An attempt that was made to be seen is over when its mail is out.
            boolean isTrial = lines != null && lines.isTrial();
            Duration most =
                    isTrial ? Duration.ZERO : policy.connectionIdleTimeout().value();
            idle.set(delivery.loop().nanos() + most.toNanos());
        }
    }

    private void idleLongEnough() {
        if (isEmptyHanded() && !isOver) {
            isRetiring = true;
            shard.leaving(opening);
            quit();
        }
    }

    private void quit() {
        DeliveryControl standing = control;
        if (standing != null) {
            standing.quit();
        }
    }

    /// Drops everything at once: transactions report, what was not begun goes back.
    void abort() {
        isRetiring = true;
        endPacing();
        SmtpClientEngine present = engine;
        if (present != null) {
            present.abort();
        }
        if (control == null) {
            // Nothing stands yet; what the engine or the resolver still say is heard by nobody.
            over(null);
        }
    }

    private OutgoingTransaction transaction(Consignment consignment, Signatures.Front front) {
        var message = consignment.stored().message();
        List<AcceptedRecipient> accepted = consignment.recipients();
        var recipients = new ArrayList<OutgoingTransaction.Recipient>(accepted.size());
        for (AcceptedRecipient recipient : accepted) {
            recipients.add(new OutgoingTransaction.Recipient(
                    Address.ofChecked(recipient.forwardPath()),
                    notifyOn(recipient.notifyBits()),
                    recipient.originalRecipient()));
        }
        return new OutgoingTransaction(
                message.reversePath().isEmpty() ? Address.NULL_PATH : Address.ofChecked(message.reversePath()),
                recipients,
                new StoredContent(consignment.stored(), front),
                switch (message.returnType()) {
                    case "FULL" -> Command.ReturnOf.FULL;
                    case "HDRS" -> Command.ReturnOf.HEADERS;
                    default -> Command.ReturnOf.UNSTATED;
                },
                xtext(accepted.getFirst().envelopeId()));
    }

    /// An envelope id may come from a header, and hold anything. One that is xtext as it stands was given so. The bound
    /// is that of ENVID. Source: RFC 3461 sections 4 and 4.4.
    static String xtext(String envelopeId) {
        boolean isFit = envelopeId.length() <= MAX_ENVELOPE_ID;
        for (int i = 0; isFit && i < envelopeId.length(); i++) {
            char c = envelopeId.charAt(i);
            isFit = c > ' ' && c < 127 && c != '=';
        }
        if (isFit) {
            return envelopeId;
        }
        var encoded = new StringBuilder();
        for (byte b : envelopeId.getBytes(StandardCharsets.UTF_8)) {
            if (encoded.length() > MAX_ENVELOPE_ID - 3) {
                break;
            }
            if (b > ' ' && b < 127 && b != '+' && b != '=') {
                encoded.append((char) b);
            } else {
                encoded.append('+')
                        .append(java.util.HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return encoded.toString();
    }

    private static Set<Command.Notify> notifyOn(int bits) {
        if (bits == 0) {
            return Set.of();
        }
        var set = EnumSet.noneOf(Command.Notify.class);
        if ((bits & AcceptedRecipient.Notify.NEVER) != 0) {
            set.add(Command.Notify.NEVER);
        }
        if ((bits & AcceptedRecipient.Notify.SUCCESS) != 0) {
            set.add(Command.Notify.SUCCESS);
        }
        if ((bits & AcceptedRecipient.Notify.FAILURE) != 0) {
            set.add(Command.Notify.FAILURE);
        }
        if ((bits & AcceptedRecipient.Notify.DELAY) != 0) {
            set.add(Command.Notify.DELAY);
        }
        return set;
    }

    /// What the shard handed out, and the transaction it became.
    private record Carried(Consignment consignment, OutgoingTransaction transaction) {}

    /// By the transaction, not by turn: one that was repeated without optional parameters is told after its successor.
    private Consignment settledBy(TransactionResult result) {
        for (Carried each : carried) {
            if (each.transaction == result.transaction()) {
                carried.remove(each);
                return each.consignment;
            }
        }
        throw new IllegalStateException("a result for a transaction that was not submitted");
    }

    @Override
    public void transactionDone(TransactionResult result) {
        Consignment consignment = settledBy(result);
        if (policy.replyRules().value().isEmpty()) {
            conclude(consignment, result, Map.of());
            return;
        }
        var judged = new LinkedHashMap<Said, ReplyRules.Verdict>();
        for (RecipientOutcome outcome : result.outcomes()) {
            Said said = said(outcome);
            if (said != null) {
                judged.put(said, ReplyRules.Verdict.NOTHING);
            }
        }
        if (judged.isEmpty()) {
            conclude(consignment, result, judged);
        } else {
            judge(judged, () -> conclude(consignment, result, judged));
        }
    }

    /// A negative reply, as rules see it.
    private record Said(Reply reply, boolean isToRcpt) {}

    private static @Nullable Said said(RecipientOutcome outcome) {
        return switch (outcome) {
            case RecipientOutcome.Deferred later -> new Said(later.reply(), later.stage() == Stage.RCPT);
            case RecipientOutcome.Rejected refused -> new Said(refused.reply(), false);
            case RecipientOutcome.Accepted _,
                    RecipientOutcome.Overflow _,
                    RecipientOutcome.NotOffered _,
                    RecipientOutcome.Unanswered _,
                    RecipientOutcome.Unsendable _ -> null;
        };
    }

    /// Has the rules look at replies, on a worker, because a text may be hostile. The attempt is not over before all
    /// that are with the workers have come back.
    private void judge(Map<Said, ReplyRules.Verdict> replies, Runnable then) {
        judging++;
        new Judgement(policy.replyRules().value(), replies, then).ask();
    }

    /// Replies on their way to the rules and back. While the workers are full it is asked again: what the operator
    /// wants done must not depend on that, and no pattern is run on a loop.
    private final class Judgement implements Answer<List<ReplyRules.Verdict>> {
        private final ReplyRules rules;
        private final Map<Said, ReplyRules.Verdict> replies;
        private final List<Said> all;
        private final Runnable then;
        private int refusals;

        Judgement(ReplyRules rules, Map<Said, ReplyRules.Verdict> replies, Runnable then) {
            this.rules = rules;
            this.replies = replies;
            this.all = List.copyOf(replies.keySet());
            this.then = then;
        }

        void ask() {
            delivery.workers().run(delivery.loop(), () -> verdicts(rules, all), this);
        }

        @Override
        public void ready(List<ReplyRules.Verdict> verdicts) {
            judged(verdicts);
        }

        @Override
        public void failed(IoFailure why) {
            if (why.kind() == IoFailure.Kind.EXHAUSTED && refusals++ < MOST_REFUSALS) {
                delivery.loop().alarm(this::ask).set(delivery.loop().nanos() + ASK_AGAIN_NANOS);
                return;
            }
            note("the rules of smtp-pattern-list " + rules.name() + " did not see \""
                    + all.getFirst().reply().text() + "\" of " + target() + ", it counts as no match: "
                    + why.text());
            judged(java.util.Collections.nCopies(all.size(), ReplyRules.Verdict.NOTHING));
        }

        private void judged(List<ReplyRules.Verdict> verdicts) {
            for (int i = 0; i < all.size(); i++) {
                replies.put(all.get(i), verdicts.get(i));
                act(all.get(i).reply(), verdicts.get(i));
            }
            judging--;
            then.run();
            Runnable end = whenJudged;
            if (judging == 0 && end != null) {
                whenJudged = null;
                if (!isOver && !hasEnded) {
                    end.run();
                }
            }
            if (judging == 0 && hasEnded) {
                over(endedBy);
            }
        }
    }

    private static List<ReplyRules.Verdict> verdicts(ReplyRules rules, List<Said> all) {
        var verdicts = new ArrayList<ReplyRules.Verdict>(all.size());
        for (Said each : all) {
            verdicts.add(rules.judge(each.reply().text(), each.isToRcpt()));
        }
        return verdicts;
    }

    /// What a reply does to the queue; what it means to its recipient comes with the outcome.
    private void act(Reply reply, ReplyRules.Verdict verdict) {
        if (verdict == ReplyRules.Verdict.NOTHING) {
            return;
        }
        String reason = "\"" + reply.text() + "\" received from " + target() + " matches " + verdict.origin();
        verdict.mode().ifPresent(mode -> {
            switch (mode) {
                case ReplyRules.Action.Backoff(QueueAction.Lasting lasting) ->
                    shard.act(opening, new QueueAction.Backoff(lasting, reason));
                case ReplyRules.Action.Normal _ -> shard.act(opening, new QueueAction.Normal(reason));
                case ReplyRules.Action.SkipMx _,
                        ReplyRules.Action.BounceQueue _,
                        ReplyRules.Action.BounceRcpt _,
                        ReplyRules.Action.DisableSource _,
                        ReplyRules.Action.DeferQueue _ ->
                    throw new IllegalStateException("a mode is backoff or normal");
            }
        });
        verdict.source()
                .ifPresent(disable -> shard.act(
                        opening, new QueueAction.DisableSource(source().address(), disable.lasting(), reason)));
        if (verdict.bouncesQueue()) {
            shard.act(opening, new QueueAction.BounceAll(status(reply, "5.0.0"), diagnostic(reply)));
        }
        if (verdict.defersQueue()) {
            shard.act(
                    opening,
                    new QueueAction.Defer(Delivery.transientFailure(
                            status(reply, "4.0.0"),
                            diagnostic(reply),
                            facts(target(), source().address()),
                            "the queue is put off: " + reason)));
        }
    }

    private void conclude(Consignment consignment, TransactionResult result, Map<Said, ReplyRules.Verdict> verdicts) {
        var outcomes = new ArrayList<Outcome>(result.outcomes().size());
        int taken = 0;
        Reply refusal = null;
        for (RecipientOutcome each : result.outcomes()) {
            Said said = verdicts.isEmpty() ? null : said(each);
            ReplyRules.Verdict verdict =
                    said == null ? ReplyRules.Verdict.NOTHING : verdicts.getOrDefault(said, ReplyRules.Verdict.NOTHING);
            Outcome outcome = outcome(each, verdict);
            outcomes.add(outcome);
            taken += outcome instanceof Outcome.Delivered ? 1 : 0;
            refusal = refusal == null ? refusal(each) : refusal;
        }
        if (refusal != null) {
            note(refusal);
        }
        if (taken > 0) {
            hasTaken = true;
            delivery.took(queue());
            delivery.counts().add(taken, result.contentBytes());
        }
        if (lines != null) {
            lines.outcomes(consignment, outcomes);
        }
        shard.settled(consignment, outcomes, result.contentBytes());
        if (unavailable != null) {
            // Once is enough: a second transaction may be under way.
            if (control != null && isEmptyHanded()) {
                quit();
            }
        } else if (isEmptyHanded() && !isOver) {
            if (hasAsked) {
                rest();
            } else {
                ask();
            }
        }
    }

    private static @Nullable Reply refusal(RecipientOutcome outcome) {
        return switch (outcome) {
            case RecipientOutcome.Deferred later -> later.reply();
            case RecipientOutcome.Rejected refused -> refused.reply();
            case RecipientOutcome.Accepted _,
                    RecipientOutcome.Overflow _,
                    RecipientOutcome.NotOffered _,
                    RecipientOutcome.Unanswered _,
                    RecipientOutcome.Unsendable _ -> null;
        };
    }

    /// The first refusal of a transaction; the others are in the accounting. Where a remote refuses everything, one a
    /// second of each session is enough: a note replaces the last of its kind.
    private void note(Reply refusal) {
        long now = delivery.loop().nanos();
        int kind = refusal.code().value() * 31 + refusal.enhanced().hashCode();
        if (kind == notedRefusal && now - notedRefusalNanos < NOTE_EVERY_NANOS) {
            return;
        }
        notedRefusal = kind;
        notedRefusalNanos = now;
        String code = refusal.code().value() + " " + status(refusal, "");
        String begins = "Error: \"";
        shard.noteRefusal(
                queue(), begins + code.stripTrailing(), begins + refusal.text() + "\" while connected" + way());
    }

    private Outcome outcome(RecipientOutcome outcome, ReplyRules.Verdict verdict) {
        return switch (outcome) {
            case RecipientOutcome.Accepted taken ->
                new Outcome.Delivered(remote, status(taken.reply(), "2.0.0"), diagnostic(taken.reply()));
            case RecipientOutcome.Deferred later -> {
                countError();
                yield deferred(later.reply(), verdict);
            }
            case RecipientOutcome.Rejected refused -> {
                countError();
                yield refused(refused, verdict);
            }
            case RecipientOutcome.Overflow _ -> new Outcome.Untouched();
            case RecipientOutcome.NotOffered _ -> new Outcome.Untouched();
            case RecipientOutcome.Unanswered lost ->
                lost.stage() == Stage.FINAL
                                && lost.isTimedOut()
                                && policy.assumesDeliveryUponTimeout().value()
                        ? new Outcome.Delivered(remote, "2.0.0", "")
                        : lost.stage() == Stage.FINAL
                                // Nobody knows whether it was taken: it waits out its own time, so that a remote
                                // which always breaks here is not sent the same message in a loop.
                                ? new Outcome.Deferred(remote, "4.4.2", "")
                                : new Outcome.Untouched();
            case RecipientOutcome.Unsendable cannot ->
                switch (cannot.reason()) {
                    case TOO_BIG -> bounced("5.3.4", "the message is larger than " + remote.mta() + " takes");
                    case NO_EIGHT_BIT -> bounced("5.6.3", remote.mta() + " does not take 8-bit content");
                    case NO_UTF8_ADDRESS -> bounced("5.6.7", remote.mta() + " does not take international addresses");
                    case NO_UTF8_HEADER -> bounced("5.6.9", remote.mta() + " does not take international headers");
                };
        };
    }

    /// A 421 in a dialogue is the recipient's deferral, unless it is to mean that the host is not available: then the
    /// recipient is not marked and the next host is tried.
    private Outcome deferred(Reply reply, ReplyRules.Verdict verdict) {
        if (verdict.skipsMx()) {
            return skipped(reply);
        }
        if (verdict.bouncesQueue() || verdict.bouncesRcpt()) {
            return new Outcome.Bounced(remote, status(reply, "4.0.0"), diagnostic(reply));
        }
        if (reply.isClosing() && policy.means421Unavailable().value()) {
            unavailable = reply;
            return new Outcome.Untouched();
        }
        return new Outcome.Deferred(remote, status(reply, "4.0.0"), diagnostic(reply));
    }

    private Outcome refused(RecipientOutcome.Rejected refused, ReplyRules.Verdict verdict) {
        Reply reply = refused.reply();
        if (verdict.skipsMx()) {
            return skipped(reply);
        }
        // A 553 to RCPT says that the mailbox's name is not allowed. Source: RFC 5321 section 4.2.3.
        boolean isInvalidMailbox = refused.stage() == Stage.RCPT
                && reply.code().value() == 553
                && policy.means553InvalidMailbox().value();
        return new Outcome.Bounced(remote, status(reply, isInvalidMailbox ? "5.1.1" : "5.0.0"), diagnostic(reply));
    }

    /// The rules want another host: the recipient is not marked, whatever the reply was.
    private Outcome skipped(Reply reply) {
        unavailable = reply;
        isSkip = true;
        return new Outcome.Untouched();
    }

    private void countError() {
        int most = policy.maxErrorsPerConnection().value();
        if (most > 0 && ++errors >= most) {
            isRetiring = true;
        }
    }

    private Outcome bounced(String status, String text) {
        return new Outcome.Bounced(remote, status, "X-Sluice;" + text);
    }

    static String status(Reply reply, String byClass) {
        Optional<EnhancedStatusCode> code = reply.enhanced();
        return code.isPresent() ? code.get().toString() : byClass;
    }

    static String diagnostic(Reply reply) {
        return "smtp;" + reply.text();
    }

    @Override
    public void oddity(String text) {
        note("odd reply of " + target() + ": " + text);
    }

    @Override
    public void closed(SessionEnd end, int recipientsAnswered) {
        engine = null;
        control = null;
        idle.clear();
        // The engine has reported every submitted transaction; what is left was never submitted.
        while (!carried.isEmpty()) {
            Consignment consignment = carried.removeFirst().consignment();
            shard.settled(consignment, untouched(consignment), 0);
        }
        if (isOver) {
            return;
        }
        if (judging > 0) {
            // What the rules say of the last replies decides what the end means.
            whenJudged = () -> ended(end, recipientsAnswered);
        } else {
            ended(end, recipientsAnswered);
        }
    }

    private void ended(SessionEnd end, int recipientsAnswered) {
        Reply said = unavailable;
        if (said != null) {
            leaveUnavailable(said);
            return;
        }
        switch (end) {
            case SessionEnd.Finished _ -> over(null);
            case SessionEnd.NotConnected not -> notConnected(not.why());
            case SessionEnd.Refused refused ->
                judgeSession(refused.reply(), verdict -> refusedBeforeMail(refused.stage(), refused.reply(), verdict));
            case SessionEnd.ClosedBySpeech speech ->
                judgeSession(speech.reply(), verdict -> closedBySpeech(speech, recipientsAnswered, verdict));
            case SessionEnd.TlsNotOffered _ ->
                tryNextFor("4.7.4", "STARTTLS is required and " + target() + " does not offer it");
            case SessionEnd.NoLogin no -> tryNextFor("4.7.0", target() + ": " + no.text());
            case SessionEnd.TlsFailed failed -> tlsFailed(failed.text());
            case SessionEnd.Lost lost ->
                afterTrouble(
                        lost.stage(),
                        recipientsAnswered,
                        "4.4.2",
                        "",
                        "EDISCON in connection to " + target() + " (" + lost.stage() + "): "
                                + lost.why().text());
            case SessionEnd.TimedOut late ->
                afterTrouble(
                        late.stage(),
                        recipientsAnswered,
                        "4.4.2",
                        "",
                        "ETIMEDOUT waiting for " + target() + " (" + late.stage() + ")");
            case SessionEnd.OutOfStep odd ->
                afterTrouble(
                        odd.stage(),
                        recipientsAnswered,
                        "4.5.0",
                        "",
                        target() + " is out of step (" + odd.stage() + "): " + odd.text());
        }
    }

    /// Has the rules look at a reply that was to no recipient; another host or the end comes after that.
    private void judgeSession(Reply reply, Consumer<ReplyRules.Verdict> then) {
        if (policy.replyRules().value().isEmpty()) {
            then.accept(ReplyRules.Verdict.NOTHING);
            return;
        }
        var said = new Said(reply, false);
        var replies = new LinkedHashMap<Said, ReplyRules.Verdict>();
        replies.put(said, ReplyRules.Verdict.NOTHING);
        judge(replies, () -> {
            if (!isOver && !hasEnded) {
                then.accept(replies.getOrDefault(said, ReplyRules.Verdict.NOTHING));
            }
        });
    }

    private void closedBySpeech(SessionEnd.ClosedBySpeech speech, int recipientsAnswered, ReplyRules.Verdict verdict) {
        if (verdict.skipsMx()) {
            isSkip = true;
            leaveUnavailable(speech.reply());
        } else if (verdict.bouncesQueue() || verdict.defersQueue()) {
            over(null);
        } else {
            afterTrouble(
                    speech.stage(),
                    recipientsAnswered,
                    status(speech.reply(), "4.3.2"),
                    diagnostic(speech.reply()),
                    "\"" + speech.reply().text() + "\" while connected" + way());
        }
    }

    /// A 421 meant that the host is not available: it rests, and the next one is tried.
    private void leaveUnavailable(Reply said) {
        unavailable = null;
        boolean isSkipped = isSkip;
        isSkip = false;
        delivery.hosts()
                .failed(source().address(), target().address(), delivery.loop().nanos());
        String text = isSkipped
                ? "skip of MX requested: \"" + said.text() + "\" received from " + target() + " while connected" + way()
                : "\"" + said.text() + "\" while connected" + way();
        if (hasTaken) {
            note(text);
            over(null);
        } else {
            messages = 0;
            tryNext(status(said, "4.3.2"), diagnostic(said), text);
        }
    }

    private void notConnected(IoFailure why) {
        MxTarget to = target();
        InetAddress from = source().address();
        if (why.kind() == IoFailure.Kind.ADDRESS_NOT_AVAILABLE && from != null) {
            delivery.cannotBind(virtualMta, from);
            tried--;
            nextTarget--;
            tryNext(
                    "4.4.1",
                    "",
                    "source address " + IpText.of(from) + " cannot be bound; disabled for virtual MTA "
                            + virtualMta.name());
            return;
        }
        boolean isOurs =
                switch (why.kind()) {
                    // No port or descriptor is left here: the host is not to blame.
                    case EXHAUSTED, ADDRESS_IN_USE, DENIED -> true;
                    case CLOSED_HERE,
                            CLOSED_THERE,
                            REFUSED,
                            TIMED_OUT,
                            UNREACHABLE,
                            ADDRESS_NOT_AVAILABLE,
                            TLS,
                            NOT_FOUND,
                            LOCKED,
                            NO_SPACE,
                            READ_ONLY,
                            DISTRUSTED,
                            ERROR -> false;
                };
        if (!isOurs) {
            delivery.hosts().failed(from, to.address(), delivery.loop().nanos());
        }
        String word =
                switch (why.kind()) {
                    case REFUSED -> "ECONNREFUSED";
                    case TIMED_OUT -> "ETIMEDOUT";
                    case UNREACHABLE -> "EHOSTUNREACH";
                    default -> why.kind().toString();
                };
        tryNext("4.4.1", "", word + " connecting to " + to);
    }

    private void refusedBeforeMail(Stage stage, Reply reply, ReplyRules.Verdict verdict) {
        if (verdict.bouncesQueue() || verdict.defersQueue()) {
            over(null);
            return;
        }
        if (verdict.skipsMx()) {
            isSkip = true;
            leaveUnavailable(reply);
            return;
        }
        if (stage == Stage.STARTTLS) {
            tlsFailed("\"" + reply.text() + "\" to STARTTLS");
            return;
        }
        String step =
                switch (stage) {
                    case HELLO -> " to EHLO";
                    case LOGIN -> " to AUTH";
                    default -> " as greeting";
                };
        // Some remotes repeat what they were told.
        Secrets secrets = stage == Stage.LOGIN ? Secrets.of(policy.login()) : Secrets.NONE;
        String text = "\"" + secrets.hidden(reply.text()) + "\"" + step + way();
        boolean isPermanent = reply instanceof Reply.PermanentNegative
                && stage == Stage.GREETING
                && policy.bounceUpon5xxGreeting().value();
        var failure = new QueueFailure(
                isPermanent ? QueueFailure.Kind.PERMANENT : QueueFailure.Kind.TRANSIENT,
                status(reply, isPermanent ? "5.0.0" : "4.0.0"),
                secrets.hidden(diagnostic(reply)),
                facts(target(), source().address()),
                text);
        lastFailure = failure;
        note("Error: " + text);
        if (stage == Stage.LOGIN && reply instanceof Reply.PermanentNegative) {
            // The same password again, at another host of the same owner, counts there as guessing.
            over(failure);
            return;
        }
        nextTarget();
    }

    /// A rule of our own kept mail from the host: the row says which.
    private void tryNextFor(String status, String text) {
        tryNext(status, "X-Sluice;" + text, text);
    }

    private HandshakeMemory.Peer handshake(MxTarget to) {
        return new HandshakeMemory.Peer(to.address(), policy.tls());
    }

    private void tlsFailed(String text) {
        MxTarget to = target();
        if (policy.requireStarttls().value()) {
            tryNextFor("4.7.5", "TLS with " + to + " failed: " + text);
            return;
        }
        delivery.handshakes().failed(handshake(to), delivery.loop().nanos());
        note("TLS with " + to + " failed (" + text + "), going on in clear");
        if (isRetiring) {
            over(null);
            return;
        }
        // The same host once more; the address is chosen anew, as it may have been disabled.
        tried--;
        nextTarget--;
        nextTarget();
    }

    /// A session that stood has broken. Nobody was answered on a fresh connection: the host has failed, and the next
    /// one is tried. Else the queue goes on with a new connection, unless the remote closes again and again without
    /// taking anything. That it closes a session which has long been idle means nothing.
    private void afterTrouble(Stage stage, int recipientsAnswered, String status, String diagnostic, String text) {
        if (stage == Stage.STARTTLS || stage == Stage.TLS) {
            tlsFailed(text);
        } else if (recipientsAnswered == 0 && stage != Stage.IDLE && !hasRested) {
            messages = 0;
            tryNext(status, diagnostic, text);
        } else if (!hasTaken && !(hasRested && stage == Stage.IDLE) && delivery.isClosedTooOften(queue())) {
            note(text);
            over(Delivery.transientFailure(
                    status,
                    diagnostic,
                    facts(target(), source().address()),
                    text + "; " + Delivery.BARREN_CLOSES + " times in a row without taking a message"));
        } else {
            note(text);
            over(null);
        }
    }

    private void tryNext(String status, String diagnostic, String text) {
        note(text);
        lastFailure = Delivery.transientFailure(status, diagnostic, facts(target(), source().address()), text);
        nextTarget();
    }

    private String way() {
        InetAddress from = source().address();
        return (from == null ? "" : " from " + IpText.of(from)) + " to " + target();
    }

    private static Outcome.RemoteFacts facts(MxTarget to, @Nullable InetAddress from) {
        return new Outcome.RemoteFacts(
                to.toString(), IpText.of(to.address()), from == null ? "" : IpText.of(from), "", "smtp");
    }

    private static List<Outcome> untouched(Consignment consignment) {
        return java.util.Collections.nCopies(consignment.recipients().size(), new Outcome.Untouched());
    }

    private void over(@Nullable QueueFailure failure) {
        if (isOver) {
            return;
        }
        if (judging > 0) {
            hasEnded = true;
            endedBy = failure;
            return;
        }
        isOver = true;
        idle.clear();
        for (ArrayDeque<Consignment> left : List.of(signing, early)) {
            while (!left.isEmpty()) {
                Consignment consignment = left.removeFirst();
                shard.settled(consignment, untouched(consignment), 0);
            }
        }
        delivery.ended(this);
        shard.ended(opening, failure);
    }

    private DeliveryControl control() {
        DeliveryControl present = control;
        if (present == null) {
            throw new IllegalStateException("no session stands");
        }
        return present;
    }

    private MxTarget target() {
        MxTarget present = target;
        if (present == null) {
            throw new IllegalStateException("no host was chosen");
        }
        return present;
    }

    private Delivery.Source source() {
        Delivery.Source present = source;
        if (present == null) {
            throw new IllegalStateException("no source was chosen");
        }
        return present;
    }
}
