package org.sluicemta.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds queues that reply rules put in backoff mode and that nothing ever takes out of it.
final class BackoffExits {
    private BackoffExits() {}

    static void check(Configuration configuration, List<DomainBlocks.Scoped> blocks, Problems problems) {
        Map<String, List<ReplyRule>> lists = configuration.smtpPatternLists();
        for (DomainBlocks.Scoped scoped : blocks) {
            SettingsBlock.Assigned named = scoped.block().get(BlockKind.DOMAIN, "smtp-pattern-list");
            if (named == null) {
                continue;
            }
            String list = Configuration.canonicalName(named.value().toString());
            ReplyRule trap = trap(lists.getOrDefault(list, List.of()));
            if (trap == null || hasExit(configuration.chain(scoped.domain(), scoped.virtualMta()))) {
                continue;
            }
            problems.grouped(
                    "exit " + list,
                    "backoff-without-exit",
                    Problem.Severity.WARNING,
                    named.place(),
                    "queues of this block stay in backoff mode until somebody ends it by hand: a rule of "
                            + Problems.quote(list) + " (" + trap.origin()
                            + ") puts them there, and nothing takes them out",
                    "backoff mode ends after a time, after a delivery, by a rule, or by a command; none of the first "
                            + "three is set",
                    "write backoff-to-normal-after 1h or backoff-to-normal-after-delivery yes in the block");
        }
    }

    /// Whether replies or disabled addresses put queues with these blocks in backoff mode.
    static boolean mayEnter(Configuration configuration, List<SettingsBlock> chain) {
        SettingsBlock.Assigned sources =
                DomainBlocks.strongest(chain, BlockKind.DOMAIN, "backoff-upon-all-sources-disabled");
        SettingsBlock.Assigned named = DomainBlocks.strongest(chain, BlockKind.DOMAIN, "smtp-pattern-list");
        String list =
                named == null ? "" : Configuration.canonicalName(named.value().toString());
        return sources != null && Boolean.TRUE.equals(sources.value())
                || configuration.smtpPatternLists().getOrDefault(list, List.of()).stream()
                        .flatMap(rule -> rule.actions().stream())
                        .anyMatch(ReplyAction.EnterBackoff.class::isInstance);
    }

    /// A rule that leaves the exit to the domain, in a list in which no rule leads back; null where there is none.
    private static @Nullable ReplyRule trap(List<ReplyRule> rules) {
        ReplyRule trap = null;
        for (ReplyRule rule : rules) {
            for (ReplyAction action : rule.actions()) {
                if (action instanceof ReplyAction.LeaveBackoff) {
                    return null;
                }
                if (trap == null && action instanceof ReplyAction.EnterBackoff enter && !ends(enter)) {
                    trap = rule;
                }
            }
        }
        return trap;
    }

    private static boolean ends(ReplyAction.EnterBackoff enter) {
        return enter.toNormalAfter().filter(Delay.After.class::isInstance).isPresent();
    }

    private static boolean hasExit(List<SettingsBlock> chain) {
        SettingsBlock.Assigned after = DomainBlocks.strongest(chain, BlockKind.DOMAIN, "backoff-to-normal-after");
        SettingsBlock.Assigned delivery =
                DomainBlocks.strongest(chain, BlockKind.DOMAIN, "backoff-to-normal-after-delivery");
        return after != null && after.value() instanceof Delay.After
                || delivery != null && Boolean.TRUE.equals(delivery.value());
    }
}
