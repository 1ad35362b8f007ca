package org.sluicemta.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SessionsTest {
    private final Sessions sessions = new Sessions();

    @Test
    void aSessionEndsAfterHalfAnHourWithoutUse() {
        sessions.begin("a", 0);

        assertThat(sessions.use("a", Sessions.IDLE_MILLIS - 1)).isTrue();
        assertThat(sessions.use("a", 2 * Sessions.IDLE_MILLIS - 2)).isTrue();
        assertThat(sessions.use("a", 3 * Sessions.IDLE_MILLIS - 2)).isFalse();
    }

    @Test
    void noUseKeepsItForLongerThanTwelveHours() {
        sessions.begin("a", 0);
        for (long now = 0; now < Sessions.LONGEST_MILLIS; now += Sessions.IDLE_MILLIS / 2) {
            assertThat(sessions.use("a", now)).isTrue();
        }

        assertThat(sessions.use("a", Sessions.LONGEST_MILLIS)).isFalse();
    }

    @Test
    void anOpenPageKeepsNothingAlive() {
        sessions.begin("a", 0);

        assertThat(sessions.stands("a", Sessions.IDLE_MILLIS - 1)).isTrue();
        assertThat(sessions.stands("a", Sessions.IDLE_MILLIS)).isFalse();
    }

    @Test
    void theLongestUnusedGoesWhenThereAreTooMany() {
        for (int i = 0; i < Sessions.MOST; i++) {
            sessions.begin("s" + i, 0);
        }
        sessions.use("s0", 1);
        sessions.begin("new", 2);

        assertThat(sessions.use("s0", 3)).isTrue();
        assertThat(sessions.use("s1", 3)).isFalse();
        assertThat(sessions.use("new", 3)).isTrue();
    }
}
