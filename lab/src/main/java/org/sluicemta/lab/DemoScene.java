package org.sluicemta.lab;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.sluicemta.world.TlsPlan;

/// The play of the demonstration: who receives, who sends, what each message is, and the configuration that makes a
/// server cope. Pure; the same number always gives the same message.
final class DemoScene {
    /// Source addresses of the virtual MTAs. Every 127.x address is this machine's own on Linux.
    static final String NEWS_1 = "127.0.0.21";

    static final String NEWS_2 = "127.0.0.22";
    static final String RECEIPTS = "127.0.0.23";

    static final int CAP = 5;
    static final int SLOW_PER_SECOND = 60;
    static final Duration GREYLIST = Duration.ofSeconds(2);
    static final Duration RETRY = Duration.ofSeconds(3);
    static final int SLOW_CLOSES_AFTER = 25;

    /// The stage's directory: these domains and what stands behind them.
    enum Place {
        ROOMY("roomy.example", "127.0.0.11", 43, "takes everything, offers STARTTLS"),
        CAPPED("capped.example", "127.0.0.12", 20, "421 above " + CAP + " connections from one address"),
        GREY("grey.example", "127.0.0.13", 10, "greylists: 450 for the first " + GREYLIST.toSeconds() + " s"),
        PICKY("picky.example", "127.0.0.14", 16, "refuses 4 % with 550, puts 8 % off with 451"),
        SLOW("slow.example", "127.0.0.15", 10, "slow; hangs up after " + SLOW_CLOSES_AFTER + " without a word"),
        NULL_MX("nomail.example", "", 1, "takes no mail at all (null MX)");

        private final String domain;
        private final String address;
        private final int percent;
        private final String behaviour;

        Place(String domain, String address, int percent, String behaviour) {
            this.domain = domain;
            this.address = address;
            this.percent = percent;
            this.behaviour = behaviour;
        }

        String domain() {
            return domain;
        }

        /// Where it listens; empty for a domain without a server.
        String address() {
            return address;
        }

        String behaviour() {
            return behaviour;
        }

        boolean hasServer() {
            return !address.isEmpty();
        }

        static Optional<Place> of(String recipient) {
            String domain = recipient.substring(recipient.indexOf('@') + 1);
            for (Place place : values()) {
                if (place.domain.equals(domain)) {
                    return Optional.of(place);
                }
            }
            return Optional.empty();
        }
    }

    private enum Job {
        NEWSLETTER("newsletter-34", "news", "news@sender.example"),
        SALE("sale-7", "news", "offers@sender.example"),
        RECEIPT("receipts", "receipts", "shop@sender.example");

        private final String id;
        private final String virtualMta;
        private final String from;

        Job(String id, String virtualMta, String from) {
            this.id = id;
            this.virtualMta = virtualMta;
            this.from = from;
        }
    }

    private final MessageMaker maker;

    DemoScene(String run) {
        this.maker = new MessageMaker(run);
    }

    /// How a place's server behaves.
    static ReceiverModel model(Place place, TlsPlan.Server tls) {
        ReceiverModel plain = ReceiverModel.accepting(place.domain(), "mx." + place.domain());
        return switch (place) {
            case ROOMY -> plain.secured(tls);
            case CAPPED -> plain.capping(CAP);
            case GREY -> plain.greylisting(GREYLIST);
            case PICKY -> plain.refusing(80, 40);
            case SLOW -> plain.slow(Duration.ofMillis(40)).closingAfter(SLOW_CLOSES_AFTER);
            case NULL_MX -> plain;
        };
    }

    /// What the resolver knows.
    static ZoneTable zones() {
        ZoneTable.Builder zones = ZoneTable.builder();
        for (Place place : Place.values()) {
            if (place.hasServer()) {
                zones.mx(place.domain(), 10, "mx." + place.domain()).address("mx." + place.domain(), place.address());
            } else {
                zones.mx(place.domain(), 0, ".");
            }
        }
        return zones.build();
    }

