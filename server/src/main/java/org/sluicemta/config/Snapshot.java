package org.sluicemta.config;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sluicemta.account.AccountPolicies;
import org.sluicemta.deliver.DeliveryPolicies;
import org.sluicemta.deliver.DeliveryPolicy;
import org.sluicemta.deliver.FilePlan;
import org.sluicemta.deliver.ReplyRules;
import org.sluicemta.inject.PickupPolicy;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.match.OperatorPattern;
import org.sluicemta.queue.BackoffPolicy;
import org.sluicemta.queue.QueueAction;
import org.sluicemta.queue.QueueLimits;
import org.sluicemta.queue.QueuePolicies;
import org.sluicemta.queue.QueuePolicy;
import org.sluicemta.queue.SourcesPolicy;
import org.sluicemta.receive.Aliases;
import org.sluicemta.receive.HeaderPolicy;
import org.sluicemta.receive.ListenerPolicies;
import org.sluicemta.receive.ListenerPolicy;
import org.sluicemta.receive.LoginPolicy;
import org.sluicemta.receive.PatternList;
import org.sluicemta.receive.ReceivePolicies;
import org.sluicemta.receive.SmtpUser;
import org.sluicemta.receive.SourcePolicy;
import org.sluicemta.route.Pool;
import org.sluicemta.route.QueueRoute;
import org.sluicemta.route.Rollups;
import org.sluicemta.route.RouteFacts;
import org.sluicemta.route.RouteTable;
import org.sluicemta.route.Routes;
import org.sluicemta.route.VirtualMta;
import org.sluicemta.settings.Setting;
import org.sluicemta.smtp.ClientLogin;
import org.sluicemta.smtp.SaslMechanism;
import org.sluicemta.web.WebSettings;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;
import org.sluicemta.world.TlsTerms;

