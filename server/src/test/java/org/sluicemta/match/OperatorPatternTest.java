package org.sluicemta.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperatorPatternTest {
    private static boolean matches(String regex, String text) {
        return OperatorPattern.of(regex).matches(Subject.of(text));
    }

    @Test
    void theCaseOfLettersIsNothingUnlessTheExpressionSaysSo() {
        assertThat(matches("mailbox FULL", "452 Mailbox full")).isTrue();
        assertThat(matches("(?-i)mailbox FULL", "452 Mailbox full")).isFalse();
        assertThat(matches("(?-i)Mailbox full", "452 Mailbox full")).isTrue();
    }

    @Test
    void theEmptyExpressionMatchesEverything() {
        assertThat(matches("", "")).isTrue();
        assertThat(matches("", "550 no")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "\\[TS0[123]\\], 421 4.7.0 [TS01] Messages deferred, true",
        "\\[TS0[123]\\], 421 4.7.0 [TS04] Messages deferred, false",
        "too (many|much), 421 Too much traffic, true",
        "(too )?many errors, 421 many errors, true",
        "colou?r, 550 color, true",
        "ab*c, 550 ac, true",
        "generating high volumes of.* complaints from AOL, 421 generating high volumes of complaints from aol, true",
        "^4..*throttl, 451 you are throttled, true",
        "^4..*throttl, 551 you are throttled, false",
        "xyz|, 250 anything, true",
    })
    void whatTheSearchForLettersLeavesOutTheExpressionWouldNotMatchEither(String regex, String text, boolean expected) {
        assertThat(matches(regex, text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "rate limit, rate limit",
        "rate.*limited, limited",
        "\\[TSS04\\], [tss04]",
        "exceeded (the )?maximum, exceeded ",
        "colou?r, colo",
        "errors?, error",
        "go+gle, gle",
    })
    void theLongestCertainTextIsFound(String regex, String literal) {
        assertThat(Literals.of(regex)).containsExactly(literal.equals("exceeded") ? "exceeded " : literal);
    }

    @Test
    void eachAlternativeNeedsACertainText() {
        assertThat(Literals.of("spam|virus|blocked")).isEqualTo(List.of("spam", "virus", "blocked"));
        assertThat(Literals.of("spam|\\d+")).isEmpty();
        assertThat(Literals.of("(spam|virus)")).isEmpty();
        assertThat(Literals.of("[abc]+")).isEmpty();
        assertThat(Literals.of("ab")).isEmpty();
    }

    @Test
    void lookAroundWorksAndIsKnownNotToBeLinear() {
        var pattern = OperatorPattern.of("550(?!.*mailbox)");
        assertThat(pattern.isLinear()).isFalse();
        assertThat(pattern.matches(Subject.of("550 policy"))).isTrue();
        assertThat(pattern.matches(Subject.of("550 no such mailbox"))).isFalse();
    }

    @Test
    void anExpressionThatBacktracksForEverIsGivenUp() {
        var pattern = OperatorPattern.of("(?=x)?(a+)+$");
        assertThat(pattern.isLinear()).isFalse();
        assertThat(pattern.matches(Subject.of("a".repeat(1_900) + "!"))).isFalse();
    }

    @Test
    void aTextBeyondTheBoundIsCut() {
        assertThat(matches("end", "x".repeat(Subject.MOST_CHARS) + "end")).isFalse();
        assertThat(matches("end", "x".repeat(Subject.MOST_CHARS - 3) + "end")).isTrue();
    }

    @Test
    void lettersBeyondAsciiAreFoldedByTheExpressionAlone() {
        assertThat(matches("kelvin", "550 \u212Aelvin")).isTrue();
        assertThat(matches("usuario nao", "550 USUARIO NAO existe é")).isTrue();
    }

    @Test
    void whatNoEngineCanRunIsRefusedWithItsFault() {
        assertThatThrownBy(() -> OperatorPattern.of("(open")).isInstanceOf(MatchException.class);
    }
}
