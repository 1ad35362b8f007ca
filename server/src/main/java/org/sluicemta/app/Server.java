package org.sluicemta.app;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.bounce.Reports;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Directives;
import org.sluicemta.config.Listener;
import org.sluicemta.config.Snapshot;
import org.sluicemta.control.About;
import org.sluicemta.control.ConfigCommands;
import org.sluicemta.control.Control;
import org.sluicemta.control.MailActions;
import org.sluicemta.control.NetworkOperations;
import org.sluicemta.control.Operations;
import org.sluicemta.control.Upkeep;
import org.sluicemta.deliver.Delivery;
import org.sluicemta.deliver.FileStore;
import org.sluicemta.dns.MxPlans;
import org.sluicemta.dns.PlanSettings;
import org.sluicemta.dns.Resolver;
import org.sluicemta.dns.ResolverCounters;
import org.sluicemta.dns.ResolverSettings;
import org.sluicemta.inject.PickedMail;
import org.sluicemta.inject.Pickup;
import org.sluicemta.mail.MessageId;
import org.sluicemta.queue.Dispatcher;
import org.sluicemta.queue.MessageExplanation;
import org.sluicemta.queue.OutcomeCounts;
import org.sluicemta.queue.QueueAction;
import org.sluicemta.queue.QueueBudget;
import org.sluicemta.queue.QueueExplanation;
import org.sluicemta.queue.QueuePattern;
import org.sluicemta.queue.QueuePolicy;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.queue.QueueTotals;
import org.sluicemta.queue.Shard;
import org.sluicemta.receive.LocalSubmission;
import org.sluicemta.receive.Reception;
import org.sluicemta.receive.SmtpListener;
import org.sluicemta.smtp.Reply;
import org.sluicemta.spool.JournalSpool;
import org.sluicemta.spool.Spool;
import org.sluicemta.web.MeasuredServer;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.World;

/// The whole server, wired: constructors here, no container. It is given a [World] and cannot tell which.
///
/// Start: queues, delivery, spool (which tells the queues what still waits), accounting, listeners. Stop: listeners,
/// reception answers 421, sessions end after their message, accounting catches up, the spool closes.
///
/// Owner: the first mail loop.
public final class Server {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    static final String UNSYNCED =
            "unsynced-acceptance is on: mail is answered 250 before it is on disk; a crash or a failing disk may lose it";

    /// Content kept at hand by one shard, of the whole content budget: a quarter over all shards.
    private static final int FRESH_SHARE = 4;
    /// Questions about MX plans that one shard may have open.
    private static final int PLAN_CREDITS = 4096;
    private static final int BACKLOG = 4096;
    /// Reloads that wait for one under way: more are a loop in somebody's script.
    private static final int MOST_RELOADS = 16;
    /// How long a stop waits, beyond its bound, for a disk that does not answer.
    private static final long DISK_PATIENCE_MILLIS = 10_000;
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(60);
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final World world;
    private final Loop home;
    private final Loop housekeeping;
    private final QueueRoom queues;
    private final List<Delivery> deliveries = new ArrayList<>();
    private final Resolver resolver;
    private final MxPlans plans;
    private final Memory content;
    private final Accounting accounting;
    private final TrafficMeter traffic = new TrafficMeter();
    private final ReaderAlarms readerAlarms = new ReaderAlarms();
    private final List<Network.Listener> listeners = new ArrayList<>();
    private final List<InetSocketAddress> smtpAddresses = new ArrayList<>();
    private final Alarm everySecond;
    /// What a listener offers for which no certificate is configured.
    private final TlsIdentity identity;
    private final long startedMillis;

    /// With what the listeners, the spool, the accounting and the resolver were made.
    private final Snapshot startedWith;

    private ServerPlan plan;
    private @Nullable JournalSpool spool;
    private @Nullable Reception reception;
    private @Nullable Shortages shortages;
    private @Nullable ShortageAlarms shortageAlarms;
    private @Nullable Pickup pickup;
    private @Nullable Reports reports;
    private @Nullable Runnable stopRequested;
    private @Nullable ConfigCommands configCommands;
    private final List<Runnable> reloaded = new ArrayList<>();
    private @Nullable Control control;
    private ServerUpkeep.Host host = new NoHost();
    /// Reloads that wait for the one under way: a file that was read first must not be adopted last.
    private final Queue<Runnable> reloads = new ArrayDeque<>();

