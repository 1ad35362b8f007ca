package org.sluicemta.config;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.settings.Origin;
import org.sluicemta.settings.Setting;

/// Finds limits that cannot be reached, because another one that always holds with them is lower, and limits for
/// backoff mode that do not slow down. Owner: the thread of one check.
final class IdleLimits {
    /// Directives of a domain for both modes: the one for backoff, the one for normal.
    private static final List<Mode> MODES = List.of(
            new Mode("backoff-max-msg-rate", "max-msg-rate"),
            new Mode("backoff-max-connect-rate", "max-connect-rate"),
            new Mode("backoff-max-smtp-out", "max-smtp-out"),
            new Mode("backoff-max-data-volume-rate", "max-data-volume-rate"));

    private record Mode(String backoff, String normal) {}

    /// Lines of which it was said that backoff mode is wider.
    private final Set<Place> wider = new HashSet<>();
    private final Configuration configuration;
    private final Problems problems;
    private final Map<String, Outer> byVirtualMta = new HashMap<>();
    private final Setting<Long> total;

    /// What limits a virtual MTA over all its queues.
    private record Outer(Setting<Rate> rate, Setting<Long> cap) {}

    private IdleLimits(Configuration configuration, Problems problems) {
        this.configuration = configuration;
        this.problems = problems;
        this.total = configuration.global(Directives.TOTAL_MAX_SMTP_OUT);
        for (String name : configuration.virtualMtas().keySet()) {
            byVirtualMta.put(
                    name,
                    new Outer(
                            configuration.virtualMtaSetting(name, Directives.VMTA_MAX_MSG_RATE),
                            configuration.virtualMtaSetting(name, Directives.VMTA_MAX_SMTP_OUT)));
        }
    }

    static void check(Configuration configuration, List<DomainBlocks.Scoped> blocks, Problems problems) {
        IdleLimits limits = new IdleLimits(configuration, problems);
        configuration.virtualMtas().values().forEach(each -> limits.virtualMta(each.own()));
        configuration.pools().values().forEach(each -> limits.virtualMta(each.own()));
        blocks.forEach(limits::domain);
    }

    private void virtualMta(SettingsBlock own) {
        SettingsBlock.Assigned cap = own.get(Directives.VMTA_MAX_SMTP_OUT);
        if (cap != null) {
            isUnderTotal("max-smtp-out", cap);
        }
    }

    private boolean isUnderTotal(String name, SettingsBlock.Assigned cap) {
        if (!(cap.value() instanceof Long value) || value == ValueType.UNLIMITED || value <= total.value()) {
            return false;
        }
        neverBinds(name, cap, "total-max-smtp-out", total);
        return true;
    }

    private void domain(DomainBlocks.Scoped scoped) {
        SettingsBlock.Assigned cap = scoped.block().get(Directives.MAX_SMTP_OUT);
        if (cap != null && !isUnderTotal("max-smtp-out", cap) && cap.value() instanceof Long value) {
            Setting<Long> lower = lowerCap(scoped, value);
            if (lower != null) {
                neverBinds("max-smtp-out", cap, "max-smtp-out of the virtual MTA", lower);
            }
        }
        SettingsBlock.Assigned rate = scoped.block().get(Directives.MAX_MSG_RATE);
        if (rate != null && rate.value() instanceof Rate.Limited limited) {
            Setting<Rate> lower = lowerRate(scoped, limited);
            if (lower != null) {
                neverBinds("max-msg-rate", rate, "max-smtp-msg-rate of the virtual MTA", lower);
            }
        }
        for (Mode each : MODES) {
            mode(scoped, each.backoff(), each.normal());
        }
        unwrittenCap(scoped);
    }

    /// The one limit of backoff mode with a default of its own, where that is higher than what is written for normal
    /// mode, in a queue that replies or disabled addresses put in backoff.
    private void unwrittenCap(DomainBlocks.Scoped scoped) {
        List<SettingsBlock> chain = configuration.chain(scoped.domain(), scoped.virtualMta());
        SettingsBlock.Assigned usual = DomainBlocks.strongest(chain, BlockKind.DOMAIN, "max-smtp-out");
        long cap = Directives.BACKOFF_MAX_SMTP_OUT.builtIn();
        if (usual == null
                || !(usual.value() instanceof Long value)
                || value == ValueType.UNLIMITED
                || value >= cap
                || DomainBlocks.strongest(chain, BlockKind.DOMAIN, "backoff-max-smtp-out") != null
                || !BackoffExits.mayEnter(configuration, chain)) {
            return;
        }
        if (!wider.add(usual.place())) {
            return;
        }
        problems.grouped(
                "wider",
                "backoff-wider",
                Problem.Severity.WARNING,
                usual.place(),
                "max-smtp-out " + value + " is " + cap
                        + " in backoff mode: backoff-max-smtp-out is not written and has " + "a default of its own",
                "the limits of backoff mode replace the normal ones",
                "write backoff-max-smtp-out 1 in the block");
    }

