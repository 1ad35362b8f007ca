package org.sluicemta.proof.whole;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sluicemta.lab.LoadMessage;
import org.sluicemta.lab.MessageMaker;
import org.sluicemta.lab.ReceiverModel;
import org.sluicemta.lab.ZoneFault;
import org.sluicemta.lab.ZoneTable;
import org.sluicemta.simulation.Seed;
import org.sluicemta.simulation.SimulatedTls;
import org.sluicemta.world.TlsPlan;

/// What a seed decides before anything runs: load, receivers, names, limits and the configuration that says so.
final class Scenario {
    static final int RECEIVERS = 3;
    static final int DOMAINS_EACH = 2;
    static final int LEAST_MESSAGES = 200;
    static final InetAddress SERVER = InetAddress.ofLiteral("10.0.0.1");
    static final InetAddress LOAD = InetAddress.ofLiteral("10.2.0.1");
    static final String SENDERS = "sender.example";

    /// Where senders read what is reported to them.
    static final InetAddress LETTERBOX = InetAddress.ofLiteral("10.4.0.1");

    static final InetAddress RESOLVER = InetAddress.ofLiteral("10.3.0.1");
    /// In the configuration, but not an address of the machine.
    static final String LACKING = "10.0.1.99";

    /// A queue of no recipient's domain, which others may be put into.
    static final String JOINT = "joint.example";
    /// Rollup queues, each by the number of its receiver.
    static final List<String> ROLLUPS = List.of("r0.rollup", "r1.rollup");
    static final String COLD = "cold";

    static final String GONE = "gone.example";
    static final String NULL_MX = "nullmx.example";
    /// Its name servers fail until everything is healed.
    static final String SICK = "sick.example";

    private static final Pattern PATH = Pattern.compile("<?m(\\d+)@" + Pattern.quote(SENDERS) + ">?");
    private static final Pattern JOB = Pattern.compile("X-Job: (\\S+)\r");

    final long seed;
    final int messages;
    final int sessions;
    final int loops;
    final Plan first;
    final Plan second;
    final ReplyPlan replies;
    /// How many messages a day the cold virtual MTA takes, by the domain of the queue; other domains have none.
    final Map<String, Integer> coldPerDay = new TreeMap<>();
    final boolean isMassActionLimited;
    final boolean lacksAddress;
    final boolean isTlsOffered;
    final List<ReceiverModel> receivers = new ArrayList<>();
    /// Source addresses of each virtual MTA.
    final Map<String, List<String>> addresses = new TreeMap<>();
    /// The domain that a receiver's address serves.
    final Map<String, String> domainAt = new TreeMap<>();

    private final Map<String, List<String>> hostsOf = new TreeMap<>();
    private final List<String> domains = new ArrayList<>();
    private final int messagesPerConnection;
    private final int recipientsPerTransaction;
    private final boolean isTwoSpools;
    private final MessageMaker maker;
    private final Seed shape;

    Scenario(long seed) {
        this.seed = seed;
        this.shape = new Seed(seed * 0x9E3779B97F4A7C15L + 0x5851F42DL);
        messages = LEAST_MESSAGES + shape.nextInt(40);
        sessions = 1 + shape.nextInt(8);
        loops = 1 + shape.nextInt(3);
        lacksAddress = shape.chance(0.3);
        isTlsOffered = shape.chance(0.3);
        isTwoSpools = shape.chance(0.2);
        messagesPerConnection = List.of(0, 0, 1, 3, 10).get(shape.nextInt(5));
        recipientsPerTransaction = List.of(1000, 1000, 1, 2).get(shape.nextInt(4));
        maker = new MessageMaker("s" + seed);
        addresses.put("v1", List.of("10.0.1.1", "10.0.1.2", "10.0.1.8"));
        addresses.put("v2", List.of("10.0.1.3"));
        addresses.put("v3", lacksAddress ? List.of("10.0.1.4", LACKING) : List.of("10.0.1.4"));
        addresses.put("v4", List.of("10.0.1.5", "10.0.1.6"));
        addresses.put(COLD, List.of("10.0.1.7"));
        for (int r = 0; r < RECEIVERS; r++) {
            for (int d = 0; d < DOMAINS_EACH; d++) {
                String domain = "d" + r + d + ".example";
                domains.add(domain);
                var hosts = new ArrayList<String>();
                for (int h = 0; h <= shape.nextInt(2); h++) {
                    hosts.add("10.1." + r + "." + (10 * (d + 1) + h));
                }
                hostsOf.put(domain, hosts);
                hosts.forEach(host -> domainAt.put(host, domain));
            }
            receivers.add(receiver(r));
        }
        hostsOf.put(SICK, List.of("10.1.0.200"));
        domainAt.put("10.1.0.200", SICK);
        domainAt.put(JOINT_ADDRESS, JOINT);
        for (int i = 0; i < ROLLUPS.size(); i++) {
            domainAt.put(rollupAddress(i), ROLLUPS.get(i));
        }
        replies = ReplyPlan.drawn(shape);
        isMassActionLimited = shape.chance(0.5);
        boolean isWarming = shape.chance(0.5);
        places().forEach(place -> {
            if (isWarming && shape.chance(0.4)) {
                coldPerDay.put(place, 1 + shape.nextInt(15));
            }
        });
        var rollups = new TreeMap<String, String>();
        for (String domain : domains) {
            if (shape.chance(0.25)) {
                rollups.put(domain, ROLLUPS.get(shape.nextInt(ROLLUPS.size())));
            }
        }
        var fewer = new TreeMap<>(rollups);
        if (!fewer.isEmpty()) {
            fewer.remove(shape.chance(0.5) ? fewer.firstKey() : fewer.lastKey());
        }
        first = plan(rollups);
        second = plan(fewer);
    }