    private boolean isReloading;
    private int mostConnectionsOut;
    private boolean isStopping;
    private boolean isGivenUp;
    private int sidesStopped;

    /// Hears how the start went, once, on the first mail loop.
    public interface Started {
        void ready(Server server);

        /// @param why for the operator: what, where, how to mend
        void failed(String why);
    }

    /// Wires and starts. To be called before the world's loops have work.
    public static void start(World world, ServerPlan plan, Started started) {
        var server = new Server(world, plan);
        server.open(started);
    }

    private Server(World world, ServerPlan plan) {
        this.world = world;
        this.plan = plan;
        this.startedWith = plan.snapshot();
        this.home = world.loops().getFirst();
        this.housekeeping = world.lane("housekeeping");
        this.startedMillis = home.serverMillis();
        Snapshot snapshot = plan.snapshot();
        Memory slots = world.memory("queues", plan.memory().queueBytes());
        this.content = world.memory("content", plan.memory().contentBytes());
        this.resolver = new Resolver(home, world.network(), world.entropy(), ResolverSettings.of(plan.nameServers()));
        this.plans = new MxPlans(home, resolver, planSettings(snapshot));
        this.queues = new QueueRoom(
                world.loops(),
                snapshot.queues(),
                new QueueBudget(
                        slots,
                        // What was read back is kept here too, and must leave room for reading.
                        Math.min(plan.memory().contentBytes(), plan.memory().readingBytes())
                                / FRESH_SHARE
                                / world.loops().size(),
                        plan.memory().mostQueues(),
                        plan.zone()),
                plan.modes());
        TlsIdentity given = plan.identity();
        this.identity = given != null ? given : world.network().selfSigned(snapshot.hostName());
        var files = new FileStore(world.disk(), world.lane("files"));
        for (Loop loop : world.loops()) {
            deliveries.add(new Delivery(
                    loop,
                    world.network(),
                    world.entropy(),
                    world.workers(),
                    plans.asker(loop, PLAN_CREDITS),
                    files,
                    snapshot.hostName(),
                    delivering(snapshot)));
        }
        this.accounting = new Accounting(world, plan);
        this.everySecond = home.alarm(this::second);
    }

    private Reception.Snapshot receiving(Snapshot snapshot) {
        return new Reception.Snapshot(
                snapshot.reception(), snapshot.routes(), snapshot.listenerPolicies(identity, HANDSHAKE_TIMEOUT));
    }

    private PlanSettings planSettings(Snapshot snapshot) {
        var own = new HashSet<InetAddress>();
        for (Listener listener : snapshot.configuration().listeners()) {
            if (listener.port() == 25 && listener.address().isSingleAddress()) {
                own.add(listener.address().first());
            }
        }
        PlanSettings settings = PlanSettings.of(Set.of(snapshot.hostName()), own);
        return snapshot.configuration().global(Directives.MX_TO_LOOPBACK).value()
                ? settings.allowingLoopback()
                : settings;
    }

    /// Each shard's own delivery: the one on its loop.
    private Dispatcher dispatcher(Shard shard) {
        for (Delivery delivery : deliveries) {
            if (delivery.isOn(shard.loop())) {
                delivery.serve(shard);
                return delivery;
            }
        }
        throw new IllegalStateException("a shard on a loop without delivery");
    }

    private static Delivery.Snapshot delivering(Snapshot snapshot) {
        return new Delivery.Snapshot(snapshot.delivery(), snapshot.routes());
    }

    // --- start

    private void open(Started started) {
        JournalSpool.open(world, housekeeping, plan.spool(), queues, queues, new Answer<>() {
            @Override
            public void ready(JournalSpool opened) {
                recovered(opened, started);
            }

            @Override
            public void failed(IoFailure why) {
                home.post(() -> started.failed("the spool cannot be opened: " + why.text()));
            }
        });
    }

