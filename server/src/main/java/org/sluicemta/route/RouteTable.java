package org.sluicemta.route;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.settings.Setting;

/// The routes of one snapshot, built from plain lists.
///
/// A pool's members take turns: turn `n` belongs to member `n mod size`. The turn is the caller's, counted per (pool,
/// domain that the mail goes to), and one turn serves all recipients of a message in one domain, so they stay
/// together. Then come `queue-to` or a known rollup, rerouting, and the cold virtual MTAs, in this order. The choice is
/// made at reception and stored; nothing here remembers.
public final class RouteTable implements Routes {
    private static final VirtualMta DEFAULT =
            new VirtualMta(QueueKey.DEFAULT_VIRTUAL_MTA, Setting.builtIn("smtp-source-host", List.of()));

    private final Map<String, VirtualMta> virtualMtas = new HashMap<>();
    private final Map<String, Pool> pools = new HashMap<>();
    private final String defaultName;
    private final String fallback;
    private final Function<QueueKey, QueueRoute> queueRoutes;
    private final Rollups rollups;

    /// As below, with mail that stays where it is.
    public RouteTable(List<VirtualMta> virtualMtas, List<Pool> pools, String defaultName) {
        this(virtualMtas, pools, defaultName, "", queue -> QueueRoute.STAYS, Rollups.NONE);
    }

    /// @param virtualMtas of distinct names; `{default}` may be among them and is added if not
    /// @param pools of distinct names, their members among `virtualMtas`; a pool may bear the name of a virtual MTA
    ///     and then hides it
    /// @param defaultName the virtual MTA or pool of recipients that name none (`default-virtual-mta`)
    /// @param fallback what takes mail for a virtual MTA that does not exist; empty for none
    /// @param queueRoutes what is configured of a queue; pure, safe from any thread
    /// @throws RouteException when a name is missing or double
    public RouteTable(
            List<VirtualMta> virtualMtas,
            List<Pool> pools,
            String defaultName,
            String fallback,
            Function<QueueKey, QueueRoute> queueRoutes,
            Rollups rollups) {
        this.fallback = canonical(fallback);
        this.queueRoutes = queueRoutes;
        this.rollups = rollups;
        for (VirtualMta each : virtualMtas) {
            if (this.virtualMtas.put(each.name(), each) != null) {
                throw new RouteException("virtual-mta " + each.name() + " is defined twice; remove one");
            }
        }
        this.virtualMtas.putIfAbsent(QueueKey.DEFAULT_VIRTUAL_MTA, DEFAULT);
        for (Pool pool : pools) {
            if (this.pools.put(pool.name(), pool) != null) {
                throw new RouteException("virtual-mta-pool " + pool.name() + " is defined twice; remove one");
            }
            for (String member : pool.members()) {
                if (!this.virtualMtas.containsKey(member)) {
                    throw new RouteException("virtual-mta-pool " + pool.name() + " names virtual-mta " + member
                            + ", which does not exist; define it or remove it");
                }
            }
        }
        this.defaultName = canonical(defaultName.isEmpty() ? QueueKey.DEFAULT_VIRTUAL_MTA : defaultName);
        if (!this.virtualMtas.containsKey(this.defaultName) && !this.pools.containsKey(this.defaultName)) {
            throw new RouteException("default-virtual-mta " + defaultName + " does not exist; define it");
        }
    }

    @Override
    public Assignment assign(String domain, String requested, RouteFacts facts) {
        String name = requested.isEmpty() ? defaultName : canonical(requested);
        Pool pool = pools.get(name);
        if (pool == null && !virtualMtas.containsKey(name)) {
            return new Assignment.UnknownVirtualMta(requested);
        }
        QueueKey queue = joined(domain, pool == null ? name : pool.members().getFirst(), facts);
        if (pool != null) {
            // Counted by where the mail goes, so that domains of one provider share the pool's turns.
            String member = member(pool, queue.domain(), facts.nextTurn(name, queue.domain()), facts);
            queue = joined(domain, member, facts);
        }
        queue = rerouted(queue, facts);
        return new Assignment.Queued(cold(queue, facts), pool == null ? "" : name);
    }