    private static final String JOINT_ADDRESS = "10.1.2.150";

    private static String rollupAddress(int number) {
        return "10.1." + number + ".160";
    }

    /// The domains of all queues that may be configured.
    private List<String> places() {
        var places = new ArrayList<>(domains);
        places.add(JOINT);
        places.addAll(ROLLUPS);
        return places;
    }

    /// Those of recipients.
    List<String> domains() {
        return List.copyOf(domains);
    }

    /// The job of a message by its reverse-path; empty where it has none, or is none of the load's.
    String jobOf(String reversePath) {
        Matcher path = PATH.matcher(reversePath);
        if (!path.matches()) {
            return "";
        }
        byte[] content = message(Long.parseLong(path.group(1))).content();
        Matcher job = JOB.matcher(new String(content, 0, Math.min(600, content.length), StandardCharsets.US_ASCII));
        return job.find() ? job.group(1) : "";
    }

    boolean isTwoSpools() {
        return isTwoSpools;
    }

    private ReceiverModel receiver(int number) {
        ReceiverModel model = ReceiverModel.accepting("r" + number, "mx" + number + ".example");
        for (int i = 0; i <= shape.nextInt(2); i++) {
            model = switch (shape.nextInt(7)) {
                case 0 -> model;
                case 1 -> model.capping(1 + shape.nextInt(3));
                case 2 -> model.greylisting(Duration.ofSeconds(5 + shape.nextInt(60)));
                case 3 -> model.refusing(shape.nextInt(300), shape.nextInt(200));
                case 4 -> model.slow(Duration.ofMillis(10 + shape.nextInt(1500)));
                case 5 -> model.closingAfter(1 + shape.nextInt(5));
                default -> withMaxRecipients(model, 1 + shape.nextInt(3));
            };
        }
        if (shape.chance(0.4)) {
            model = model.secured(new TlsPlan.Server(
                    SimulatedTls.issued(model.hostName()),
                    List.of("TLSv1.2", "TLSv1.3"),
                    Duration.ofSeconds(20).toNanos()));
        }
        return model;
    }

    private static ReceiverModel withMaxRecipients(ReceiverModel m, int most) {
        return new ReceiverModel(
                m.name(),
                m.hostName(),
                m.maxConnectionsPerSource(),
                m.greylist(),
                m.deferPerMille(),
                m.rejectPerMille(),
                m.contentDelay(),
                m.closeAfterMessages(),
                m.tls(),
                most);
    }

    private Plan plan(Map<String, String> rollups) {
        var plans = new TreeMap<String, QueuePlan>();
        for (String place : places()) {
            plans.put(place, QueuePlan.drawn(shape, domains.contains(place) ? JOINT : ""));
        }
        var virtualMtaRates = new TreeMap<String, QueuePlan.PerUnit>();
        var virtualMtaMaxOut = new TreeMap<String, Integer>();
        for (String name : addresses.keySet()) {
            if (shape.chance(0.3)) {
                virtualMtaRates.put(name, new QueuePlan.PerUnit(5 + shape.nextInt(40), 1 + shape.nextInt(3)));
            }
            if (shape.chance(0.3)) {
                virtualMtaMaxOut.put(name, 2 + shape.nextInt(4));
            }
        }
        return new Plan(
                shape.chance(0.2) ? 3 + shape.nextInt(4) : 1200,
                List.of(20, 2, 5).get(shape.nextInt(3)),
                plans,
                virtualMtaRates,
                virtualMtaMaxOut,
                rollups);
    }