    /// On the housekeeping lane.
    private void recovered(JournalSpool opened, Started started) {
        spool = opened;
        JournalSpool.Recovered found = opened.recovered();
        if (found.messages() > 0 || !found.findings().isEmpty()) {
            LOG.info(
                    "recovered {} messages with {} recipients ({} owed a report), {} findings",
                    found.messages(),
                    found.recipients(),
                    found.owedRecipients(),
                    found.findings().size());
        }
        found.findings().forEach(finding -> LOG.error("spool: {}", finding));
        reports = new Reports(
                opened,
                queues,
                world.loops().getLast(),
                world.workers(),
                plan.zone(),
                Reporting.policy(plan.snapshot()));
        accounting.open(opened, why -> home.post(() -> started.failed(why)), () -> {
            housekeeping.post(() -> {
                opened.start();
                home.post(() -> listen(opened, started));
            });
        });
    }

    private void listen(JournalSpool opened, Started started) {
        var receiving = new Reception(
                opened,
                queues,
                content,
                world::outsideHeap,
                plan.zone(),
                world.entropy(),
                world.workers(),
                receiving(plan.snapshot()));
        reception = receiving;
        var lacking = new Shortages(plan, () -> plan, opened, queues, content, world::outsideHeap);
        shortages = lacking;
        shortageAlarms = new ShortageAlarms(lacking::why);
        queues.start(opened, this::dispatcher);
        reports().start();
        try {
            for (Listener listener : plan.snapshot().configuration().listeners()) {
                listen(listener, receiving);
            }
            var commands = new Control(
                    home, new OperatorsView(), plan.zone(), plan.snapshot().hostName());
            control = commands;
            if (plan.controlSocket() != null) {
                listeners.add(world.network().listen(home, new ListenPlan.Unix(plan.controlSocket(), 0660), commands));
            }
        } catch (NetworkException e) {
            listeners.forEach(Network.Listener::close);
            started.failed(e.getMessage() == null ? "a listener cannot be opened" : e.getMessage());
            return;
        }
        Loop picking = world.lane("pickup");
        pickup = new Pickup(world.disk(), picking, (mail, answer) -> take(receiving, mail, picking, answer));
        pickup.adopt(plan.snapshot().pickup());
        everySecond.set(home.nanos() + SECOND);
        started.ready(this);
    }

    /// Messages of files go to reception on the last mail loop.
    private void take(Reception receiving, PickedMail mail, Loop picking, Consumer<Reply> answer) {
        Loop loop = world.loops().getLast();
        var message = new LocalSubmission.Message(mail.mail(), mail.recipients(), mail.content(), mail.hasOwnFields());
        // Few at one time: the pickup sees to it.
        loop.post(() ->
                LocalSubmission.submit(receiving, loop, message, reply -> picking.post(() -> answer.accept(reply))));
    }

    private void listen(Listener listener, Reception receiving) {
        var addresses = new ArrayList<InetAddress>();
        if (listener.address().isSingleAddress() || listener.isOnAllAddresses()) {
            addresses.add(listener.address().first());
        } else {
            world.localAddresses().stream().filter(listener.address()::contains).forEach(addresses::add);
        }
        for (InetAddress address : addresses) {
            var dealer = new SmtpListener(receiving, listener.name(), listener.source(), world.loops());
            Network.Listener open = world.network()
                    .listen(home, new ListenPlan.Tcp(new InetSocketAddress(address, listener.port()), BACKLOG), dealer);
            listeners.add(open);
            if (open.local() instanceof InetSocketAddress inet) {
                smtpAddresses.add(inet);
            }
        }
    }

    /// Where SMTP is listened for.
    public List<InetSocketAddress> smtpAddresses() {
        return List.copyOf(smtpAddresses);
    }

    /// What runs, in the first mail loop, when an operator asks for a shutdown.
    public void onShutdown(Runnable task) {
        stopRequested = task;
    }

    /// Who answers for the pulling of the configuration, and hears of each reload that was done. On the first mail
    /// loop.
    void usePulling(ConfigCommands commands, Runnable heardOfReload) {
        configCommands = commands;
        onReload(heardOfReload);
    }

    /// Hears of each reload that was done, on the first mail loop. To be called there.
    void onReload(Runnable task) {
        reloaded.add(task);
    }

    /// The snapshot in use. On the first mail loop.
    Snapshot snapshot() {
        return plan.snapshot();
    }

    /// Answers commands. From any thread, once started.
    Control control() {
        return Objects.requireNonNull(control, "the server has not started");
    }

    /// What operators may ask; on the first mail loop.
    Operations operations() {
        return new OperatorsView();
    }

