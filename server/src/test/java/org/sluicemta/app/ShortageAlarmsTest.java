package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.receive.Shortage;

class ShortageAlarmsTest {
    private static final long MINUTE = ShortageAlarms.QUIET_MILLIS;

    private final ShortageAlarms alarms = new ShortageAlarms(shortage -> "why: " + shortage.limit());

    private int look(long connections, long queues, long nowMillis) {
        return alarms.look(Map.of(Shortage.CONNECTIONS, connections, Shortage.QUEUES, queues), nowMillis);
    }

    @Test
    void itIsToldWhenItBeginsOnceAMinuteWhileItGoesOnAndWhenItHasEnded() {
        assertThat(look(0, 0, 0)).isZero();
        assertThat(look(5, 0, 1_000)).isEqualTo(1);
        assertThat(look(9, 0, 2_000)).isZero();
        assertThat(look(10, 0, 1_000 + MINUTE)).isEqualTo(1);
        assertThat(look(10, 0, 2_000 + MINUTE)).isZero();
        assertThat(look(10, 0, 1_000 + 2 * MINUTE)).isEqualTo(1);
        assertThat(look(10, 0, 5 * MINUTE)).isZero();
        assertThat(look(11, 1, 6 * MINUTE)).isEqualTo(2);
    }

    @Test
    void whileItGoesOnTheOperatorSeesHowOftenAndWhy() {
        look(1_000, 0, 0);
        look(2_234, 0, 1_000);

        assertThat(alarms.warnings(Set.of(), 4_500))
                .containsExactly("connections answered 421: 2,234, last 3 s ago: why: total-max-smtp-in");

        look(2_234, 0, 1_000 + MINUTE);
        assertThat(alarms.warnings(Set.of(), 1_000 + MINUTE)).isEmpty();
        look(2_235, 0, 2 * MINUTE);
        assertThat(alarms.warnings(Set.of(), 2 * MINUTE))
                .containsExactly("connections answered 421: 1, last 0 s ago: why: total-max-smtp-in");
    }

    @Test
    void whatWasShortIsToldAsItWasThen() {
        var why = new String[] {"82M of 85M"};
        var told = new ShortageAlarms(shortage -> why[0]);
        told.look(Map.of(Shortage.QUEUE_MEMORY, 7L), 1_000);
        why[0] = "40M of 85M";
        told.look(Map.of(Shortage.QUEUE_MEMORY, 7L), 30_000);

        assertThat(told.warnings(Set.of(), 31_000))
                .containsExactly("messages answered 452: 7, last 30 s ago: 82M of 85M");
    }

    @Test
    void whatWouldBeRefusedIsToldBeforeAnybodyCame() {
        look(0, 0, 0);

        assertThat(alarms.warnings(Set.of(Shortage.QUEUES), 1_000)).containsExactly("new mail is refused: why: queues");
        look(0, 3, 2_000);
        assertThat(alarms.warnings(Set.of(Shortage.QUEUES), 2_000))
                .containsExactly("messages answered 452: 3, last 0 s ago: why: queues");
    }
}
