package org.sluicemta.proof.whole;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.sluicemta.lab.Mood;
import org.sluicemta.lab.Refusal;
import org.sluicemta.simulation.Seed;

/// The reply rules of a seed, and the moods in which receivers say what they match.
///
/// @param rules lines of the pattern list
/// @param bouncing texts that bounce a recipient though the reply was transient
record ReplyPlan(List<String> rules, Set<String> bouncing) {
    static final String LIST = "rules";

    /// What a receiver says in a mood, and what a rule does about it.
    enum Saying {
        TIMED_BACKOFF("4.7.0 slow down for a while", "mode=backoff,backoff-to-normal-after=20s"),
        BACKOFF("4.7.0 slow down please", "mode=backoff"),
        BACKOFF_AND_SOURCE("4.7.1 too much of {source}", "mode=backoff,disable-source-ip,reenable-after=15s"),
        NORMAL("4.3.1 busy and no more than that", "mode=normal"),
        SKIP("4.3.2 not this host now", "skip-mx"),
        BOUNCE_ONE("4.2.2 over quota for good", "bounce-rcpt"),
        BOUNCE_ALL("4.7.2 your kind is not wanted", "bounce-queue"),
        SOURCE("4.7.3 {source} is on a list", "disable-source-ip"),
        DEFER("4.4.5 congestion", "defer-queue");

        private final String text;
        private final String actions;

        Saying(String text, String actions) {
            this.text = text;
            this.actions = actions;
        }

        /// What is always the same of it.
        String kernel() {
            return text.replace("{source}", "")
                    .strip()
                    .substring("4.7.0 ".length())
                    .strip();
        }

        Mood mood(Seed chance) {
            Refusal.Stage stage = chance.chance(0.7)
                    ? Refusal.Stage.RCPT
                    : chance.chance(0.5) ? Refusal.Stage.MAIL : Refusal.Stage.CONNECT;
            boolean isFinal = this == SKIP && chance.chance(0.3);
            return new Mood(EnumSet.of(stage), isFinal ? 550 : 451, isFinal ? "5" + text.substring(1) : text);
        }
    }

    static ReplyPlan drawn(Seed shape) {
        var rules = new ArrayList<String>();
        var bouncing = EnumSet.noneOf(Saying.class);
        for (Saying each : Saying.values()) {
            boolean isRare = each == Saying.BOUNCE_ALL || each == Saying.BOUNCE_ONE;
            if (shape.chance(isRare ? 0.5 : 0.8)) {
                rules.add("reply /" + each.kernel() + "/ " + each.actions);
                if (isRare) {
                    bouncing.add(each);
                }
            }
        }
        // What receivers say without any mood.
        if (shape.chance(0.15)) {
            rules.add("reply /too many connections/ mode=backoff,backoff-to-normal-after=10s");
        }
        if (shape.chance(0.1)) {
            rules.add("reply /greylisted/ disable-source-ip,reenable-after=5s");
        }
        if (shape.chance(0.1)) {
            rules.add("reply /try again later/ mode=backoff");
        }
        if (shape.chance(0.1)) {
            rules.add("reply /no such user/ mode=backoff,backoff-to-normal-after=30s");
        }
        var texts = new java.util.TreeSet<String>();
        bouncing.forEach(each -> texts.add(each.kernel()));
        return new ReplyPlan(List.copyOf(rules), texts);
    }

    void write(StringBuilder text) {
        text.append("<smtp-pattern-list ").append(LIST).append(">\n");
        rules.forEach(rule -> text.append(' ').append(rule).append('\n'));
        text.append("</smtp-pattern-list>\n");
    }
}