    /// What is offered where no certificate is configured.
    TlsIdentity ownIdentity() {
        return identity;
    }

    /// From any thread.
    ///
    /// @param answer on the first mail loop
    void measure(Consumer<MeasuredServer.Measured> answer) {
        home.post(() -> new Measuring(world, home, queues, resolver, spool(), content, reception())
                .begin(totals -> new OperatorsView().status(home, totals), answer));
    }

    /// What of the process operators may act on. On the first mail loop.
    void useHost(ServerUpkeep.Host process) {
        host = process;
    }

    /// A server that stands alone: it has no log of its own, and what a reload reads is what is tested.
    private final class NoHost implements ServerUpkeep.Host {
        @Override
        public void rotateLog(Consumer<String> answer) {
            answer.accept("the log goes to standard error; write log-file into the configuration to have one");
        }

        @Override
        public void test(Consumer<ServerPlan.Reloading> answer) {
            plan.reload().accept(answer);
        }
    }

    /// Hands on to whoever is the host by then.
    private final class PresentHost implements ServerUpkeep.Host {
        @Override
        public void rotateLog(Consumer<String> answer) {
            home.post(() -> host.rotateLog(answer));
        }

        @Override
        public void test(Consumer<ServerPlan.Reloading> answer) {
            home.post(() -> host.test(answer));
        }
    }

    /// What of the server operators may act on.
    private final class OwnCounters implements ServerUpkeep.Counters {
        @Override
        public void reset(boolean withConnections) {
            traffic.reset();
            if (withConnections) {
                mostConnectionsOut = 0;
                reception().forgetMostConnections();
            }
        }

        @Override
        public void judge(ServerPlan.Reloading good, Consumer<Upkeep.Tested> answer) {
            Snapshot next = Objects.requireNonNull(good.snapshot());
            stranded(next, home, stranded -> {
                boolean bounces = next.queues().bouncesRemoved();
                var notes = new ArrayList<>(good.notes());
                notes.addAll(RestartNotes.of(startedWith, next));
                notes.addAll(ReloadGuard.notes(stranded, bounces));
                answer.accept(new Upkeep.Tested(
                        ReloadGuard.refusal(stranded, bounces, 0).orElse(""), notes));
            });
        }
    }

    /// The configuration in use. On the first mail loop.
    Configuration configuration() {
        return plan.snapshot().configuration();
    }

    /// How many recipients wait for virtual MTAs that another configuration lacks, by name. From any loop.
    ///
    /// @param answer on `asker`
    void stranded(Snapshot other, Loop asker, Consumer<Map<String, Long>> answer) {
        queues.stranded(other.queues(), asker, answer);
    }

    private Reception reception() {
        return Objects.requireNonNull(reception, "the server has not started");
    }

    private Reports reports() {
        return Objects.requireNonNull(reports, "the server has not started");
    }

    private JournalSpool spool() {
        return Objects.requireNonNull(spool, "the server has not started");
    }

    private void second() {
        int out = deliveries.stream().mapToInt(Delivery::connections).sum();
        mostConnectionsOut = Math.max(mostConnectionsOut, out);
        Reception.Facts in = reception().facts();
        traffic.read(
                in.recipients(),
                in.messages(),
                in.bytes(),
                deliveries.stream().mapToLong(d -> d.counts().recipients()).sum(),
                deliveries.stream().mapToLong(d -> d.counts().messages()).sum(),
                deliveries.stream().mapToLong(d -> d.counts().bytes()).sum(),
                in.envelopeMicros(),
                in.contentMicros());
        readerAlarms.look(spool().readersBehind());
        Objects.requireNonNull(shortageAlarms, "the server has not started")
                .look(reception().putOff(), home.serverMillis());
        everySecond.set(home.nanos() + SECOND);
    }

    // --- reload

    /// Reads the configuration again and swaps it as a whole, or not at all. One after the other, in the order asked.
    /// On the first mail loop.
    ///
    /// @param allowedBounces waiting recipients that may bounce because their virtual MTA is taken away, 0 or more
    public void reload(long allowedBounces, Consumer<Operations.Reloaded> answer) {
        if (!isReloading) {
            isReloading = true;
            read(allowedBounces, answer);
        } else if (reloads.size() < MOST_RELOADS) {
            reloads.add(() -> read(allowedBounces, answer));
        } else {
            answer.accept(new Operations.Reloaded(
                    "a reload is under way and " + MOST_RELOADS + " more wait; ask again later", List.of()));
        }
    }