/// A configuration as the rooms see it: each room's own settings, filled from one [Configuration]. Immutable; policies
/// of queues and sources are made when they are first asked for and remembered.
///
/// @param tls certificates and authorities that were read with it
/// @param warnings what could not be taken as written, one line each with its place
public record Snapshot(
        Configuration configuration,
        String hostName,
        ReceivePolicies reception,
        Routes routes,
        QueuePolicies queues,
        DeliveryPolicies delivery,
        TlsFiles tls,
        AccountPolicies accounting,
        List<String> warnings) {
    /// Policies remembered; names come from strangers, so the number is bounded, and beyond it they are made anew.
    private static final int MOST_POLICIES = 65_536;

    private static final int NO_CAP = Integer.MAX_VALUE;

    /// @param machineName the host name where the configuration gives none
    /// @param local the addresses of this machine, for ranges
    public static Snapshot of(Configuration configuration, String machineName, List<InetAddress> local) {
        return of(configuration, machineName, local, KeyFiles.NONE, TlsFiles.NONE);
    }

    /// @param machineName the host name where the configuration gives none
    /// @param local the addresses of this machine, for ranges
    /// @param keys what is signed with
    /// @param tls certificates and authorities
    public static Snapshot of(
            Configuration configuration, String machineName, List<InetAddress> local, KeyFiles keys, TlsFiles tls) {
        var warnings = new ArrayList<String>();
        List<String> names = configuration.global(Directives.HOST_NAME).value();
        String hostName = names.isEmpty() ? machineName : names.getFirst();
        Routes routes = routes(configuration, hostName, local, warnings);
        return new Snapshot(
                configuration,
                hostName,
                new Sources(configuration, hostName, routes),
                routes,
                new Queues(configuration, routes),
                new Deliveries(configuration, keys, tls),
                tls,
                AcctPlans.policies(configuration),
                List.copyOf(warnings));
    }

    /// How listeners take connections.
    ///
    /// @param otherwise what a listener without a certificate of its own offers
    /// @param handshakeTimeout over 0
    public ListenerPolicies listenerPolicies(TlsIdentity otherwise, Duration handshakeTimeout) {
        var known = new HashMap<String, ListenerPolicy>();
        for (Listener each : configuration.listeners()) {
            known.put(each.name(), listenerPolicy(configuration.listener(each), otherwise, handshakeTimeout));
        }
        ListenerPolicy global =
                listenerPolicy(new Configuration.ListenerView(configuration, List.of()), otherwise, handshakeTimeout);
        return name -> known.getOrDefault(name, global);
    }

    private ListenerPolicy listenerPolicy(
            Configuration.ListenerView view, TlsIdentity otherwise, Duration handshakeTimeout) {
        List<String> versions = TlsFiles.versions(view).usable();
        return new ListenerPolicy(
                versions.isEmpty()
                        ? null
                        : new TlsPlan.Server(
                                tls.identity(view).orElse(otherwise),
                                new TlsTerms(versions, TlsFiles.ciphers(view).value()),
                                tls.clients(view),
                                view.setting(Directives.IMMEDIATE_TLS).value(),
                                handshakeTimeout.toNanos()),
                view.setting(Directives.PROXY_PROTOCOL).value()
                        ? proxies(
                                view.setting(Directives.PROXY_PROTOCOL_SOURCES).value())
                        : null);
    }

    /// How the management port is reached and secured.
    public WebSettings web() {
        return WebPlans.of(configuration, hostName, tls.management(configuration));
    }

    /// Where files are picked up; null for nowhere.
    public @Nullable PickupPolicy pickup() {
        return configuration
                .global(Directives.PICKUP)
                .value()
                .map(each -> new PickupPolicy(
                        Path.of(each.folder()),
                        Path.of(each.bad()),
                        configuration.global(Directives.PICKUP_REMOVE_DOT).value()))
                .orElse(null);
    }

    private static Predicate<InetAddress> proxies(List<Cidr> ranges) {
        return address -> ranges.stream().anyMatch(each -> each.contains(address));
    }

    // --- virtual MTAs and pools

    private static Routes routes(
            Configuration configuration, String hostName, List<InetAddress> local, List<String> warnings) {
        var all = new ArrayList<VirtualMta>();
        boolean hasDefault = false;
        for (String name : configuration.virtualMtas().keySet()) {
            all.add(virtualMta(configuration, name, hostName, local, warnings));
            hasDefault |= name.equals(QueueKey.DEFAULT_VIRTUAL_MTA);
        }
        if (!hasDefault) {
            all.add(virtualMta(configuration, QueueKey.DEFAULT_VIRTUAL_MTA, hostName, local, warnings));
        }
        var pools = new ArrayList<Pool>();
        for (Configuration.Pool pool : configuration.pools().values()) {
            if (pool.members().isEmpty()) {
                warnings.add("virtual-mta-pool " + pool.name() + " has no usable member and is left out");
            } else {
                pools.add(new Pool(
                        pool.name(),
                        pool.members(),
                        configuration
                                .poolSetting(pool, Directives.POOL_SKIP_UNAVAILABLE)
                                .value()));
            }
        }
        String fallback =
                configuration.global(Directives.INVALID_VIRTUAL_MTA_FALLBACK).value();
        var queueRoutes = new PerQueue<>(configuration, (queue, view) -> queueRoute(view));
        return new RouteTable(all, pools, "", fallback, queueRoutes::of, rollups(configuration, warnings));
    }

    private static QueueRoute queueRoute(Configuration.QueueView view) {
        List<Long> cold = view.value(Directives.MAX_COLD_VIRTUAL_MTA_MSG);
        var route = new QueueRoute(
                DomainPattern.canonical(view.value(Directives.QUEUE_TO)),
                !view.value(Directives.DISABLE_MX_ROLLUP),
                cold.stream().allMatch(each -> each == 0) ? List.of() : cold,
                view.value(Directives.REROUTE_TO_VIRTUAL_MTA));
        return route.equals(QueueRoute.STAYS) ? QueueRoute.STAYS : route;
    }

    /// A rollup needs to know where its mail goes: the hosts that it names, or `smtp-hosts` of its own domain. One that
    /// knows neither joins nothing, so that mail goes where each domain's DNS says.
    private static Rollups rollups(Configuration configuration, List<String> warnings) {
        var named = new LinkedHashMap<String, List<String>>();
        var patterns = new LinkedHashMap<String, List<String>>();
        for (MxRollup each : configuration.mxRollups()) {
            if (each.isByIp()) {
                warnings.add(each.origin() + ": rollup-by-ip joins nothing yet; the domains keep their own queues");
                continue;
            }
            named.computeIfAbsent(each.queue(), name -> new ArrayList<>());
            patterns.computeIfAbsent(each.queue(), name -> new ArrayList<>());
            (each.isOneHost() ? named : patterns)
                    .computeIfAbsent(each.queue(), name -> new ArrayList<>())
                    .add(each.pattern());
        }
        var rules = new ArrayList<Rollups.Rule>();
        named.forEach((queue, hosts) -> {
            List<String> wild = patterns.getOrDefault(queue, List.of());
            boolean hasHosts = !configuration
                    .queueSetting(new QueueKey(queue, QueueKey.DEFAULT_VIRTUAL_MTA), Directives.SMTP_HOSTS)
                    .value()
                    .isEmpty();
            if (!wild.isEmpty() && !hasHosts) {
                warnings.add("<domain " + queue + "> has no smtp-hosts, and its rules name patterns of hosts: only "
                        + "domains with all the hosts that are named join; write smtp-hosts lookup-mx:DOMAIN");
                wild = List.of();
            }
            if (!hosts.isEmpty() || !wild.isEmpty()) {
                rules.add(new Rollups.Rule(queue, hosts, wild));
            }
        });
        return new Rollups(rules);
    }

    /// Where a rollup queue is delivered that has no `smtp-hosts` of its own: the hosts that its rules name.
    private static Setting<String> hosts(Configuration configuration, QueueKey queue, Configuration.QueueView view) {
        Setting<String> written = mapped(view.setting(Directives.SMTP_HOSTS), Snapshot::hosts);
        if (!written.value().isEmpty() || !queue.domain().endsWith(MxRollup.SUFFIX)) {
            return written;
        }
        List<MxRollup> own = configuration.mxRollups().stream()
                .filter(each -> each.queue().equals(queue.domain()) && each.isOneHost() && !each.isByIp())
                .toList();
        return own.isEmpty()
                ? written
                : written.overriddenBy(
                        String.join(",", own.stream().map(MxRollup::pattern).toList()),
                        own.getFirst().origin());
    }

    /// A range stands for the local addresses in it, 127.0.0.1 left out. A virtual MTA that lists hosts of which none
    /// is there keeps an address that cannot be bound, so that its mail never leaves by another one.
    private static VirtualMta virtualMta(
            Configuration configuration, String name, String hostName, List<InetAddress> local, List<String> warnings) {
        Setting<List<SourceHost>> written = configuration.virtualMtaSetting(name, Directives.SMTP_SOURCE_HOST);
        String ownName =
                configuration.virtualMtaSetting(name, Directives.VMTA_HOST_NAME).value();
        String otherwise = ownName.isEmpty() ? hostName : ownName;
        var hosts = new ArrayList<VirtualMta.SourceHost>();
        for (SourceHost host : written.value()) {
            String hello = host.name().isEmpty() ? otherwise : host.name();
            Optional<Cidr> range = host.address();
            if (range.isEmpty()) {
                warnings.add(written.origin() + ": virtual-mta " + name + ": \"" + host.written()
                        + "\" is no address; write e.g. smtp-source-host 192.0.2.1 mta1.example.com");
            } else if (range.get().isSingleAddress()) {
                hosts.add(new VirtualMta.SourceHost(range.get().first(), hello));
            } else {
                for (InetAddress address : local) {
                    if (range.get().contains(address) && !isFirstLoopback(address)) {
                        hosts.add(new VirtualMta.SourceHost(address, hello));
                    }
                }
            }
        }
        if (hosts.isEmpty() && !written.value().isEmpty()) {
            warnings.add(written.origin() + ": virtual-mta " + name
                    + " lists source hosts of which this machine has none; its mail waits");
            hosts.add(new VirtualMta.SourceHost(UNUSABLE, otherwise));
        }
        List<String> cold = configuration.virtualMtaSetting(name, Directives.COLD_VIRTUAL_MTA).value().stream()
                .map(Configuration::canonicalName)
                .filter(each -> {
                    boolean isThere = configuration.virtualMtas().containsKey(each);
                    if (!isThere) {
                        warnings.add("virtual-mta " + name + ": its cold-virtual-mta " + each
                                + " does not exist and is left out");
                    }
                    return isThere && !each.equals(name);
                })
                .toList();
        return new VirtualMta(name, mapped(written, hosts), cold);
    }

    /// From the block reserved for documentation: no machine has it. Source: RFC 5737.
    private static final InetAddress UNUSABLE = address(192, 0, 2, 255);

    private static InetAddress address(int... octets) {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (java.net.UnknownHostException e) {
            throw new ConfigException("an address of " + octets.length + " octets");
        }
    }

    private static boolean isFirstLoopback(InetAddress address) {
        byte[] octets = address.getAddress();
        return octets.length == 4 && octets[0] == 127 && octets[1] == 0 && octets[2] == 0 && octets[3] == 1;
    }

    // --- values

    private static <S, T> Setting<T> mapped(Setting<S> from, T value) {
        return new Setting<>(from.directive(), value, from.origin(), null);
    }

    /// The same setting with each value of its chain turned into another type.
    private static <S, T> Setting<T> mapped(Setting<S> from, Function<S, T> turn) {
        @Nullable Setting<S> overrode = from.overrode();
        return new Setting<>(
                from.directive(),
                turn.apply(from.value()),
                from.origin(),
                overrode == null ? null : mapped(overrode, turn));
    }

    /// A count without a cap is the largest number.
    private static int cap(long value) {
        return value <= 0 || value >= NO_CAP ? NO_CAP : (int) value;
    }

    /// A bound of 0 is no bound.
    private static int bound(long value) {
        return value >= NO_CAP ? 0 : (int) Math.max(0, value);
    }

    private static org.sluicemta.pace.Rate rate(Rate rate, Directives.RatePacing pacing) {
        return switch (rate) {
            case Rate.Unlimited _ -> org.sluicemta.pace.Rate.UNLIMITED;
            case Rate.Limited limited ->
                new org.sluicemta.pace.Rate(limited.amount(), limited.per().toMillis(), isWindow(limited, pacing));
        };
    }

    private static boolean isWindow(Rate.Limited rate, Directives.RatePacing pacing) {
        return switch (pacing) {
            case SMOOTH -> false;
            case WINDOW -> true;
            case BY_UNIT -> rate.per().toDays() >= 1 && rate.per().toHours() % 24 == 0;
        };
    }

    private static Optional<Duration> time(Delay delay) {
        return switch (delay) {
            case Delay.Never _ -> Optional.empty();
            case Delay.After(Duration time) -> Optional.of(time);
        };
    }

    private static Duration timeOrZero(Delay delay) {
        return time(delay).orElse(Duration.ZERO);
    }

    /// The words that `deliver` reads again: commas inside a level, semicolons between levels.
    private static String hosts(HostList list) {
        var text = new StringBuilder();
        for (List<HostList.Host> level : list.levels()) {
            if (!text.isEmpty()) {
                text.append(';');
            }
            boolean isFirst = true;
            for (HostList.Host host : level) {
                if (!isFirst) {
                    text.append(',');
                }
                isFirst = false;
                switch (host) {
                    case HostList.Host.Named named -> text.append(named.name()).append(port(named.port()));
                    case HostList.Host.Literal literal ->
                        text.append('[')
                                .append(literal.address() instanceof java.net.Inet6Address ? "IPv6:" : "")
                                .append(literal.address().getHostAddress())
                                .append(']')
                                .append(port(literal.port()));
                    case HostList.Host.MxOf mx ->
                        text.append("lookup-mx:").append(mx.domain()).append(port(mx.port()));
                }
            }
        }
        return text.toString();
    }

    private static String port(int port) {
        return port == 0 ? "" : ":" + port;
    }

    // --- the rooms' views

    private static final class Sources implements ReceivePolicies {
        /// The source of users that name none.
        private static final String AUTHENTICATED = "{auth}";

        private final Configuration configuration;
        private final String hostName;
        private final Configuration.RelayDomains relayDomains;
        private final Setting<Integer> totalMaxSmtpIn;
        private final Setting<String> postmaster;
        private final Map<Configuration.SourceView, SourcePolicy> known = new ConcurrentHashMap<>();
        private final Map<String, SmtpUser> users;
        private final Set<String> userNames;
        private final Map<String, String> virtualMtaAt;
        private final Map<String, List<PatternList.Rule>> patterns;
        private final Aliases aliases;
        private final List<String> headersToCopy;
        private final boolean recordsReceipts;

        Sources(Configuration configuration, String hostName, Routes routes) {
            this.configuration = configuration;
            this.hostName = hostName;
            this.relayDomains = configuration.relayDomains();
            this.users = users(configuration);
            this.userNames = Set.copyOf(configuration.smtpUsers().keySet());
            this.virtualMtaAt = virtualMtaAt(configuration, routes);
            this.patterns = patternLists(configuration);
            this.aliases = aliases(configuration, hostName);
            this.headersToCopy = AcctPlans.headers(configuration);
            this.recordsReceipts = configuration.acctFiles().stream()
                    .anyMatch(each -> each.setting(Directives.RECORDS).value().contains("r"));
            this.totalMaxSmtpIn = mapped(configuration.global(Directives.TOTAL_MAX_SMTP_IN), Snapshot::cap);
            this.postmaster =
                    mapped(configuration.global(Directives.POSTMASTER), all -> all.isEmpty() ? "" : all.getFirst());
        }

        @Override
        public boolean recordsReceipts() {
            return recordsReceipts;
        }

        @Override
        public boolean acknowledgesUnsynced() {
            return configuration.global(Directives.UNSYNCED_ACCEPTANCE).value();
        }

        @Override
        public List<String> headersToCopy() {
            return headersToCopy;
        }

        @Override
        public SourcePolicy source(InetAddress client, List<String> names) {
            Configuration.SourceView view = configuration.source(client, names);
            SourcePolicy policy = known.get(view);
            if (policy == null) {
                policy = policy(view);
                if (known.size() < MOST_POLICIES) {
                    known.put(view, policy);
                }
            }
            return policy;
        }

        /// Of several virtual MTAs with one address the first in the file.
        private static Map<String, String> virtualMtaAt(Configuration configuration, Routes routes) {
            var found = new HashMap<String, String>();
            for (String name : configuration.virtualMtas().keySet()) {
                for (VirtualMta.SourceHost host :
                        routes.virtualMta(name).sourceHosts().value()) {
                    found.putIfAbsent(host.address().getHostAddress(), name);
                }
            }
            return Map.copyOf(found);
        }

        /// A local part alone is one of each domain of this server. Several lines of one source add up.
        private static Aliases aliases(Configuration configuration, String hostName) {
            var own = new java.util.LinkedHashSet<String>();
            own.add(DomainPattern.canonical(hostName));
            configuration.global(Directives.HOST_NAME).value().forEach(each -> own.add(DomainPattern.canonical(each)));
            var all = new HashMap<String, List<Address>>();
            for (Alias each : configuration.global(Directives.ALIAS).value()) {
                List<Address> targets = each.targets().stream()
                        .map(target -> Address.ofChecked(target.indexOf('@') < 0 ? target + "@" + hostName : target))
                        .toList();
                int at = each.source().lastIndexOf('@');
                if (at < 0) {
                    own.forEach(domain -> add(all, each.source() + "@" + domain, targets));
                } else {
                    String local = each.source().substring(0, at);
                    String domain = DomainPattern.canonical(each.source().substring(at + 1));
                    add(all, (local.equals("*") ? "" : local) + "@" + domain, targets);
                }
            }
            return all.isEmpty() ? Aliases.NONE : new Aliases(all);
        }

        private static void add(Map<String, List<Address>> all, String source, List<Address> targets) {
            all.merge(source, targets, (first, second) -> {
                var both = new ArrayList<>(first);
                both.addAll(second);
                return List.copyOf(both);
            });
        }

        private static Map<String, List<PatternList.Rule>> patternLists(Configuration configuration) {
            var lists = new HashMap<String, List<PatternList.Rule>>();
            configuration.patternLists().forEach((name, rules) -> lists.put(name, patternRules(rules)));
            return Map.copyOf(lists);
        }

        private static List<PatternList.Rule> patternRules(List<PatternRule> rules) {
            return rules.stream()
                    .map(each -> new PatternList.Rule(
                            switch (each.subject()) {
                                case MAIL_FROM -> PatternList.About.MAIL_FROM;
                                case RCPT_TO -> PatternList.About.RCPT_TO;
                                case HEADER -> PatternList.About.HEADER;
                                case REST -> PatternList.About.ALL;
                            },
                            each.header(),
                            OperatorPattern.of(each.regex()),
                            each.result().virtualMta(),
                            each.result().recipientPriority(),
                            each.result().callTo(),
                            patternRules(each.nested())))
                    .toList();
        }

        private PatternList patterns(String name) {
            return patterns.containsKey(name) ? new PatternList(name, patterns) : PatternList.NONE;
        }

        private SourcePolicy policy(Configuration.SourceView view) {
            return new SourcePolicy(
                    view.setting(Directives.SMTP_SERVICE),
                    view.setting(Directives.ALWAYS_ALLOW_RELAYING),
                    view.setting(Directives.DEFAULT_VIRTUAL_MTA),
                    mapped(view.setting(Directives.PATTERN_LIST), this::patterns),
                    view.setting(Directives.PROCESS_X_VIRTUAL_MTA),
                    view.setting(Directives.RETAIN_X_VIRTUAL_MTA),
                    view.setting(Directives.ALLOW_EMPTY_X_VIRTUAL_MTA),
                    view.setting(Directives.REJECT_INVALID_VIRTUAL_MTA),
                    view.setting(Directives.PROCESS_X_JOB),
                    view.setting(Directives.RETAIN_X_JOB),
                    view.setting(Directives.PROCESS_X_ENVID),
                    view.setting(Directives.ADD_RECEIVED_HEADER),
                    mapped(view.setting(Directives.ADD_DATE_HEADER), d -> d != Directives.DateHeader.NO),
                    view.setting(Directives.ADD_MESSAGE_ID_HEADER),
                    view.setting(Directives.HIDE_MESSAGE_SOURCE),
                    new HeaderPolicy(
                            view.setting(Directives.SOURCE_REMOVE_HEADER),
                            view.setting(Directives.REMOVE_RECEIVED_HEADERS),
                            mapped(view.setting(Directives.ADD_DATE_HEADER), d -> d == Directives.DateHeader.OVERRIDE),
                            view.setting(Directives.JOBID_HEADER),
                            view.setting(Directives.JOBID_PREFIX),
                            view.setting(Directives.ADD_X_VIRTUAL_MTA_HEADER)),
                    view.setting(Directives.BCC),
                    view.setting(Directives.SUPPRESS_LOCAL_DSN),
                    mapped(view.setting(Directives.DSN_RETURN_DEFAULT), Sources::quotesWhole),
                    mapped(view.setting(Directives.MAX_MESSAGE_SIZE), m -> m == Long.MAX_VALUE ? 0L : m),
                    mapped(view.setting(Directives.MAX_RCPT_PER_MESSAGE), Snapshot::bound),
                    Setting.builtIn("max-message-hops", 100),
                    view.setting(Directives.ALLOW_STARTTLS),
                    Setting.builtIn("allow-chunking", true),
                    Setting.builtIn("allow-smtputf8", true),
                    view.setting(Directives.SMTP_COMMAND_TIMEOUT),
                    view.setting(Directives.SMTP_DATA_TIMEOUT),
                    new LoginPolicy(
                            view.setting(Directives.ALLOW_AUTH),
                            view.setting(Directives.REQUIRE_AUTH),
                            view.setting(Directives.ALLOW_UNENCRYPTED_PLAIN_AUTH),
                            view.setting(Directives.REQUIRE_STARTTLS_BEFORE_AUTH),
                            mapped(view.setting(Directives.SMTP_MAX_AUTH_FAILURE_RATE), Sources::failureRate),
                            mapped(view.setting(Directives.AUTH_TYPE), Sources::mechanisms),
                            view.setting(Directives.SOURCE_PASSWORD)));
        }

        private static Set<SaslMechanism> mechanisms(Directives.AuthType type) {
            return switch (type) {
                case PASSWORD -> Set.of(SaslMechanism.values());
                case PLAIN -> Set.of(SaslMechanism.PLAIN);
                case LOGIN -> Set.of(SaslMechanism.LOGIN);
                case CRAM_MD5 -> Set.of(SaslMechanism.CRAM_MD5);
                case NONE -> Set.of();
            };
        }

        private static Optional<Boolean> quotesWhole(Directives.QuotedDefault quoted) {
            return quoted == Directives.QuotedDefault.SYSTEM
                    ? Optional.empty()
                    : Optional.of(quoted == Directives.QuotedDefault.FULL);
        }

        private static Optional<LoginPolicy.FailureRate> failureRate(Rate rate) {
            return switch (rate) {
                case Rate.Unlimited _ -> Optional.empty();
                case Rate.Limited limited ->
                    Optional.of(new LoginPolicy.FailureRate(Math.max(1, limited.amount()), limited.per()));
            };
        }

        /// Users without a password, or with another proof than a password, cannot log in.
        private static Map<String, SmtpUser> users(Configuration configuration) {
            var users = new HashMap<String, SmtpUser>();
            configuration.smtpUsers().forEach((name, view) -> {
                String password = view.setting(Directives.PASSWORD).value();
                String source = view.setting(Directives.SMTP_USER_SOURCE).value();
                if (!password.isEmpty()
                        && view.setting(Directives.AUTHENTICATION_METHOD).value()
                                == Directives.AuthenticationMethod.PASSWORD) {
                    users.put(name, new SmtpUser(name, password, source.isEmpty() ? AUTHENTICATED : source));
                }
            });
            return Map.copyOf(users);
        }

        @Override
        public Optional<SmtpUser> user(String name) {
            return Optional.ofNullable(users.get(name));
        }

        @Override
        public boolean isUserName(String name) {
            return userNames.contains(name);
        }

        @Override
        public String virtualMtaAt(String address) {
            return virtualMtaAt.getOrDefault(address, "");
        }

        @Override
        public boolean hasUsers() {
            return !users.isEmpty();
        }

        @Override
        public boolean isRelayDomain(String canonicalDomain) {
            return relayDomains.contains(canonicalDomain);
        }

        @Override
        public String hostName() {
            return hostName;
        }

        @Override
        public Setting<String> postmaster() {
            return postmaster;
        }

        @Override
        public Aliases aliases() {
            return aliases;
        }

        @Override
        public Setting<Integer> totalMaxSmtpIn() {
            return totalMaxSmtpIn;
        }
    }

    /// Remembers a value for each queue's key. Queues that the same blocks hold for share one value: domains are many,
    /// blocks are few.
    static final class PerQueue<V> {
        private final BiFunction<QueueKey, Configuration.QueueView, V> make;
        private final Configuration configuration;
        private final Map<QueueKey, V> known = new ConcurrentHashMap<>();
        private final Map<Shared, V> made = new ConcurrentHashMap<>();

        /// @param rollup a rollup queue's name, whose value may depend on it; else empty
        private record Shared(Configuration.QueueView view, String virtualMta, String rollup) {}

        PerQueue(Configuration configuration, BiFunction<QueueKey, Configuration.QueueView, V> make) {
            this.configuration = configuration;
            this.make = make;
        }

        V of(QueueKey queue) {
            V value = known.get(queue);
            if (value == null) {
                Configuration.QueueView view = configuration.queue(queue);
                String rollup = queue.domain().endsWith(MxRollup.SUFFIX) ? queue.domain() : "";
                var key = new Shared(view, queue.virtualMta(), rollup);
                value = made.get(key);
                if (value == null) {
                    value = make.apply(queue, view);
                    if (made.size() < MOST_POLICIES) {
                        made.put(key, value);
                    }
                }
                if (known.size() < MOST_POLICIES) {
                    known.put(queue, value);
                }
            }
            return value;
        }
    }

    private static final class Queues implements QueuePolicies {
        private final Routes routes;
        private final Setting<Integer> totalMaxSmtpOut;
        private final Setting<Integer> massActionLimit;
        private final boolean bouncesRemoved;
        private final Set<String> virtualMtas;
        /// Queues that `queue-to` names: some are called like rollups.
        private final Set<String> joined;
        private final PerQueue<QueuePolicy> policies;

        Queues(Configuration configuration, Routes routes) {
            this.routes = routes;
            this.totalMaxSmtpOut = mapped(configuration.global(Directives.TOTAL_MAX_SMTP_OUT), Snapshot::cap);
            this.virtualMtas = Set.copyOf(configuration.virtualMtas().keySet());
            this.joined = joined(configuration);
            this.bouncesRemoved =
                    configuration.global(Directives.REMOVED_VIRTUAL_MTA).value() == Directives.RemovedVirtualMta.BOUNCE;
            this.massActionLimit = mapped(configuration.global(Directives.MASS_ACTION_LIMIT), Long::intValue);
            this.policies = new PerQueue<>(configuration, (queue, view) -> policy(configuration, queue, view));
        }

        private static Set<String> joined(Configuration configuration) {
            var all = new HashSet<String>();
            for (DomainBlocks.Scoped each : DomainBlocks.of(configuration)) {
                SettingsBlock.Assigned target = each.block().get(BlockKind.DOMAIN, Directives.QUEUE_TO.name());
                if (target != null) {
                    all.add(DomainPattern.canonical(target.value().toString().strip()));
                }
            }
            return Set.copyOf(all);
        }

        private QueuePolicy policy(Configuration configuration, QueueKey queue, Configuration.QueueView view) {
            String vmta = queue.virtualMta();
            Directives.RatePacing pacing = view.value(Directives.RATE_PACING);
            // What all queues of a virtual MTA share no domain may pace.
            Directives.RatePacing shared = configuration
                    .virtualMtaSetting(vmta, Directives.RATE_PACING)
                    .value();
            var normal = new QueueLimits(
                    mapped(view.setting(Directives.MAX_SMTP_OUT), Snapshot::cap),
                    mapped(view.setting(Directives.MAX_MSG_RATE), r -> rate(r, pacing)),
                    mapped(view.setting(Directives.MAX_CONNECT_RATE), r -> rate(r, pacing)),
                    mapped(view.setting(Directives.MAX_DATA_VOLUME_RATE), r -> rate(r, pacing)));
            return new QueuePolicy(
                    normal,
                    view.setting(Directives.SMTP_OUT_RAMPUP_INTERVAL),
                    mapped(configuration.virtualMtaSetting(vmta, Directives.VMTA_MAX_SMTP_OUT), Snapshot::cap),
                    mapped(configuration.virtualMtaSetting(vmta, Directives.VMTA_MAX_MSG_RATE), r -> rate(r, shared)),
                    mapped(
                            configuration.virtualMtaSetting(vmta, Directives.VMTA_MAX_DATA_VOLUME_RATE),
                            r -> rate(r, shared)),
                    view.setting(Directives.RETRY_AFTER),
                    view.setting(Directives.RETRY_RECIPIENTS_AFTER),
                    view.setting(Directives.RETRY_AFTER_DNS_ERROR),
                    view.setting(Directives.BOUNCE_AFTER),
                    mapped(view.setting(Directives.MAX_MSG_PER_CONNECTION), Snapshot::bound),
                    mapped(view.setting(Directives.MAX_RCPT_PER_TRANSACTION), Snapshot::cap),
                    view.setting(Directives.PACED_CONNECTION_HOLD),
                    view.setting(Directives.RETRY_UPON_NEW_MAIL),
                    mapped(view.setting(Directives.MAX_EVENTS_RECORDED), Long::intValue),
                    view.setting(Directives.TRACK_RECIPIENT_EVENTS),
                    massActionLimit,
                    view.setting(Directives.REROUTE_TO_VIRTUAL_MTA),
                    view.setting(Directives.DELIVER_LOCAL_DSN),
                    mapped(view.setting(Directives.NOTIFY_OF_DELAY_EVERY), Snapshot::timeOrZero),
                    mapped(
                            view.setting(Directives.TYPE),
                            type -> deliveryType(type, view.value(Directives.DISCARD_AS_BOUNCE))),
                    sources(vmta, view, pacing),
                    backoff(view, normal, pacing));
        }

        /// Files are written by what takes the place of sessions.
        private static QueuePolicy.DeliveryType deliveryType(Directives.DeliveryType type, boolean asBounce) {
            return switch (type) {
                case DISCARD ->
                    asBounce ? QueuePolicy.DeliveryType.DISCARD_AS_BOUNCE : QueuePolicy.DeliveryType.DISCARD;
                case FILE -> QueuePolicy.DeliveryType.FILE;
                case SMTP, PIPE, HTTP_DELIVERY -> QueuePolicy.DeliveryType.SMTP;
            };
        }

        /// Rates of the mode that nobody set are the normal ones; the cap has a default of its own.
        private static BackoffPolicy backoff(
                Configuration.QueueView view, QueueLimits normal, Directives.RatePacing pacing) {
            var limits = new QueueLimits(
                    mapped(view.setting(Directives.BACKOFF_MAX_SMTP_OUT), Snapshot::cap),
                    orNormal(view.setting(Directives.BACKOFF_MAX_MSG_RATE), normal.maxMsgRate(), pacing),
                    orNormal(view.setting(Directives.BACKOFF_MAX_CONNECT_RATE), normal.maxConnectRate(), pacing),
                    orNormal(
                            view.setting(Directives.BACKOFF_MAX_DATA_VOLUME_RATE), normal.maxDataVolumeRate(), pacing));
            return new BackoffPolicy(
                    limits,
                    view.setting(Directives.BACKOFF_RETRY_AFTER),
                    mapped(view.setting(Directives.BACKOFF_TO_NORMAL_AFTER), Snapshot::time),
                    view.setting(Directives.BACKOFF_TO_NORMAL_AFTER_DELIVERY),
                    view.setting(Directives.BACKOFF_UPON_ALL_SOURCES_DISABLED),
                    view.setting(Directives.BACKOFF_REROUTE_TO_VIRTUAL_MTA));
        }

        private static Setting<org.sluicemta.pace.Rate> orNormal(
                Setting<Rate> own, Setting<org.sluicemta.pace.Rate> normal, Directives.RatePacing pacing) {
            return own.overrode() == null ? normal : mapped(own, r -> rate(r, pacing));
        }

        private SourcesPolicy sources(String vmta, Configuration.QueueView view, Directives.RatePacing pacing) {
            List<InetAddress> addresses = routes.hasVirtualMta(vmta)
                    ? routes.virtualMta(vmta).sourceHosts().value().stream()
                            .map(VirtualMta.SourceHost::address)
                            .toList()
                    : List.of();
            var limits = new LinkedHashMap<InetAddress, QueueLimits>();
            for (InetAddress each : addresses) {
                var own = new QueueLimits(
                        connectionsFrom(view, each),
                        rateFrom(view.setting(Directives.SOURCE_IP_MAX_MSG_RATE), each, pacing),
                        rateFrom(view.setting(Directives.SOURCE_IP_MAX_CONNECT_RATE), each, pacing),
                        rateFrom(view.setting(Directives.SOURCE_IP_MAX_DATA_VOLUME_RATE), each, pacing));
                if (!own.areUnlimited()) {
                    limits.put(each, own);
                }
            }
            return new SourcesPolicy(
                    addresses, limits, mapped(view.setting(Directives.REENABLE_SOURCE_IP_AFTER), Snapshot::time));
        }

        private static Setting<Integer> connectionsFrom(Configuration.QueueView view, InetAddress address) {
            Setting<List<CidrCount>> written = view.setting(Directives.SOURCE_IP_MAX_SMTP_OUT);
            CidrCount best = null;
            for (CidrCount each : written.value()) {
                boolean isCloser = best == null
                        || each.range().prefixLength() >= best.range().prefixLength();
                best = each.range().contains(address) && isCloser ? each : best;
            }
            return best == null
                    ? mapped(view.setting(Directives.MAX_SMTP_OUT_PER_SOURCE_IP), Snapshot::cap)
                    : mapped(written, cap(best.count()));
        }

        /// The most specific range decides; of equal ones the last.
        private static Setting<org.sluicemta.pace.Rate> rateFrom(
                Setting<List<CidrRate>> written, InetAddress address, Directives.RatePacing pacing) {
            CidrRate best = null;
            for (CidrRate each : written.value()) {
                boolean isCloser = best == null
                        || each.range().prefixLength() >= best.range().prefixLength();
                best = each.range().contains(address) && isCloser ? each : best;
            }
            return mapped(written, best == null ? org.sluicemta.pace.Rate.UNLIMITED : rate(best.rate(), pacing));
        }

        @Override
        public QueuePolicy of(QueueKey queue) {
            return policies.of(queue);
        }

        @Override
        public Setting<Integer> totalMaxSmtpOut() {
            return totalMaxSmtpOut;
        }

        @Override
        public boolean hasVirtualMta(String name) {
            return routes.hasVirtualMta(name);
        }

        @Override
        public Optional<String> resolve(String name, String domain, RouteFacts facts) {
            return routes.resolve(name, domain, facts);
        }

        @Override
        public boolean hasRollup(String queue) {
            return routes.hasRollup(queue) || joined.contains(queue);
        }

        @Override
        public Set<String> virtualMtas() {
            return virtualMtas;
        }

        @Override
        public boolean bouncesRemoved() {
            return bouncesRemoved;
        }
    }

    /// As whom sessions of a queue log in, or null.
    static @Nullable ClientLogin login(Configuration.QueueView view) {
        String user = view.value(Directives.AUTH_USERNAME);
        return user.isEmpty()
                ? null
                : new ClientLogin(
                        user,
                        view.value(Directives.AUTH_PASSWORD).text(),
                        view.value(Directives.USE_UNENCRYPTED_PLAIN_AUTH));
    }

    private static final class Deliveries implements DeliveryPolicies {
        private final Map<String, ReplyRules> replyRules;
        private final SigningPlans signing;
        private final TlsFiles tls;
        private final PerQueue<DeliveryPolicy> policies;

        Deliveries(Configuration configuration, KeyFiles keys, TlsFiles tls) {
            this.tls = tls;
            this.signing = new SigningPlans(configuration, keys.keys());
            this.replyRules = replyRules(configuration);
            this.policies = new PerQueue<>(configuration, (queue, view) -> policy(configuration, queue, view));
        }

        private static Map<String, ReplyRules> replyRules(Configuration configuration) {
            var lists = new HashMap<String, ReplyRules>();
            configuration.smtpPatternLists().forEach((name, rules) -> {
                var compiled = new ArrayList<ReplyRules.Rule>();
                for (ReplyRule each : rules) {
                    compiled.add(new ReplyRules.Rule(
                            OperatorPattern.of(each.regex()),
                            each.actions().stream().map(Deliveries::action).toList(),
                            each.origin().toString()));
                }
                lists.put(name, new ReplyRules(name, compiled));
            });
            return lists;
        }

        private static ReplyRules.Action action(ReplyAction action) {
            return switch (action) {
                case ReplyAction.EnterBackoff(Optional<Delay> after) -> new ReplyRules.Action.Backoff(lasting(after));
                case ReplyAction.LeaveBackoff _ -> new ReplyRules.Action.Normal();
                case ReplyAction.SkipMx _ -> new ReplyRules.Action.SkipMx();
                case ReplyAction.BounceQueue _ -> new ReplyRules.Action.BounceQueue();
                case ReplyAction.BounceRecipient _ -> new ReplyRules.Action.BounceRcpt();
                case ReplyAction.DisableSource(Optional<Delay> after) ->
                    new ReplyRules.Action.DisableSource(lasting(after));
                case ReplyAction.DeferQueue _ -> new ReplyRules.Action.DeferQueue();
            };
        }

        private static QueueAction.Lasting lasting(Optional<Delay> after) {
            if (after.isEmpty()) {
                return QueueAction.Lasting.AsConfigured.AS_CONFIGURED;
            }
            return switch (after.get()) {
                case Delay.Never _ -> QueueAction.Lasting.ForEver.FOR_EVER;
                case Delay.After(Duration time) -> new QueueAction.Lasting.For(time);
            };
        }

        /// A mailbox that is appended to is not built: its mail waits, as where no folder is named.
        private static @Nullable FilePlan files(Configuration.QueueView view) {
            if (view.value(Directives.TYPE) != Directives.DeliveryType.FILE) {
                return null;
            }
            Directives.FileFormat format = view.value(Directives.FILE_FORMAT);
            return new FilePlan(
                    format == Directives.FileFormat.APPEND_MBOX ? "" : view.value(Directives.FILE_DESTINATION),
                    format == Directives.FileFormat.NEWFILE_PICKUP);
        }

        private DeliveryPolicy policy(Configuration configuration, QueueKey queue, Configuration.QueueView view) {
            return new DeliveryPolicy(
                    hosts(configuration, queue, view),
                    view.setting(Directives.DEFAULT_SMTP_PORT),
                    view.setting(Directives.USE_STARTTLS),
                    view.setting(Directives.REQUIRE_STARTTLS),
                    mapped(view.setting(Directives.MX_CONNECTION_ATTEMPTS), Snapshot::cap),
                    view.setting(Directives.CONNECT_TIMEOUT),
                    view.setting(Directives.SMTP_GREETING_TIMEOUT),
                    view.setting(Directives.DATA_SEND_TIMEOUT),
                    view.setting(Directives.SMTP_DATA_TERMINATION_TIMEOUT),
                    view.setting(Directives.CONNECTION_IDLE_TIMEOUT),
                    mapped(view.setting(Directives.MAX_MSG_PER_CONNECTION), Snapshot::bound),
                    view.setting(Directives.IGNORE_CHUNKING),
                    view.setting(Directives.IGNORE_PIPELINING),
                    view.setting(Directives.IGNORE_8BITMIME),
                    view.setting(Directives.SMTP_421_MEANS_MX_UNAVAILABLE),
                    view.setting(Directives.BOUNCE_UPON_5XX_GREETING),
                    mapped(
                            view.setting(Directives.SMTP_PATTERN_LIST),
                            name -> replyRules.getOrDefault(name, ReplyRules.NONE)),
                    mapped(view.setting(Directives.MAX_ERRORS_PER_CONNECTION), Snapshot::bound),
                    view.setting(Directives.SMTP_553_MEANS_INVALID_MAILBOX),
                    view.setting(Directives.ASSUME_DELIVERY_UPON_DATA_TERMINATION_TIMEOUT),
                    mapped(view.setting(Directives.BOUNCE_UPON_NO_MX), delay -> switch (delay) {
                        case Delay.Never _ -> Duration.ofDays(365 * 100);
                        case Delay.After after -> after.time();
                    }),
                    signing.of(queue, view),
                    view.setting(Directives.REMOVE_HEADER),
                    files(view),
                    tls.outgoing(view),
                    Snapshot.login(view));
        }

        @Override
        public DeliveryPolicy of(QueueKey queue) {
            return policies.of(queue);
        }
    }
}
