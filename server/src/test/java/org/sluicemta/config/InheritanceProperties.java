package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.sluicemta.mail.QueueKey;

/// Inheritance against a model that sorts all blocks that match and takes the strongest.
class InheritanceProperties {
    /// Where a block stands, the weakest first.
    enum Scope {
        GLOBAL,
        POOL,
        VIRTUAL_MTA
    }

    /// A pattern, the weakest first: how it is written, and which domains it is about.
    enum Pattern {
        ANY("*", ".*"),
        ONE_LABEL_AND_BELOW("[*.]com", "(.*\\.)?com"),
        AT_AND_BELOW("[*.]example.com", "(.*\\.)?example\\.com"),
        BELOW("*.example.com", ".*\\.example\\.com"),
        EXACT("example.com", "example\\.com"),
        DEEPER_AND_BELOW("[*.]m.example.com", "(.*\\.)?m\\.example\\.com"),
        DEEPER_BELOW("*.m.example.com", ".*\\.m\\.example\\.com"),
        DEEPER("m.example.com", "m\\.example\\.com");

        final String written;
        final String regex;

        Pattern(String written, String regex) {
            this.written = written;
            this.regex = regex;
        }
    }

    record Block(Scope scope, Pattern pattern, boolean isMacro, long value) {
        String text() {
            return "<domain " + (isMacro ? "$m" + pattern.ordinal() : pattern.written) + ">\nmax-smtp-out " + value
                    + "\n</domain>\n";
        }
    }

    @Provide
    Arbitrary<List<Block>> blocks() {
        return Combinators.combine(
                        Arbitraries.of(Scope.class),
                        Arbitraries.of(Pattern.class),
                        Arbitraries.of(true, false),
                        Arbitraries.longs().between(1, 1000))
                .as(Block::new)
                .list()
                .ofMaxSize(12);
    }

    @Provide
    Arbitrary<String> domains() {
        return Arbitraries.of(
                "example.com", "m.example.com", "x.m.example.com", "y.example.com", "other.com", "com", "example.org");
    }

    @Property(tries = 500, seed = "20261122")
    void theStrongestBlockThatMatchesGivesTheValue(
            @ForAll("blocks") List<Block> blocks, @ForAll("domains") String domain, @ForAll boolean isPatternFirst) {
        Configuration configuration = MemoryFiles.load(written(blocks, isPatternFirst));

        long value = configuration.queue(new QueueKey(domain, "a")).value(Directives.MAX_SMTP_OUT);

        assertThat(value).isEqualTo(expected(blocks, domain, isPatternFirst));
    }

    private static String written(List<Block> blocks, boolean isPatternFirst) {
        StringBuilder text = new StringBuilder(isPatternFirst ? "inheritance pattern-first\n" : "");
        for (Pattern each : Pattern.values()) {
            text.append("domain-macro m")
                    .append(each.ordinal())
                    .append(' ')
                    .append(each.written)
                    .append('\n');
        }
        text.append("<virtual-mta a>\n");
        blocks.stream().filter(each -> each.scope() == Scope.VIRTUAL_MTA).forEach(each -> text.append(each.text()));
        text.append("</virtual-mta>\n<virtual-mta-pool p>\nvirtual-mta a\n");
        blocks.stream().filter(each -> each.scope() == Scope.POOL).forEach(each -> text.append(each.text()));
        text.append("</virtual-mta-pool>\n");
        blocks.stream().filter(each -> each.scope() == Scope.GLOBAL).forEach(each -> text.append(each.text()));
        return text.toString();
    }

    /// Of equal strength the later line wins.
    private static long expected(List<Block> blocks, String domain, boolean isPatternFirst) {
        long strongest = -1;
        long value = Directives.MAX_SMTP_OUT.builtIn();
        for (Block each : blocks) {
            int scope = each.scope().ordinal();
            int pattern = each.pattern().ordinal();
            long strength =
                    (isPatternFirst ? pattern * 10L + scope : scope * 10L + pattern) * 2 + (each.isMacro() ? 0 : 1);
            if (domain.matches(each.pattern().regex) && strength >= strongest) {
                strongest = strength;
                value = each.value();
            }
        }
        return value;
    }
}