    private void read(long allowedBounces, Consumer<Operations.Reloaded> answer) {
        plan.reload()
                .accept(reloading -> home.post(() -> {
                    Snapshot next = reloading.snapshot();
                    if (next == null) {
                        refuse(reloading.failure(), answer);
                    } else {
                        stranded(
                                next,
                                home,
                                stranded -> judge(next, reloading.notes(), stranded, allowedBounces, answer));
                    }
                }));
    }

    private void judge(
            Snapshot next,
            List<String> found,
            Map<String, Long> stranded,
            long allowedBounces,
            Consumer<Operations.Reloaded> answer) {
        boolean bounces = next.queues().bouncesRemoved();
        Optional<String> refusal = ReloadGuard.refusal(stranded, bounces, allowedBounces);
        if (refusal.isPresent()) {
            refuse(refusal.get(), answer);
            return;
        }
        var notes = new ArrayList<>(found);
        notes.addAll(RestartNotes.of(startedWith, next));
        for (String note : ReloadGuard.notes(stranded, bounces)) {
            LOG.warn("reload: {}", note);
            notes.add(note);
        }
        swap(next);
        LOG.info("configuration reloaded");
        reloaded.forEach(Server::tell);
        reloadEnded(new Operations.Reloaded("", List.copyOf(notes)), answer);
    }

    /// Who breaks while it hears keeps neither the others from hearing, nor the next reload from running.
    private static void tell(Runnable heard) {
        try {
            heard.run();
        } catch (RuntimeException defect) {
            LOG.error(
                    "a part of the server did not take the reload over; it goes on as it was until a restart", defect);
        }
    }

    private void refuse(String why, Consumer<Operations.Reloaded> answer) {
        LOG.warn("reload refused: {}", why);
        reloadEnded(new Operations.Reloaded(why, List.of()), answer);
    }

    private void reloadEnded(Operations.Reloaded how, Consumer<Operations.Reloaded> answer) {
        Runnable next = reloads.poll();
        if (next == null) {
            isReloading = false;
        } else {
            home.post(next);
        }
        answer.accept(how);
    }

    private void swap(Snapshot next) {
        plan = plan.with(next);
        reception().adopt(receiving(next));
        if (pickup != null) {
            pickup.adopt(next.pickup());
        }
        queues.adopt(next.queues());
        reports().adopt(Reporting.policy(next));
        for (int i = 0; i < deliveries.size(); i++) {
            Delivery delivery = deliveries.get(i);
            world.loops().get(i).post(() -> delivery.adopt(delivering(next)));
        }
        plans.use(planSettings(next));
        accounting.adopt(next.accounting());
    }

    // --- stop

    /// Stops taking mail, lets sessions end after their message, makes everything durable.
    ///
    /// @param withinMillis then sessions are cut; their messages stay in the spool. A disk that takes nothing any
    ///     more is waited for 10 s longer
    /// @param stopped runs on the first mail loop when nothing is left to do
    public void stop(long withinMillis, Runnable stopped) {
        if (isStopping) {
            return;
        }
        isStopping = true;
        Alarm patience = home.alarm(() -> {
            LOG.error("what waits for the disk is given up; the next start recovers it");
            isGivenUp = true;
            stopped.run();
        });
        patience.set(home.nanos()
                + Duration.ofMillis(withinMillis + DISK_PATIENCE_MILLIS).toNanos());
        stopInOrder(withinMillis, () -> {
            patience.clear();
            if (!isGivenUp) {
                stopped.run();
            }
        });
    }

    private void stopInOrder(long withinMillis, Runnable stopped) {
        LOG.info("stopping");
        everySecond.clear();
        listeners.forEach(Network.Listener::close);
        Alarm bound = home.alarm(() -> {
            LOG.warn("sessions are cut: they did not end in {} ms; their messages stay in the spool", withinMillis);
            for (int i = 0; i < deliveries.size(); i++) {
                Delivery delivery = deliveries.get(i);
                world.loops().get(i).post(delivery::abort);
            }
            reception().cut();
        });
        bound.set(home.nanos() + Duration.ofMillis(withinMillis).toNanos());
        reports().stop();
        if (pickup != null) {
            pickup.adopt(null);
        }
        reception().stop(home, () -> sideStopped(bound, stopped));
        queues.stop(home, () -> sideStopped(bound, stopped));
    }

