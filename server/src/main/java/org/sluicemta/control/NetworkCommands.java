package org.sluicemta.control;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dns.MxHost;
import org.sluicemta.mail.IpText;
import org.sluicemta.spf.SpfFinding;
import org.sluicemta.world.Loop;

/// Commands that look into the network without sending mail: `resolve` and `check spf`.
///
/// Owner: the loop of the control connections.
final class NetworkCommands implements Command.Group {
    /// Look-ups at one time: each has a resolver of its own.
    static final int MOST_AT_A_TIME = 8;

    private final Loop loop;
    private final NetworkOperations operations;
    private int open;

    /// Source: RFC 5321 sections 4.5.3.1.2 and 4.5.3.1.3.
    private static final int MOST_HELO = 255;

    private static final int MOST_PATH = 256;

    NetworkCommands(Loop loop, NetworkOperations operations) {
        this.loop = loop;
        this.operations = operations;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of(
                        "reso|lve",
                        "[OPTIONS] DOMAIN",
                        "where its mail would go, asked anew: --tcp --connect\n"
                                + "--dumppackets --server=IP --source=[HOST,]IP",
                        List.of("tcp", "connect", "use-dane", "dumppackets", "interactive", "server", "source"),
                        this::resolve),
                Command.of(
                        "check spf",
                        "[--tcp --dumppackets --server=IP] IP HELO [MAILFROM]",
                        "what the sender's domain says of that client",
                        List.of("tcp", "dumppackets", "server"),
                        this::checkSpf),
                Command.of(
                        "check mfrom",
                        "",
                        "obsolete: check spf",
                        List.of("tcp", "dumppackets", "server"),
                        asked -> asked.fail("check mfrom is obsolete; write check spf IP HELO [MAILFROM]")));
    }

    private boolean isBusy(Asked asked) {
        if (open < MOST_AT_A_TIME) {
            open++;
            return false;
        }
        asked.fail(MOST_AT_A_TIME + " look-ups are under way already; ask again when one is done");
        return true;
    }

    private static NetworkOperations.Asking asking(Asked asked) {
        return new NetworkOperations.Asking(asked.option("server", ""), asked.has("tcp"), asked.has("dumppackets"));
    }

    private static @Nullable InetAddress address(String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    // --- resolve

    private void resolve(Asked asked) {
        String domain = asked.need(0);
        if (asked.has("use-dane")) {
            asked.fail("--use-dane is not possible: TLSA records are not looked up in this version");
            return;
        }
        if (asked.has("interactive")) {
            asked.fail("--interactive is not possible: a command is asked once and answered once; "
                    + "--connect shows the greeting of the host");
            return;
        }
        String source = asked.option("source", "");
        if (asked.has("source") && !asked.has("connect")) {
            throw new BadUsage("--source is where --connect leaves from; write --connect too, or leave it out");
        }
        int comma = source.lastIndexOf(',');
        InetAddress from = source.isEmpty() ? null : address(source.substring(comma + 1));
        if (asked.has("source") && from == null) {
            throw new BadUsage("--source=" + source + " has no IP address; write --source=IP or --source=HOST,IP");
        }
        String host = comma < 0 ? "" : source.substring(0, comma);
        if (!host.isEmpty() && !host.matches("[A-Za-z0-9.-]{1,253}")) {
            throw new BadUsage("--source=" + source + " has a name that no host can have");
        }
        if (isBusy(asked)) {
            return;
        }
        operations.resolve(
                loop,
                new NetworkOperations.ResolveQuery(domain, asking(asked), asked.has("connect"), host, from),
                found -> {
                    open--;
                    if (found.failure().isEmpty()) {
                        asked.reply(data(found), text(domain, found));
                    } else {
                        asked.fail(found.failure());
                    }
                });
    }

    private static Answered data(NetworkOperations.Resolution found) {
        var hosts = new ArrayList<Answered>();
        for (MxHost host : found.hosts()) {
            var addresses = host.addresses().stream().map(IpText::of).toList();
            hosts.add(new Answered()
                    .number("pref", host.preference())
                    .text("name", host.name())
                    .texts("ip", addresses));
        }
        var data = new Answered().text("status", found.status());
        if (!found.why().isEmpty()) {
            data.text("why", found.why());
        }
        return data.rows("host", "hosts", hosts).texts("dialogue", found.dialogue());
    }

    private static String text(String domain, NetworkOperations.Resolution found) {
        var out = new StringBuilder();
        found.dialogue().forEach(line -> out.append(Answered.plain(line)).append('\n'));
        out.append("\nstatus = ").append(found.status()).append('\n');
        if (!found.why().isEmpty()) {
            out.append(Answered.plain(found.why())).append('\n');
        }
        if (!found.hosts().isEmpty()) {
            out.append(String.format(Locale.ROOT, "\n%5s  %-40s %s\n", "pref", "host name", "IP addresses"));
            out.append("-----  ")
                    .append("-".repeat(40))
                    .append(' ')
                    .append("-".repeat(30))
                    .append('\n');
            for (MxHost host : found.hosts()) {
                out.append(String.format(
                        Locale.ROOT,
                        "%5d  %-40s %s\n",
                        host.preference(),
                        Answered.plain(host.name()),
                        host.addresses().stream().map(IpText::of).collect(Collectors.joining(" "))));
            }
        }
        return out.toString();
    }

    // --- check spf

    private void checkSpf(Asked asked) {
        String given = asked.need(0);
        InetAddress client = address(given);
        if (client == null) {
            throw asked.wrong("\"" + given + "\" is no IP address");
        }
        String mailFrom = asked.argument(2);
        if (mailFrom.startsWith("<") && mailFrom.endsWith(">")) {
            mailFrom = mailFrom.substring(1, mailFrom.length() - 1);
        }
        // A policy may repeat them thousands of times.
        if (asked.need(1).length() > MOST_HELO || mailFrom.length() > MOST_PATH) {
            throw asked.wrong("HELO has at most " + MOST_HELO + " characters and MAILFROM " + MOST_PATH);
        }
        var query = new NetworkOperations.SpfQuery(client, asked.need(1), mailFrom, asking(asked));
        if (isBusy(asked)) {
            return;
        }
        operations.checkSpf(loop, query, found -> {
            open--;
            SpfFinding finding = found.finding();
            if (finding == null) {
                asked.fail(found.failure());
            } else {
                asked.reply(data(finding, found.dialogue()), text(finding, found.dialogue()));
            }
        });
    }

    private static Answered data(SpfFinding finding, List<String> dialogue) {
        return new Answered()
                .text("status", "StatusOk")
                .text("result", finding.result().word())
                .text("domain", finding.domain())
                .text("reason", finding.reason())
                .text("explanation", finding.explanation())
                .number("lookups", finding.lookups())
                .texts("dialogue", dialogue);
    }

    private static String text(SpfFinding finding, List<String> dialogue) {
        var out = new StringBuilder();
        dialogue.forEach(line -> out.append(Answered.plain(line)).append('\n'));
        out.append("\nresult = ").append(finding.result().word());
        out.append("\ndomain = ").append(Answered.plain(finding.domain()));
        out.append("\nreason = ").append(Answered.plain(finding.reason()));
        if (!finding.explanation().isEmpty()) {
            out.append("\nexplanation = ").append(Answered.plain(finding.explanation()));
        }
        return out.append("\nlookups = ").append(finding.lookups()).append('\n').toString();
    }
}
