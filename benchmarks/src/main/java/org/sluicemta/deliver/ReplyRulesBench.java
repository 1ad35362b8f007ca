package org.sluicemta.deliver;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.sluicemta.match.OperatorPattern;

/// What the rules of a queue say of a reply. State: a list of forty rules of the usual kinds; workload: a refusal that
/// the last rule matches, and one that none does.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReplyRulesBench {
    private final ReplyRules rules = rules();

    private static ReplyRules rules() {
        var rules = new ArrayList<ReplyRules.Rule>();
        for (int i = 0; i < 39; i++) {
            String regex =
                    switch (i % 4) {
                        case 0 -> "\\[TSS" + (10 + i) + "\\]";
                        case 1 -> "4\\.7\\." + i + " (too many|rate limit)";
                        case 2 -> "blocked.*list" + i + "\\.example";
                        default -> "(unusual|excessive) rate.*code " + i;
                    };
            rules.add(rule(regex, i));
        }
        rules.add(rule("try again (later|in [0-9]+ minutes)", 39));
        return new ReplyRules("usual", rules);
    }

    private static ReplyRules.Rule rule(String regex, int line) {
        return new ReplyRules.Rule(
                OperatorPattern.of(regex), List.of(new ReplyRules.Action.SkipMx()), "config:" + line);
    }

    @Benchmark
    public ReplyRules.Verdict judgeMatched() {
        return rules.judge("451 4.3.0 resources are short on this host, try again in 15 minutes", true);
    }

    @Benchmark
    public ReplyRules.Verdict judgeUnmatched() {
        return rules.judge("550 5.1.1 <ann.other@receiver.example>: no such user here", false);
    }
}