    /// Mail in and mail out have both ended, in any order: then accounting and the spool close.
    private void sideStopped(Alarm bound, Runnable stopped) {
        sidesStopped++;
        if (sidesStopped == 2) {
            bound.clear();
            accounting.close(() -> closeSpool(stopped));
        }
    }

    private void closeSpool(Runnable stopped) {
        JournalSpool opened = spool;
        if (opened == null) {
            home.post(stopped);
            return;
        }
        housekeeping.post(() -> opened.close(new Answer<>() {
            @Override
            public void ready(Disk.Done done) {
                home.post(stopped);
            }

            @Override
            public void failed(IoFailure why) {
                LOG.error("the spool did not close cleanly: {}; the next start recovers it", why.text());
                home.post(stopped);
            }
        }));
    }

    // --- operators

    /// What operators see and do, gathered from the owners.
    private final class OperatorsView implements Operations {
        private final MailActions mail = new MailOperations(queues);
        private final Upkeep upkeep =
                new ServerUpkeep(home, new OwnCounters(), accounting, resolver, plans, new PresentHost());
        private final Listings listings = new Listings(queues);

        @Override
        public void status(Loop asker, Consumer<ServerStatus> answer) {
            queues.totals(asker, totals -> answer.accept(status(asker, totals)));
        }

        private ServerStatus status(Loop asker, QueueTotals totals) {
            Reception.Facts in = reception().facts();
            Configuration configuration = plan.snapshot().configuration();
            ResolverCounters dns = resolver.counters();
            JournalSpool opened = spool();
            Spool.SpoolFacts facts = opened.facts();
            int out = deliveries.stream().mapToInt(Delivery::connections).sum();
            var warnings = new ArrayList<>(opened.findings());
            warnings.addAll(ReaderAlarms.warnings(opened.readersBehind()));
            if (plan.snapshot().reception().acknowledgesUnsynced()) {
                warnings.add(UNSYNCED);
            }
            warnings.addAll(Objects.requireNonNull(shortageAlarms, "the server has not started")
                    .warnings(
                            Objects.requireNonNull(shortages, "the server has not started")
                                    .present(),
                            asker.serverMillis()));
            return new ServerStatus(
                    asker.serverMillis(),
                    startedMillis,
                    isStopping,
                    traffic.total(),
                    traffic.lastHour(),
                    traffic.topHour(),
                    traffic.lastMinute(),
                    traffic.topMinute(),
                    traffic.performance(),
                    new Connections(in.connections(), in.limit(), in.mostConnections()),
                    new Connections(
                            out, plan.snapshot().queues().totalMaxSmtpOut().value(), Math.max(out, mostConnectionsOut)),
                    dns.cacheEntries(),
                    dns.pending(),
                    dns.outstanding(),
                    load(totals, QueuePolicy.DeliveryType.SMTP),
                    discarded(totals),
                    load(totals, QueuePolicy.DeliveryType.FILE),
                    facts.directories(),
                    facts.usedFiles(),
                    facts.spareFiles(),
                    totals.recipients() + totals.reportsOwed(),
                    queues.mostRecipients(),
                    totals.reportsOwed(),
                    configuration.global(Directives.STATUS_GM_IMPRINTER).value(),
                    warnings);
        }

        private static QueueLoad load(QueueTotals totals, QueuePolicy.DeliveryType type) {
            QueueTotals.Share share = Objects.requireNonNull(totals.byType().get(type), "all types are there");
            return new QueueLoad(share.recipients(), share.queues(), share.bytes());
        }

        private static QueueLoad discarded(QueueTotals totals) {
            QueueLoad kept = load(totals, QueuePolicy.DeliveryType.DISCARD);
            QueueLoad bounced = load(totals, QueuePolicy.DeliveryType.DISCARD_AS_BOUNCE);
            return new QueueLoad(
                    kept.recipients() + bounced.recipients(),
                    kept.domains() + bounced.domains(),
                    kept.bytes() + bounced.bytes());
        }

