package org.sluicemta.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.sluicemta.settings.Origin;

/// Reads `<pattern-list>` blocks, also those that stand at the end of a line of another. Owner: the thread of one
/// check.
final class PatternLists {
    private final CheckedLines lines;
    private final References references;
    private final BiFunction<Node.Line, Node.Block, Origin.Line> origins;
    private final Consumer<Node.Block> started;
    private final Consumer<Node.Block> other;

    /// @param origins gives a line its origin
    /// @param started hears of each pattern list
    /// @param other hears of each block of another kind
    PatternLists(
            CheckedLines lines,
            References references,
            BiFunction<Node.Line, Node.Block, Origin.Line> origins,
            Consumer<Node.Block> started,
            Consumer<Node.Block> other) {
        this.lines = lines;
        this.references = references;
        this.origins = origins;
        this.started = started;
        this.other = other;
    }

    /// The lines of a block and of those inside it.
    List<PatternRule> read(Node.Block block) {
        started.accept(block);
        List<PatternRule> rules = new ArrayList<>();
        for (Node each : block.children()) {
            switch (each) {
                case Node.Line line -> patternLine(line, block, rules);
                case Node.Block inner when inner.tag().equals("pattern-list") -> nestedPatternList(inner, block, rules);
                case Node.Block inner -> other.accept(inner);
            }
        }
        return rules;
    }

    private void patternLine(Node.Line line, Node.Block block, List<PatternRule> rules) {
        Optional<PatternRule.Subject> subject = PatternLines.subject(line.name());
        if (subject.isEmpty()) {
            lines.entryOf(line, BlockKind.PATTERN_LIST);
            return;
        }
        ValueType<PatternLines.Parts> type =
                switch (subject.get()) {
                    case HEADER -> ValueType.HEADER_PATTERN;
                    case MAIL_FROM, RCPT_TO -> ValueType.PATTERN;
                    case REST -> ValueType.REST;
                };
        PatternLines.Parts parts = lines.read(line, line.name(), type);
        if (parts != null) {
            rules.add(patternRule(subject.get(), parts, List.of(), line, block));
        }
    }

    /// `mail-from /x/ <pattern-list>`: the condition stood in front of the tag.
    private void nestedPatternList(Node.Block inner, Node.Block outer, List<PatternRule> rules) {
        List<PatternRule> nested = read(inner);
        int blank = inner.lead().indexOf(' ');
        String keyword = blank < 0 ? "*" : inner.lead().substring(0, blank);
        String condition = blank < 0 ? "" : inner.lead().substring(blank).strip();
        int column = inner.place().column() + keyword.length() + 1;
        Node.Line line = new Node.Line(
                keyword,
                condition,
                inner.place(),
                List.of(new Node.Stretch(0, inner.place().line(), column)));
        PatternRule.Subject subject = PatternLines.subject(line.name()).orElse(PatternRule.Subject.REST);
        if (subject == PatternRule.Subject.REST) {
            rules.add(
                    patternRule(subject, new PatternLines.Parts("", "", PatternRule.Result.NONE), nested, line, outer));
            return;
        }
        PatternLines.Parts parts = lines.read(
                line,
                line.name(),
                subject == PatternRule.Subject.HEADER ? ValueType.HEADER_CONDITION : ValueType.CONDITION);
        if (parts != null) {
            rules.add(patternRule(subject, parts, nested, line, outer));
        }
    }

    private PatternRule patternRule(
            PatternRule.Subject subject,
            PatternLines.Parts parts,
            List<PatternRule> nested,
            Node.Line line,
            Node.Block block) {
        PatternRule.Result result = parts.result();
        if (!result.virtualMta().isEmpty()) {
            references.add(References.Kind.VIRTUAL_MTA, result.virtualMta(), line.valuePlace(), line.name());
        }
        if (!result.callTo().isEmpty()) {
            references.add(References.Kind.PATTERN_LIST, result.callTo(), line.valuePlace(), line.name());
        }
        return new PatternRule(subject, parts.header(), parts.regex(), result, nested, origins.apply(line, block));
    }
}
