package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReloadGuardTest {
    private static final Map<String, Long> WAITING = new TreeMap<>(Map.of("m1", 10L, "m2", 2L));

    @Test
    void mailThatWouldBounceRefusesTheReloadUnlessThatManyMay() {
        assertThat(ReloadGuard.refusal(WAITING, true, 0))
                .hasValueSatisfying(text -> assertThat(text)
                        .startsWith("12 recipients would bounce")
                        .contains("m1 (10), m2 (2)")
                        .endsWith("--allow-bounce=12"));
        assertThat(ReloadGuard.refusal(WAITING, true, 11)).isPresent();
        assertThat(ReloadGuard.refusal(WAITING, true, 12)).isEmpty();
        assertThat(ReloadGuard.refusal(Map.of(), true, 0)).isEmpty();
    }

    @Test
    void mailThatIsHeldRefusesNothingAndIsTold() {
        assertThat(ReloadGuard.refusal(WAITING, false, 0)).isEmpty();
        assertThat(ReloadGuard.notes(WAITING, false))
                .containsExactly(
                        "virtual MTA m1 is taken away, and 10 recipients wait for it: they are held until it is back",
                        "virtual MTA m2 is taken away, and 2 recipients wait for it: they are held until it is back");
        assertThat(ReloadGuard.notes(WAITING, true))
                .contains("virtual MTA m2 is taken away, and 2 recipients that wait for it bounce");
    }

    @Test
    void anAnswerNamesManyButNotThousands() {
        Map<String, Long> many = new TreeMap<>();
        for (int i = 0; i < 1_000; i++) {
            many.put("m" + i, 1L);
        }

        assertThat(ReloadGuard.notes(many, false)).hasSize(21).endsWith("and 980 more virtual MTAs");
        assertThat(ReloadGuard.refusal(many, true, 0))
                .hasValueSatisfying(
                        text -> assertThat(text).startsWith("1000 recipients").hasSizeLessThan(1_000));
    }
}