    /// The configuration of a plan.
    String configuration(Plan plan) {
        var text = new StringBuilder();
        text.append("host-name mta.sluice.example\n")
                .append("smtp-listener 10.0.0.1:25\n")
                .append("log-file /log/log\n")
                .append(isMassActionLimited ? "mass-action-limit 12\n" : "")
                .append("total-max-smtp-out ")
                .append(plan.totalMaxOut())
                .append('\n');
        text.append("<source 10.2.0.1/32>\n always-allow-relaying yes\n process-x-virtual-mta yes\n")
                .append(" process-x-job yes\n process-x-envid yes\n default-virtual-mta v1\n")
                .append(isTlsOffered ? " allow-starttls yes\n" : "")
                .append("</source>\n");
        replies.write(text);
        text.append("<domain *>\n max-smtp-out ")
                .append(plan.usualMaxOut())
                .append("\n retry-after 5s,20s\n retry-recipients-after 15s\n retry-after-dns-error 10s\n")
                .append(" connect-timeout 15s\n smtp-greeting-timeout 20s\n data-send-timeout 30s\n")
                .append(" smtp-data-termination-timeout 30s\n use-starttls yes\n")
                .append(" backoff-retry-after 10s,40s\n reenable-source-ip-after 40s\n smtp-pattern-list ")
                .append(ReplyPlan.LIST)
                .append("\n backoff-to-normal-after 1m\n max-msg-per-connection ")
                .append(messagesPerConnection)
                .append("\n max-rcpt-per-transaction ")
                .append(recipientsPerTransaction)
                .append("\n</domain>\n");
        plan.domains().forEach((domain, own) -> {
            // A rollup that is not configured has no hosts either: what is left in it would be seen to bounce.
            if (!ROLLUPS.contains(domain) || plan.rollups().containsValue(domain)) {
                own.write(text, domain, hosts(domain) + coldest(domain));
            }
        });
        if (!plan.rollups().isEmpty()) {
            text.append("<mx-rollup-list>\n");
            plan.rollups()
                    .forEach((domain, rollup) -> text.append(" mx *.")
                            .append(domain)
                            .append(' ')
                            .append(rollup)
                            .append('\n'));
            text.append("</mx-rollup-list>\n");
        }
        addresses.forEach((name, all) -> {
            text.append("<virtual-mta ").append(name).append(">\n");
            all.forEach(each -> text.append(" smtp-source-host ")
                    .append(each)
                    .append(" out.")
                    .append(name)
                    .append(".example\n"));
            QueuePlan.PerUnit rate = plan.virtualMtaRates().get(name);
            if (rate != null) {
                text.append(" max-smtp-msg-rate ").append(rate.text()).append('\n');
            }
            Integer most = plan.virtualMtaMaxOut().get(name);
            if (most != null) {
                text.append(" max-smtp-out ").append(most).append('\n');
            }
            if (isWarmed(name)) {
                text.append(" cold-virtual-mta ").append(COLD).append('\n');
            }
            text.append("</virtual-mta>\n");
        });
        text.append("<virtual-mta-pool pool>\n virtual-mta v1\n virtual-mta v2\n</virtual-mta-pool>\n");
        text.append("<acct-file ").append(AcctRows.FOLDER).append("/acct.csv>\n records d,b,t,tq\n</acct-file>\n");
        return text.toString();
    }

    /// Whose first messages of a day go by the cold virtual MTA.
    private boolean isWarmed(String virtualMta) {
        return !coldPerDay.isEmpty() && (virtualMta.equals("v1") || virtualMta.equals("v4"));
    }

    private String hosts(String place) {
        if (place.equals(JOINT)) {
            return " smtp-hosts [" + JOINT_ADDRESS + "]:25\n";
        }
        int rollup = ROLLUPS.indexOf(place);
        return rollup < 0 ? "" : " smtp-hosts [" + rollupAddress(rollup) + "]:25\n";
    }

    private String coldest(String place) {
        Integer most = coldPerDay.get(place);
        return most == null ? "" : " max-cold-virtual-mta-msg " + most + "/d\n";
    }

    /// What the resolver knows.
    ///
    /// @param isHealed whether the sick domain has recovered
    ZoneTable zones(boolean isHealed) {
        ZoneTable.Builder zones = ZoneTable.builder().ttl(60).negativeTtl(5).mx(NULL_MX, 0, ".");
        zones.mx(SENDERS, 10, "letterbox." + SENDERS);
        zones.address("letterbox." + SENDERS, LETTERBOX.getHostAddress());
        hostsOf.forEach((domain, hosts) -> {
            for (int i = 0; i < hosts.size(); i++) {
                zones.mx(domain, 10 * (i + 1), "mx" + i + "." + domain);
                zones.address("mx" + i + "." + domain, hosts.get(i));
            }
        });
        if (!isHealed) {
            zones.fault(SICK, ZoneFault.SERVFAIL);
        }
        return zones.build();
    }