    /// The queue of a domain in a virtual MTA, after `queue-to` and a rollup that is known.
    private QueueKey joined(String domain, String virtualMta, RouteFacts facts) {
        var own = new QueueKey(domain, virtualMta);
        QueueRoute route = queueRoutes.apply(own);
        if (!route.queueTo().isEmpty()) {
            return new QueueKey(route.queueTo(), virtualMta);
        }
        if (rollups.isEmpty() || !route.joinsRollups()) {
            return own;
        }
        return facts.rollup(domain)
                .filter(rollups::has)
                .map(rollup -> new QueueKey(rollup, virtualMta))
                .orElse(own);
    }

    /// Follows `reroute-to-virtual-mta` from one to the next; a chain that comes back to where it was leads nowhere.
    private QueueKey rerouted(QueueKey from, RouteFacts facts) {
        if (queueRoutes.apply(from).rerouteTo().isEmpty()) {
            return from;
        }
        QueueKey queue = from;
        Set<QueueKey> seen = new HashSet<>();
        while (seen.add(queue)) {
            String to = queueRoutes.apply(queue).rerouteTo();
            if (to.isEmpty()) {
                return queue;
            }
            Optional<String> next = resolve(to, queue.domain(), facts);
            if (next.isEmpty()) {
                return queue;
            }
            queue = new QueueKey(queue.domain(), next.get());
        }
        return from;
    }

    /// The first messages of a day go by the cold virtual MTAs, each in turn as far as its own count goes.
    private QueueKey cold(QueueKey queue, RouteFacts facts) {
        VirtualMta warm = virtualMtas.get(queue.virtualMta());
        if (warm == null || warm.coldVirtualMtas().isEmpty()) {
            return queue;
        }
        List<Long> perDay = queueRoutes.apply(queue).coldPerDay();
        if (perDay.isEmpty()) {
            return queue;
        }
        List<String> all = warm.coldVirtualMtas();
        int first = all.size() == 1
                ? 0
                : (int) Math.floorMod(facts.nextTurn("cold of " + warm.name(), queue.domain()), (long) all.size());
        for (int i = 0; i < all.size(); i++) {
            String candidate = all.get((first + i) % all.size());
            if (facts.takesCold(queue.domain(), candidate, perDay)) {
                return new QueueKey(queue.domain(), candidate);
            }
        }
        return queue;
    }

    @Override
    public Optional<String> resolve(String name, String domain, RouteFacts facts) {
        String canonical = canonical(name);
        Pool pool = pools.get(canonical);
        if (pool != null) {
            return Optional.of(member(pool, domain, facts.nextTurn(canonical, domain), facts));
        }
        return virtualMtas.containsKey(canonical) ? Optional.of(canonical) : Optional.empty();
    }

    @Override
    public String fallback() {
        return fallback;
    }

    @Override
    public Optional<String> rollup(QueueKey queue, List<String> bestHosts) {
        return rollups.isEmpty() || !queueRoutes.apply(queue).joinsRollups() ? Optional.empty() : rollups.of(bestHosts);
    }

    @Override
    public boolean hasRollup(String name) {
        return rollups.has(name);
    }

    private static String member(Pool pool, String domain, long turn, RouteFacts facts) {
        List<String> members = pool.members();
        int first = (int) Math.floorMod(turn, (long) members.size());
        for (int i = 0; pool.skipsUnavailable() && i < members.size(); i++) {
            String candidate = members.get((first + i) % members.size());
            if (facts.isAvailable(candidate, domain)) {
                return candidate;
            }
        }
        return members.get(first);
    }

    /// @throws RouteException for a name that is not in the snapshot: ask with names that [#assign] gave
    @Override
    public VirtualMta virtualMta(String name) {
        VirtualMta found = virtualMtas.get(canonical(name));
        if (found == null) {
            throw new RouteException("virtual-mta " + name + " is not in this configuration");
        }
        return found;
    }

    @Override
    public boolean hasVirtualMta(String name) {
        return virtualMtas.containsKey(canonical(name));
    }

    private static String canonical(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
