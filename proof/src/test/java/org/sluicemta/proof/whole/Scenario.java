package org.sluicemta.proof.whole;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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
    static final InetAddress RESOLVER = InetAddress.ofLiteral("10.3.0.1");
    /// In the configuration, but not an address of the machine.
    static final String LACKING = "10.0.1.99";

    private static final String GONE = "gone.example";
    private static final String NULL_MX = "nullmx.example";
    /// Its name servers fail until everything is healed.
    static final String SICK = "sick.example";

    /// So many a unit.
    record PerUnit(int count, int seconds) {
        String text() {
            return count + "/" + (seconds == 1 ? "" : seconds) + "s";
        }
    }

    /// What the configuration says of limits.
    ///
    /// @param maxOut connections of a queue, by domain; all domains are in it
    /// @param messageRates of each queue of a domain
    /// @param connectRates of each queue of a domain
    /// @param virtualMtaRates over all queues of a virtual MTA
    /// @param virtualMtaMaxOut over all queues of a virtual MTA
    record Limits(
            int totalMaxOut,
            int usualMaxOut,
            Map<String, Integer> maxOut,
            Map<String, PerUnit> messageRates,
            Map<String, PerUnit> connectRates,
            Map<String, PerUnit> virtualMtaRates,
            Map<String, Integer> virtualMtaMaxOut) {
        int maxOutOf(String domain) {
            return maxOut.getOrDefault(domain, usualMaxOut);
        }
    }

    final long seed;
    final int messages;
    final int sessions;
    final int loops;
    final Limits first;
    final Limits second;
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
        addresses.put("v1", List.of("10.0.1.1", "10.0.1.2"));
        addresses.put("v2", List.of("10.0.1.3"));
        addresses.put("v3", lacksAddress ? List.of("10.0.1.4", LACKING) : List.of("10.0.1.4"));
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
        first = limits();
        second = limits();
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

    private Limits limits() {
        var maxOut = new TreeMap<String, Integer>();
        var messageRates = new TreeMap<String, PerUnit>();
        var connectRates = new TreeMap<String, PerUnit>();
        for (String domain : domains) {
            if (shape.chance(0.4)) {
                maxOut.put(domain, 1 + shape.nextInt(4));
            }
            if (shape.chance(0.25)) {
                messageRates.put(domain, rate());
            }
            if (shape.chance(0.2)) {
                connectRates.put(domain, rate());
            }
        }
        var virtualMtaRates = new TreeMap<String, PerUnit>();
        var virtualMtaMaxOut = new TreeMap<String, Integer>();
        for (String name : addresses.keySet()) {
            if (shape.chance(0.3)) {
                virtualMtaRates.put(name, new PerUnit(5 + shape.nextInt(40), 1 + shape.nextInt(3)));
            }
            if (shape.chance(0.3)) {
                virtualMtaMaxOut.put(name, 2 + shape.nextInt(4));
            }
        }
        return new Limits(
                shape.chance(0.2) ? 3 + shape.nextInt(4) : 1200,
                List.of(20, 2, 5).get(shape.nextInt(3)),
                maxOut,
                messageRates,
                connectRates,
                virtualMtaRates,
                virtualMtaMaxOut);
    }

    private PerUnit rate() {
        return new PerUnit(2 + shape.nextInt(20), List.of(1, 2, 10).get(shape.nextInt(3)));
    }

    /// The configuration with these limits.
    String configuration(Limits limits) {
        var text = new StringBuilder();
        text.append("host-name mta.sluice.example\n")
                .append("smtp-listener 10.0.0.1:25\n")
                .append("log-file /log/log\n")
                .append("total-max-smtp-out ")
                .append(limits.totalMaxOut())
                .append('\n');
        text.append("<source 10.2.0.1/32>\n always-allow-relaying yes\n process-x-virtual-mta yes\n")
                .append(" process-x-job yes\n process-x-envid yes\n default-virtual-mta v1\n")
                .append(isTlsOffered ? " allow-starttls yes\n" : "")
                .append("</source>\n");
        text.append("<domain *>\n max-smtp-out ")
                .append(limits.usualMaxOut())
                .append("\n retry-after 5s,20s\n retry-recipients-after 15s\n retry-after-dns-error 10s\n")
                .append(" connect-timeout 15s\n smtp-greeting-timeout 20s\n data-send-timeout 30s\n")
                .append(" smtp-data-termination-timeout 30s\n use-starttls yes\n")
                .append(" max-msg-per-connection ")
                .append(messagesPerConnection)
                .append("\n max-rcpt-per-transaction ")
                .append(recipientsPerTransaction)
                .append("\n</domain>\n");
        for (String domain : domains) {
            text.append("<domain ").append(domain).append(">\n");
            Integer most = limits.maxOut().get(domain);
            if (most != null) {
                text.append(" max-smtp-out ").append(most).append('\n');
            }
            PerUnit messageRate = limits.messageRates().get(domain);
            if (messageRate != null) {
                text.append(" max-msg-rate ").append(messageRate.text()).append('\n');
            }
            PerUnit connectRate = limits.connectRates().get(domain);
            if (connectRate != null) {
                text.append(" max-connect-rate ").append(connectRate.text()).append('\n');
            }
            text.append("</domain>\n");
        }
        addresses.forEach((name, all) -> {
            text.append("<virtual-mta ").append(name).append(">\n");
            all.forEach(each -> text.append(" smtp-source-host ")
                    .append(each)
                    .append(" out.")
                    .append(name)
                    .append(".example\n"));
            PerUnit virtualMtaRate = limits.virtualMtaRates().get(name);
            if (virtualMtaRate != null) {
                text.append(" max-smtp-msg-rate ").append(virtualMtaRate.text()).append('\n');
            }
            Integer most = limits.virtualMtaMaxOut().get(name);
            if (most != null) {
                text.append(" max-smtp-out ").append(most).append('\n');
            }
            text.append("</virtual-mta>\n");
        });
        text.append("<virtual-mta-pool pool>\n virtual-mta v1\n virtual-mta v2\n</virtual-mta-pool>\n");
        text.append("<acct-file ").append(AcctRows.FOLDER).append("/acct.csv>\n records d,b,t,tq\n</acct-file>\n");
        return text.toString();
    }

    /// What the resolver knows.
    ///
    /// @param isHealed whether the sick domain has recovered
    ZoneTable zones(boolean isHealed) {
        ZoneTable.Builder zones = ZoneTable.builder().ttl(60).negativeTtl(5).mx(NULL_MX, 0, ".");
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
                + (draw.chance(0.5) ? "X-Job: job" + draw.nextInt(4) + "\r\n" : "");
        int size = draw.chance(0.85)
                ? 300 + draw.nextInt(5_000)
                : draw.chance(0.7) ? 8_000 + draw.nextInt(50_000) : 64_000 + draw.nextInt(236_000);
        String from = "m" + number + "@sender.example";
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

    /// The virtual MTAs by which a message may leave.
    Set<String> virtualMtasOf(LoadMessage message) {
        String head = new String(
                message.content(),
                0,
                Math.min(600, message.content().length),
                java.nio.charset.StandardCharsets.US_ASCII);
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