    /// The cap that is lower for every virtual MTA in which the block may hold; null where one lets it be reached.
    private @Nullable Setting<Long> lowerCap(DomainBlocks.Scoped scoped, long value) {
        Setting<Long> highest = null;
        for (String name : scoped.virtualMtas()) {
            Outer outer = byVirtualMta.get(name);
            if (outer == null || value == ValueType.UNLIMITED || outer.cap().value() >= value) {
                return null;
            }
            if (highest == null || outer.cap().value() > highest.value()) {
                highest = outer.cap();
            }
        }
        return highest;
    }

    private @Nullable Setting<Rate> lowerRate(DomainBlocks.Scoped scoped, Rate.Limited rate) {
        Setting<Rate> highest = null;
        for (String name : scoped.virtualMtas()) {
            Outer outer = byVirtualMta.get(name);
            if (outer == null || !(outer.rate().value() instanceof Rate.Limited limit) || !isLower(limit, rate)) {
                return null;
            }
            if (highest == null || highest.value() instanceof Rate.Limited before && limit.perDay() > before.perDay()) {
                highest = outer.rate();
            }
        }
        return highest;
    }

    /// A rate by the day may let its number through at once, so it says nothing about shorter times.
    private static boolean isLower(Rate.Limited outer, Rate.Limited inner) {
        boolean comparable = outer.unit() != Rate.Unit.DAY || inner.unit() == Rate.Unit.DAY;
        return comparable && outer.perDay() < inner.perDay();
    }

    private void neverBinds(String name, SettingsBlock.Assigned line, String other, Setting<?> lower) {
        problems.grouped(
                "never binds " + name + ' ' + other + ' ' + lower.origin(),
                "limit-never-binds",
                Problem.Severity.WARNING,
                line.place(),
                name + " " + Spelling.of(line.value()) + " can never be reached: " + other + " is "
                        + Spelling.of(lower.value()) + " (" + lower.origin() + ")",
                "of two limits that hold together the lower one binds",
                lower.origin() instanceof Origin.Line
                        ? "lower this one, raise the other, or remove this line"
                        : "lower this one, or write " + other + " with a higher number");
    }

    private void mode(DomainBlocks.Scoped scoped, String backoff, String normal) {
        SettingsBlock.Assigned slow = scoped.block().get(BlockKind.DOMAIN, backoff);
        if (slow == null) {
            return;
        }
        List<SettingsBlock> chain = configuration.chain(scoped.domain(), scoped.virtualMta());
        SettingsBlock.Assigned usual = DomainBlocks.strongest(chain, BlockKind.DOMAIN, normal);
        if (DomainBlocks.strongest(chain, BlockKind.DOMAIN, backoff) != slow) {
            return;
        }
        if (usual == null) {
            Directive<?> directive = Directives.find(BlockKind.DOMAIN, normal);
            if (directive == null || !isNotSlower(slow.value(), directive.builtIn())) {
                return;
            }
        } else if (!isNotSlower(slow.value(), usual.value())) {
            return;
        }
        String shown = usual == null
                ? "the built-in " + normal
                : normal + " " + Spelling.of(usual.value()) + " (" + usual.origin() + ")";
        problems.grouped(
                "backoff " + backoff + ' ' + shown,
                "backoff-not-slower",
                Problem.Severity.WARNING,
                slow.place(),
                backoff + " " + Spelling.of(slow.value()) + " is not lower than " + shown,
                "backoff mode is there to slow down; its limits replace the normal ones",
                "write a lower value, or remove the line");
    }

    private static boolean isNotSlower(Object backoff, Object normal) {
        return switch (normal) {
            case Long usual when backoff instanceof Long slow -> usual != ValueType.UNLIMITED && slow >= usual;
            case Rate.Limited usual when backoff instanceof Rate.Limited slow -> slow.perDay() >= usual.perDay();
            case Rate.Limited _ when backoff instanceof Rate.Unlimited -> true;
            default -> false;
        };
    }
}