    /// Message n: most have one recipient, one in twenty has three of one domain.
    LoadMessage message(long number) {
        int dice = Receiver.spread("m" + number) >>> 1;
        Place place = place(dice % 100);
        int kind = (dice >>> 8) % 10;
        Job job = kind < 6 ? Job.NEWSLETTER : kind < 9 ? Job.SALE : Job.RECEIPT;
        var to = new ArrayList<String>();
        for (int i = 0; i < ((dice >>> 16) % 20 == 0 ? 3 : 1); i++) {
            to.add("user" + number + (i == 0 ? "" : "-" + i) + "@" + place.domain());
        }
        String name = maker.name(number);
        String fields = "X-Virtual-MTA: " + job.virtualMta + "\r\nX-Job: " + job.id + "\r\nX-Envid: " + name + "\r\n";
        return new LoadMessage(
                number, name, job.from, to, maker.message(number, job.from, to.getFirst(), fields, size(number)));
    }

    private static Place place(int percentile) {
        int sum = 0;
        for (Place place : Place.values()) {
            sum += place.percent;
            if (percentile < sum) {
                return place;
            }
        }
        return Place.ROOMY;
    }

    /// 1 to 60 KB, small ones far more often than large ones: the median is 4 KB, the mean near 10.
    static int size(long number) {
        double share = (Receiver.spread("s" + number) >>> 1) / (double) Integer.MAX_VALUE;
        return (int) (1024 * Math.pow(60, Math.pow(share, 1.5)));
    }

    /// The server's configuration, with the reasons, since people will read it.
    static String configuration(int smtpPort, InetSocketAddress resolver, ToIntFunction<Place> ports, Path acct) {
        var text = new StringBuilder();
        text.append("""
                # Written by "sluice demo". Change it while the demo is kept running, then: sluice reload

                host-name      mail.sender.example
                postmaster     postmaster@sender.example
                smtp-listener  127.0.0.1:%d
                name-server    %s:%d          # the demo's own, for the .example domains
                mx-to-loopback yes                     # the receivers live on 127.0.0.x

                # Who may hand mail over, and which of its header fields are commands.
                <source 127.0.0.1>
                    always-allow-relaying yes
                    process-x-virtual-mta yes
                    process-x-job         yes
                    process-x-envid       yes
                </source>

                # Virtual MTAs: each leaves by its own address and says its own name.
                <virtual-mta news1>
                    smtp-source-host %s news1.sender.example
                </virtual-mta>
                <virtual-mta news2>
                    smtp-source-host %s news2.sender.example
                </virtual-mta>
                <virtual-mta receipts>
                    smtp-source-host %s receipts.sender.example
                </virtual-mta>

                # A pool takes its members in turn, domain by domain.
                <virtual-mta-pool news>
                    virtual-mta news1
                    virtual-mta news2
                </virtual-mta-pool>

                <domain *>
                    max-smtp-out           20
                    retry-after            %ds    # a queue that failed as a whole
                    retry-recipients-after %ds    # a recipient that was answered 4xx
                    bounce-after           10m
                </domain>
                """.formatted(
                        smtpPort,
                        resolver.getAddress().getHostAddress(),
                        resolver.getPort(),
                        NEWS_1,
                        NEWS_2,
                        RECEIPTS,
                        RETRY.toSeconds(),
                        RETRY.toSeconds()));
        for (Place place : Place.values()) {
            if (place.hasServer()) {
                text.append("\n# ").append(place.behaviour()).append('\n');
                text.append("<domain ").append(place.domain()).append(">\n");
                text.append("    default-smtp-port ")
                        .append(ports.applyAsInt(place))
                        .append('\n');
                text.append(manners(place));
                text.append("</domain>\n");
            }
        }
        text.append("""

                # One row for each recipient that was delivered (d) or bounced (b), each attempt that was put off (t),
                # each queue that failed as a whole (tq).
                <acct-file %s>
                    records d,b,t,tq
                </acct-file>
                """.formatted(acct));
        return text.toString();
    }

    private static String manners(Place place) {
        return switch (place) {
            case ROOMY -> "    use-starttls yes\n";
            case CAPPED -> "    max-smtp-out " + CAP + "            # never more than it allows\n";
            case SLOW -> "    max-msg-rate " + SLOW_PER_SECOND + "/s         # each queue, that is each virtual MTA\n";
            case GREY, PICKY, NULL_MX -> "";
        };
    }

    /// The source addresses that a virtual MTA of the configuration may use; empty for a stranger.
    static String sourceOf(String virtualMta) {
        return switch (virtualMta.toLowerCase(Locale.ROOT)) {
            case "news1" -> NEWS_1;
            case "news2" -> NEWS_2;
            case "receipts" -> RECEIPTS;
            default -> "";
        };
    }

    static List<String> sources() {
        return List.of(NEWS_1, NEWS_2, RECEIPTS);
    }
}