        @Override
        public void queues(Loop asker, QueueQuery query, Consumer<QueueListing> answer) {
            listings.queues(asker, query, answer);
        }

        @Override
        public void domains(Loop asker, DomainQuery query, Consumer<DomainListing> answer) {
            listings.domains(asker, query, answer);
        }

        @Override
        public void virtualMtas(Loop asker, int maxItems, Consumer<VirtualMtaListing> answer) {
            listings.virtualMtas(asker, maxItems, answer);
        }

        @Override
        public void jobs(Loop asker, int maxItems, Consumer<JobListing> answer) {
            listings.jobs(asker, maxItems, answer);
        }

        @Override
        public void outcomesLately(Loop asker, Consumer<Map<String, OutcomeCounts>> answer) {
            queues.outcomesLately(asker, answer);
        }

        @Override
        public void recipients(Loop asker, RecipientQuery query, Consumer<RecipientListing> answer) {
            listings.recipients(asker, MailOperations.mail(query), answer);
        }

        @Override
        public void explain(Loop asker, String queue, Consumer<Optional<QueueExplanation>> answer) {
            QueuePattern pattern = MailOperations.exactly(queue);
            if (pattern.isExact()) {
                queues.explain(pattern.exact(), asker, answer);
            } else {
                answer.accept(Optional.empty());
            }
        }

        @Override
        public void explain(Loop asker, MessageId message, Consumer<MessageExplanation> answer) {
            queues.explain(message, asker, answer);
        }

        @Override
        public void setMode(Loop asker, String pattern, boolean isBackoff, Consumer<Integer> answer) {
            queues.setMode(MailOperations.exactly(pattern), isBackoff, "set by command", asker, answer);
        }

        @Override
        public void setSource(
                Loop asker,
                String pattern,
                InetAddress address,
                boolean isEnabled,
                long reenableAfterMillis,
                Consumer<Integer> answer) {
            QueueAction.Lasting lasting = reenableAfterMillis == 0
                    ? QueueAction.Lasting.AsConfigured.AS_CONFIGURED
                    : new QueueAction.Lasting.For(Duration.ofMillis(reenableAfterMillis));
            queues.setSource(
                    MailOperations.exactly(pattern), address, isEnabled, lasting, "set by command", asker, answer);
        }

        @Override
        public void disabledSources(Loop asker, String pattern, Consumer<List<QueueRoom.DisabledSource>> answer) {
            queues.disabledSources(Listings.pattern(pattern), asker, answer);
        }

        @Override
        public MailActions mail() {
            return mail;
        }

        @Override
        public Upkeep upkeep() {
            return upkeep;
        }

        @Override
        public void schedule(Loop asker, String pattern, boolean retryRecipients, Consumer<Scheduled> answer) {
            queues.schedule(
                    Listings.pattern(pattern),
                    retryRecipients,
                    asker,
                    done -> answer.accept(new Scheduled(done.scheduled(), done.total())));
        }

        @Override
        public void settings(Loop asker, String queue, String name, Consumer<QueueSettings> answer) {
            answer.accept(SettingsAsked.of(plan.snapshot().configuration(), queue, name));
        }

        @Override
        public void reload(Loop asker, long allowedBounces, Consumer<Reloaded> answer) {
            Server.this.reload(allowedBounces, done -> asker.post(() -> answer.accept(done)));
        }

        @Override
        public void shutdown(Loop asker, Runnable answer) {
            answer.run();
            Optional.ofNullable(stopRequested).ifPresent(home::post);
        }

        @Override
        public NetworkOperations network() {
            return new NetworkView(
                    world, queues, plan.nameServers(), () -> plan.snapshot(), () -> planSettings(plan.snapshot()));
        }

        @Override
        public ConfigCommands configuration() {
            return Objects.requireNonNullElse(configCommands, NoPulling.NO_PULLING);
        }

        @Override
        public About about() {
            return plan.about();
        }

        @Override
        public <T> void aside(Loop asker, Supplier<T> work, Consumer<Optional<T>> answer) {
            world.workers().run(asker, work, new Answer<>() {
                @Override
                public void ready(T done) {
                    answer.accept(Optional.of(done));
                }

                @Override
                public void failed(IoFailure why) {
                    LOG.warn("an answer to an operator was not written: {}", why.text());
                    answer.accept(Optional.empty());
                }
            });
        }
    }
}
