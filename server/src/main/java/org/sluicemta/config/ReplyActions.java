package org.sluicemta.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The actions of a reply rule and which of them go together.
final class ReplyActions {
    private static final List<String> PLAIN = List.of(
            "mode=backoff",
            "mode=normal",
            "skip-mx",
            "bounce-queue",
            "bounce-rcpt",
            "disable-source-ip",
            "defer-queue");
    private static final String ALL = "mode=backoff, mode=normal, skip-mx, bounce-queue, bounce-rcpt, "
            + "disable-source-ip, defer-queue, backoff-to-normal-after=TIME or reenable-after=TIME";
    private static final String TO_NORMAL = "backoff-to-normal-after";
    private static final String REENABLE = "reenable-after";

    private ReplyActions() {}

    /// @param shift where the actions begin in the value
    static Parsed<ValueType.Reply> parse(String regex, int shift, List<Words.Word> actions) {
        Set<String> seen = new HashSet<>();
        Map<String, Delay> timers = new HashMap<>();
        List<String> order = new ArrayList<>();
        for (Words.Word each : actions) {
            String action = each.text().toLowerCase(Locale.ROOT);
            int equals = action.indexOf('=');
            String name = equals < 0 || action.startsWith("mode=") ? action : action.substring(0, equals);
            Words.Word where = new Words.Word(each.text(), shift + each.offset(), each.length());
            boolean isTimer = name.equals(TO_NORMAL) || name.equals(REENABLE);
            if (!PLAIN.contains(name) && !isTimer) {
                return Parsed.bad(
                        where,
                        Problems.quote(each.text()) + " is not an action",
                        "write " + ValueType.nearest(action, PLAIN).orElse(ALL));
            }
            if (isTimer) {
                String needs = name.equals(REENABLE) ? "disable-source-ip" : "mode=backoff";
                if (!seen.contains(needs)) {
                    return Parsed.bad(
                            where, name + " needs " + needs + " before it", "write " + needs + "," + each.text());
                }
                if (seen.contains(name)) {
                    return Parsed.bad(where, name + " stands twice", "keep one of them");
                }
                if (equals < 0
                        || !(ValueType.DELAY.parse(action.substring(equals + 1))
                                instanceof Parsed.Good<Delay>(Delay time))) {
                    return Parsed.bad(where, name + " has no time", "write " + name + "=1h");
                }
                timers.put(name, time);
            } else if (!seen.contains(name)) {
                order.add(name);
            }
            seen.add(name);
            if (seen.contains("mode=normal") && seen.contains("mode=backoff")) {
                return Parsed.bad(where, "the modes normal and backoff exclude each other", "keep one of them");
            }
            if (seen.contains("skip-mx") && seen.contains("bounce-queue")) {
                return Parsed.bad(where, "skip-mx and bounce-queue exclude each other", "keep one of them");
            }
        }
        return Parsed.good(new ValueType.Reply(
                regex, order.stream().map(name -> action(name, timers)).toList()));
    }

    private static ReplyAction action(String name, Map<String, Delay> timers) {
        return switch (name) {
            case "mode=backoff" -> new ReplyAction.EnterBackoff(Optional.ofNullable(timers.get(TO_NORMAL)));
            case "mode=normal" -> new ReplyAction.LeaveBackoff();
            case "skip-mx" -> new ReplyAction.SkipMx();
            case "bounce-queue" -> new ReplyAction.BounceQueue();
            case "bounce-rcpt" -> new ReplyAction.BounceRecipient();
            case "disable-source-ip" -> new ReplyAction.DisableSource(Optional.ofNullable(timers.get(REENABLE)));
            case "defer-queue" -> new ReplyAction.DeferQueue();
            default -> throw new ConfigException("an action without a meaning: " + name);
        };
    }
}