    /// The addresses of a receiver.
    List<String> addressesOf(int receiver) {
        return domainAt.keySet().stream()
                .filter(each -> each.startsWith("10.1." + receiver + "."))
                .toList();
    }

    /// Message `number`, the same each time it is asked for.
    LoadMessage message(long number) {
        Seed draw = new Seed(seed * 1_000_003 + number * 7_919 + 17);
        int recipients = 1 + draw.nextInt(4);
        var to = new TreeSet<String>();
        for (int i = 0; i < recipients; i++) {
            to.add("u" + number + "." + i + "@" + domain(draw));
        }
        String virtualMta = List.of("", "v1", "v2", "v3", "pool").get(draw.nextInt(5));
        String fields = (virtualMta.isEmpty() ? "" : "X-Virtual-MTA: " + virtualMta + "\r\n")
                + (draw.chance(0.5) ? "X-Job: job" + draw.nextInt(Operator.JOBS) + "\r\n" : "");
        int size = draw.chance(0.85)
                ? 300 + draw.nextInt(5_000)
                : draw.chance(0.7) ? 8_000 + draw.nextInt(50_000) : 64_000 + draw.nextInt(236_000);
        String from = "m" + number + "@" + SENDERS;
        return new LoadMessage(
                number,
                maker.name(number),
                from,
                List.copyOf(to),
                maker.message(number, from, to.first(), fields, size));
    }

    private String domain(Seed draw) {
        if (draw.chance(0.04)) {
            return List.of(GONE, NULL_MX, SICK).get(draw.nextInt(3));
        }
        return domains.get(draw.nextInt(domains.size()));
    }

    /// The virtual MTAs by which a message may leave for a recipient's domain when these plans have been in force.
    Set<String> virtualMtasOf(LoadMessage message, String domain, List<Plan> plans) {
        var places = new TreeSet<String>();
        plans.forEach(plan -> places.addAll(plan.placesOf(domain)));
        var all = new TreeSet<>(askedFor(message));
        boolean isGrowing = true;
        while (isGrowing) {
            var more = new TreeSet<String>();
            for (Plan plan : plans) {
                for (String place : places) {
                    QueuePlan own = plan.of(place);
                    if (own != null) {
                        addMembers(more, own.rerouteTo());
                        addMembers(more, own.backoffRerouteTo());
                    }
                }
            }
            if (all.stream().anyMatch(this::isWarmed)) {
                more.add(COLD);
            }
            isGrowing = all.addAll(more);
        }
        return all;
    }

    /// The virtual MTAs whose queues of a domain may receive a message under a plan.
    Set<String> virtualMtasAtFirst(LoadMessage message, String place, Plan plan) {
        QueuePlan own = plan.of(place);
        if (own == null) {
            return askedFor(message);
        }
        var all = new TreeSet<String>();
        if (own.rerouteTo().isEmpty()) {
            all.addAll(askedFor(message));
        }
        addMembers(all, own.rerouteTo());
        if (coldPerDay.containsKey(place)) {
            all.add(COLD);
        }
        return all;
    }

    /// The shard that owns a queue: a copy of what the server does, only to know what was met.
    int shardOf(String place, String virtualMta) {
        int hash = 31 * place.hashCode() + virtualMta.hashCode();
        return Math.floorMod(hash * 0x9E3779B9 >>> 8, loops);
    }

    /// Domains whose queues have another way to go after the reload.
    List<String> reroutedByReload() {
        return second.domains().entrySet().stream()
                .filter(each -> !each.getValue().rerouteTo().isEmpty()
                        && !each.getValue()
                                .rerouteTo()
                                .equals(first.domains().get(each.getKey()).rerouteTo()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /// Domains whose rollup queue is no more after the reload.
    List<String> dissolvedByReload() {
        return first.rollups().entrySet().stream()
                .filter(each -> !second.rollups().containsValue(each.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static void addMembers(Set<String> all, String name) {
        switch (name) {
            case "" -> {}
            case "pool" -> all.addAll(Set.of("v1", "v2"));
            default -> all.add(name);
        }
    }

    private static Set<String> askedFor(LoadMessage message) {
        String head =
                new String(message.content(), 0, Math.min(600, message.content().length), StandardCharsets.US_ASCII);
        int at = head.indexOf("X-Virtual-MTA: ");
        if (at < 0) {
            return Set.of("v1");
        }
        String name = head.substring(at + 15, head.indexOf('\r', at));
        return name.equals("pool") ? Set.of("v1", "v2") : Set.of(name);
    }

    /// Whose address it is, or null.
    @Nullable
    String virtualMtaAt(String address) {
        for (Map.Entry<String, List<String>> each : addresses.entrySet()) {
            if (each.getValue().contains(address)) {
                return each.getKey();
            }
        }
        return null;
    }
}
