package org.sluicemta.config;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The actions of a reply rule and which of them go together.
final class ReplyActions {
    private static final Set<String> PLAIN = Set.of(
            "mode=backoff",
            "mode=normal",
            "skip-mx",
            "bounce-queue",
            "bounce-rcpt",
            "disable-source-ip",
            "defer-queue");

    private ReplyActions() {}

    static Parsed<String> check(String text, int shift, List<Words.Word> actions) {
        Set<String> seen = new HashSet<>();
        for (Words.Word each : actions) {
            String action = each.text().toLowerCase(Locale.ROOT);
            int equals = action.indexOf('=');
            String name = equals < 0 || action.startsWith("mode=") ? action : action.substring(0, equals);
            Words.Word where = new Words.Word(each.text(), shift + each.offset(), each.length());
            boolean isTimer = name.equals("backoff-to-normal-after") || name.equals("reenable-after");
            if (!PLAIN.contains(name) && !isTimer) {
                return Parsed.bad(
                        where,
                        Problems.quote(each.text()) + " is not an action",
                        "write mode=backoff, mode=normal, skip-mx, bounce-queue, bounce-rcpt, disable-source-ip, "
                                + "defer-queue, backoff-to-normal-after=TIME or reenable-after=TIME");
            }
            if (isTimer) {
                String needs = name.equals("reenable-after") ? "disable-source-ip" : "mode=backoff";
                if (!seen.contains(needs)) {
                    return Parsed.bad(
                            where, name + " needs " + needs + " before it", "write " + needs + "," + each.text());
                }
                if (seen.contains(name)) {
                    return Parsed.bad(where, name + " stands twice", "keep one of them");
                }
                if (equals < 0 || ValueType.DELAY.parse(action.substring(equals + 1)) instanceof Parsed.Bad<Delay>) {
                    return Parsed.bad(where, name + " has no time", "write " + name + "=1h");
                }
            }
            seen.add(name);
            if (seen.contains("mode=normal") && seen.contains("mode=backoff")) {
                return Parsed.bad(where, "the modes normal and backoff exclude each other", "keep one of them");
            }
            if (seen.contains("skip-mx") && seen.contains("bounce-queue")) {
                return Parsed.bad(where, "skip-mx and bounce-queue exclude each other", "keep one of them");
            }
        }
        return Parsed.good(text);
    }
}
