package org.sluicemta.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.settings.Origin;

/// Checks the queues into which others are moved: by `queue-to` and by rollups.
final class JoinedQueues {
    /// Last labels of names that stand in no DNS: those of joint queues, and those reserved by RFC 2606 and RFC 6762.
    private static final Set<String> NOT_IN_DNS =
            Set.of("queue", "rollup", "vmta", "local", "internal", "lan", "invalid", "localhost", "localdomain");
    /// Queues that lead to queues; it bounds the walk.
    private static final int LONGEST = 50;

    private final Configuration configuration;
    private final Function<Origin.Line, Place> places;
    private final Problems problems;

    private JoinedQueues(Configuration configuration, Function<Origin.Line, Place> places, Problems problems) {
        this.configuration = configuration;
        this.places = places;
        this.problems = problems;
    }

    static void check(
            Configuration configuration,
            List<DomainBlocks.Scoped> blocks,
            Function<Origin.Line, Place> places,
            Problems problems) {
        JoinedQueues queues = new JoinedQueues(configuration, places, problems);
        blocks.forEach(queues::queueTo);
        queues.rollups();
    }

    private void queueTo(DomainBlocks.Scoped scoped) {
        SettingsBlock.Assigned moved = scoped.block().get(BlockKind.DOMAIN, "queue-to");
        if (moved == null) {
            return;
        }
        List<String> walk = walk(scoped, target(moved));
        String last = walk.getLast();
        if (last.isEmpty() || last.startsWith("{")) {
            return;
        }
        if (walk.size() > 2 && walk.subList(0, walk.size() - 1).contains(last)) {
            Set<String> circle = new LinkedHashSet<>(walk.subList(walk.indexOf(last), walk.size()));
            problems.grouped(
                    "loop " + new java.util.TreeSet<>(circle),
                    "queue-to-loop",
                    Problem.Severity.WARNING,
                    moved.place(),
                    "queues are moved in a circle: " + String.join(" → ", circle) + " → " + last,
                    "queue-to moves mail into the queue of another name, and that one has a queue-to as well",
                    "remove one of them");
            return;
        }
        if (!hasRoute(last, scoped.virtualMta())) {
            withoutRoute(last, moved.place(), "queue-to-without-route", "the queue to which mail is moved");
        }
    }

    /// The names that mail passes, the first target first; ends where nothing moves it on, or at a name seen before.
    private List<String> walk(DomainBlocks.Scoped scoped, String first) {
        List<String> walk = new ArrayList<>();
        String name = first;
        walk.add(name);
        while (!name.isEmpty() && !name.startsWith("{") && walk.size() < LONGEST) {
            SettingsBlock.Assigned next = DomainBlocks.strongest(
                    configuration.chain(name, scoped.virtualMta()), BlockKind.DOMAIN, "queue-to");
            String onward = next == null ? "" : target(next);
            if (onward.isEmpty() || onward.equals(name)) {
                return walk;
            }
            boolean isSeen = walk.contains(onward);
            walk.add(onward);
            if (isSeen) {
                return walk;
            }
            name = onward;
        }
        return walk;
    }

    private static String target(SettingsBlock.Assigned moved) {
        return DomainPattern.canonical(moved.value().toString().strip());
    }

    private boolean hasRoute(String queue, String virtualMta) {
        List<SettingsBlock> chain = configuration.chain(queue, virtualMta);
        SettingsBlock.Assigned hosts = DomainBlocks.strongest(chain, BlockKind.DOMAIN, "smtp-hosts");
        if (hosts != null && hosts.value() instanceof HostList list && !list.isEmpty()) {
            return true;
        }
        SettingsBlock.@Nullable Assigned type = DomainBlocks.strongest(chain, BlockKind.DOMAIN, "type");
        boolean isSmtp = type == null || type.value().toString().equalsIgnoreCase("smtp");
        return !isSmtp || looksReal(queue);
    }

    /// Whether DNS may know the name.
    private static boolean looksReal(String name) {
        int dot = name.lastIndexOf('.');
        return dot > 0 && !NOT_IN_DNS.contains(name.substring(dot + 1));
    }

    private void withoutRoute(String queue, Place place, String id, String what) {
        problems.grouped(
                id + ' ' + queue,
                id,
                Problem.Severity.WARNING,
                place,
                Problems.quote(queue) + ", " + what + ", has no smtp-hosts, and no domain has this name",
                "mail of a queue goes to its smtp-hosts, else to the mail hosts that DNS knows for its name",
                "write <domain " + queue + "> with smtp-hosts lookup-mx:DOMAIN, or mend the name");
    }

    /// Hosts that are listed by name are used themselves; a pattern names none.
    private void rollups() {
        for (MxRollup each : configuration.mxRollups()) {
            if (!each.isOneHost() && !each.isByIp() && !hasRoute(each.queue(), QueueKey.DEFAULT_VIRTUAL_MTA)) {
                withoutRoute(
                        each.queue(),
                        places.apply(each.origin()),
                        "rollup-without-hosts",
                        "the queue of a pattern of hosts");
            }
        }
    }
}
