package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.spool.JournalSpool.ReaderBehind;

class ReaderAlarmsTest {
    private static final long FAR = ReaderAlarms.ALARM_BYTES;

    private static List<ReaderBehind> behind(long bytes) {
        return List.of(new ReaderBehind("account:|/usr/bin/feed", bytes), new ReaderBehind("reports", 4096));
    }

    @Test
    void aReaderFarBehindIsNamedWithWhatToLookAt() {
        assertThat(ReaderAlarms.warnings(behind(3L << 30)))
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .startsWith("acct-file |/usr/bin/feed is 3.2 GB of events behind")
                        .contains("see whether its program or disk takes anything"));
        assertThat(ReaderAlarms.warnings(behind(FAR - 1))).isEmpty();
    }

    @Test
    void itIsLoggedOnceThenAtEachDoublingAndWhenItHasCaughtUp() {
        var alarms = new ReaderAlarms();

        assertThat(alarms.look(behind(FAR - 1))).isZero();
        assertThat(alarms.look(behind(FAR))).isEqualTo(1);
        assertThat(alarms.look(behind(FAR + 1))).isZero();
        assertThat(alarms.look(behind(2 * FAR))).isEqualTo(1);
        assertThat(alarms.look(behind(FAR / 2))).isZero();
        assertThat(alarms.look(behind(0))).isEqualTo(1);
        assertThat(alarms.look(behind(0))).isZero();
    }
}
