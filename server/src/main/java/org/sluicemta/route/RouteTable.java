package org.sluicemta.route;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.settings.Setting;

/// The routes of one snapshot, built from plain lists.
///
/// A pool's members take turns: turn `n` belongs to member `n mod size`. The turn is the caller's, counted per (pool,
/// domain), and one turn serves all recipients of a message in one domain, so they stay together. The choice is made
/// at reception and stored; nothing here remembers.
public final class RouteTable implements Routes {
    private static final VirtualMta DEFAULT =
            new VirtualMta(QueueKey.DEFAULT_VIRTUAL_MTA, Setting.builtIn("smtp-source-host", List.of()));

    private final Map<String, VirtualMta> virtualMtas = new HashMap<>();
    private final Map<String, Pool> pools = new HashMap<>();
    private final String defaultName;

    /// @param virtualMtas of distinct names; `{default}` may be among them and is added if not
    /// @param pools of distinct names, their members among `virtualMtas`; a pool may bear the name of a virtual MTA
    ///     and then hides it
    /// @param defaultName the virtual MTA or pool of recipients that name none (`default-virtual-mta`)
    /// @throws RouteException when a name is missing or double
    public RouteTable(List<VirtualMta> virtualMtas, List<Pool> pools, String defaultName) {
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
    public Assignment assign(String domain, String requested, long turn) {
        return assign(domain, requested, turn, member -> true);
    }

    /// As [Routes#assign], with what is known of members: used by pools that skip who is paused or disabled.
    ///
    /// @param isAvailable of a virtual MTA's name; if no member is, the turn's owner keeps it
    public Assignment assign(String domain, String requested, long turn, Predicate<String> isAvailable) {
        String name = requested.isEmpty() ? defaultName : canonical(requested);
        Pool pool = pools.get(name);
        if (pool != null) {
            return new Assignment.Queued(new QueueKey(domain, member(pool, turn, isAvailable)), name);
        }
        return virtualMtas.containsKey(name)
                ? new Assignment.Queued(new QueueKey(domain, name), "")
                : new Assignment.UnknownVirtualMta(requested);
    }

    private static String member(Pool pool, long turn, Predicate<String> isAvailable) {
        List<String> members = pool.members();
        int first = (int) Math.floorMod(turn, (long) members.size());
        for (int i = 0; pool.skipsUnavailable() && i < members.size(); i++) {
            String candidate = members.get((first + i) % members.size());
            if (isAvailable.test(candidate)) {
                return candidate;
            }
        }
        return members.get(first);
    }

    @Override
    public boolean isPool(String name) {
        return pools.containsKey(name.isEmpty() ? defaultName : canonical(name));
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
