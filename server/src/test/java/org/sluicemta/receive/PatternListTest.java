package org.sluicemta.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sluicemta.match.OperatorPattern;

class PatternListTest {
    private static final PatternList.Seen SEEN =
            new PatternList.Seen("ann@x.example", List.of("bob@y.example", "eve@z.example"), List.of());

    private static PatternList.Rule rule(PatternList.About about, String regex, String virtualMta) {
        return new PatternList.Rule(
                about, "", OperatorPattern.of(regex), virtualMta, OptionalInt.empty(), "", List.of());
    }

    private static PatternList.Rule priority(String regex, int priority) {
        return new PatternList.Rule(
                PatternList.About.MAIL_FROM,
                "",
                OperatorPattern.of(regex),
                "",
                OptionalInt.of(priority),
                "",
                List.of());
    }

    private static PatternList.Rule call(String list) {
        return new PatternList.Rule(
                PatternList.About.ALL, "", OperatorPattern.of(""), "", OptionalInt.empty(), list, List.of());
    }

    private static PatternList.Rule from(String regex, String virtualMta) {
        return rule(PatternList.About.MAIL_FROM, regex, virtualMta);
    }

    private static PatternList list(PatternList.Rule... rules) {
        return new PatternList("p", Map.of("p", List.of(rules)));
    }

    private static String chosen(PatternList list) {
        PatternList.Choice choice = list.choose(SEEN);
        return choice.virtualMta() + " " + choice.priority().orElse(-1);
    }

    @Test
    void theFirstRuleThatMatchesDecides() {
        assertThat(chosen(list(from("@other", "a"), from("@X\\.example$", "b"), from("ann", "c"))))
                .isEqualTo("b -1");
    }

    @Test
    void virtualMtaAndPriorityAreDecidedEachByItsOwnFirstMatch() {
        assertThat(chosen(list(priority("@x", 70), from("@x", "a"), priority("@x", 10), from("@x", "b"))))
                .isEqualTo("a 70");
    }

    @Test
    void oneOfSeveralRecipientsIsEnough() {
        assertThat(chosen(list(
                        rule(PatternList.About.RCPT_TO, "@nobody", "a"),
                        rule(PatternList.About.RCPT_TO, "^eve@", "b"))))
                .isEqualTo("b -1");
    }

    @Test
    void aFieldMatchesIfOneOfItsNameDoes() {
        var fields = List.of("x-kind: first", "x-other: news", "x-kind: News of today");
        var kind = new PatternList.Rule(
                PatternList.About.HEADER,
                "x-kind",
                OperatorPattern.of("^news"),
                "a",
                OptionalInt.empty(),
                "",
                List.of());

        assertThat(list(kind)
                        .choose(new PatternList.Seen("", List.of(), fields))
                        .virtualMta())
                .isEqualTo("a");
        assertThat(list(kind)
                        .choose(new PatternList.Seen("", List.of(), fields.subList(0, 2)))
                        .virtualMta())
                .isEmpty();
    }

    @Test
    void innerRulesHoldWhereTheOuterOneMatchesAndMatchingGoesOnAfterThem() {
        var inner = List.of(rule(PatternList.About.RCPT_TO, "@nobody", "a"));
        var caught = List.of(rule(PatternList.About.RCPT_TO, "@nobody", "a"), rule(PatternList.About.ALL, "", "rest"));

        assertThat(chosen(list(outer("@x", inner), from("", "after")))).isEqualTo("after -1");
        assertThat(chosen(list(outer("@x", caught), from("", "after")))).isEqualTo("rest -1");
        assertThat(chosen(list(outer("@w", caught), from("", "after")))).isEqualTo("after -1");
    }

    private static PatternList.Rule outer(String regex, List<PatternList.Rule> inner) {
        return new PatternList.Rule(
                PatternList.About.MAIL_FROM, "", OperatorPattern.of(regex), "", OptionalInt.empty(), "", inner);
    }

    @Test
    void aCalledListIsTriedAndMatchingGoesOnAfterIt() {
        var lists = Map.of(
                "p", List.of(call("q"), call("nowhere"), from("@x", "mine")),
                "q", List.of(priority("@x", 3), from("@w", "theirs")));

        assertThat(chosen(new PatternList("p", lists))).isEqualTo("mine 3");
    }

    @Test
    void listsThatCallOneAnotherComeToAnEnd() {
        var lists = Map.of(
                "p", List.of(call("q"), from("@x", "a")),
                "q", List.of(call("p"), priority("@x", 9)));

        assertThat(chosen(new PatternList("p", lists))).isEqualTo("a 9");
    }

    @Test
    void itAsksForTheFieldsOfAllListsThatItCanReach() {
        var header = new PatternList.Rule(
                PatternList.About.HEADER, "x-a", OperatorPattern.of("x"), "", OptionalInt.empty(), "", List.of());
        var other = new PatternList.Rule(
                PatternList.About.HEADER, "x-b", OperatorPattern.of("x"), "", OptionalInt.empty(), "", List.of());
        var lists = Map.of("p", List.of(call("q")), "q", List.of(outer("", List.of(header))), "r", List.of(other));

        assertThat(new PatternList("p", lists).headers()).containsExactly("x-a");
    }

    @Test
    void whatWouldTakeTooLongIsGivenUpWithoutAChoice() {
        List<PatternList.Rule> rules = new ArrayList<>();
        rules.add(from("@x", "a"));
        IntStream.range(0, 200).forEach(i -> rules.add(rule(PatternList.About.RCPT_TO, "no-such-" + i, "b")));
        List<String> many =
                IntStream.range(0, 10_000).mapToObj(i -> "r" + i + "@y.example").toList();

        PatternList.Choice choice =
                new PatternList("p", Map.of("p", rules)).choose(new PatternList.Seen("ann@x.example", many, List.of()));

        assertThat(choice.isGivenUp()).isTrue();
        assertThat(choice.virtualMta()).isEmpty();
    }
}
