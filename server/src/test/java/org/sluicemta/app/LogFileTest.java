package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {
    private static final long NOON = Instant.parse("2024-05-01T12:00:00Z").toEpochMilli();
    private static final long DAY = 86_400_000;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before the test
    Path folder;

    private LogFile.Lines lines(int kept, boolean rotates, boolean isWorldReadable) throws IOException {
        var lines = new LogFile.Lines(
                new LogFile.Plan(folder.resolve("log"), kept, rotates, isWorldReadable, ZoneOffset.UTC));
        lines.open();
        return lines;
    }

    private String log(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    @Test
    void aLineHasItsTimeAndStaysOne() throws IOException {
        var lines = lines(8, true, false);
        lines.write(NOON, Level.INFO, "recovered 3 messages");
        lines.write(NOON + 1_000, Level.WARN, "from mx: 550 no\r\n2024-05-01 12:00:02 forged \u001b[31mred\u2028line");
        lines.write(NOON + 2_000, Level.ERROR, "disk");
        lines.stop();

        assertThat(log("log")).isEqualTo("""
                        2024-05-01 12:00:00 recovered 3 messages
                        2024-05-01 12:00:01 warning: from mx: 550 no  2024-05-01 12:00:02 forged  [31mred line
                        2024-05-01 12:00:02 error: disk
                        """);
    }

    @Test
    void atMidnightItIsRenamedAndTheOldestGoes() throws IOException {
        var lines = lines(3, true, false);
        for (int day = 0; day < 5; day++) {
            lines.write(NOON + day * DAY, Level.INFO, "day " + day);
        }
        lines.stop();

        assertThat(log("log")).contains("day 4");
        assertThat(log("log.1")).contains("day 3");
        assertThat(log("log.2")).contains("day 2");
        assertThat(folder.resolve("log.3")).doesNotExist();
    }

    @Test
    void aStartOnAnotherDayRenamesWhatIsThere() throws IOException {
        Files.writeString(folder.resolve("log"), "old\n");
        Files.setLastModifiedTime(folder.resolve("log"), java.nio.file.attribute.FileTime.fromMillis(NOON - DAY));
        var lines = lines(8, true, false);
        lines.write(NOON, Level.INFO, "new");
        lines.stop();

        assertThat(log("log.1")).isEqualTo("old\n");
        assertThat(log("log")).endsWith("new\n").doesNotContain("old");
    }

    @Test
    void onRequestTheNextLineBeginsANewFileAndOneThatIsNeverRenamedIsOpenedAgain() throws IOException {
        var several = lines(8, false, false);
        several.write(NOON, Level.INFO, "before");
        several.mustRotate.set(true);
        several.write(NOON + 1_000, Level.INFO, "after");
        several.write(NOON + 2_000, Level.INFO, "last");
        several.stop();
        assertThat(log("log.1")).endsWith("before\n");
        assertThat(log("log")).contains("after").endsWith("last\n").doesNotContain("before");
        assertThat(folder.resolve("log.2")).doesNotExist();

        var never = lines(0, false, false);
        Files.move(folder.resolve("log"), folder.resolve("elsewhere"));
        never.mustRotate.set(true);
        never.write(NOON + 3_000, Level.INFO, "anew");
        never.stop();
        assertThat(log("log")).isEqualTo("2024-05-01 12:00:03 anew\n");
    }

    @Test
    void oneFileIsBegunAnewAndNoneIsNeverRenamed() throws IOException {
        var one = lines(1, true, false);
        one.write(NOON, Level.INFO, "yesterday");
        one.write(NOON + DAY, Level.INFO, "today");
        one.stop();
        assertThat(log("log")).contains("today").doesNotContain("yesterday");

        var never = lines(0, true, false);
        never.write(NOON + 2 * DAY, Level.INFO, "tomorrow");
        never.stop();
        assertThat(log("log")).contains("today", "tomorrow");

        var byHand = lines(8, false, false);
        byHand.write(NOON + 3 * DAY, Level.INFO, "after");
        byHand.stop();
        assertThat(log("log")).contains("today", "tomorrow", "after");
    }

    @Test
    void whoMayReadItIsAsConfigured() throws IOException {
        lines(8, true, true).stop();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("log"))))
                .isEqualTo("rw-r--r--");
        Files.delete(folder.resolve("log"));
        lines(8, true, false).stop();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("log"))))
                .isEqualTo("rw-r-----");
    }

    @Test
    void aStragglerOfTheOldDayBeginsNoFile() throws IOException {
        var lines = lines(3, true, false);
        long midnight = NOON + DAY / 2;
        lines.write(midnight - 2, Level.INFO, "old");
        lines.write(midnight + 1, Level.INFO, "new");
        lines.write(midnight - 1, Level.INFO, "straggler");
        lines.write(midnight + 2, Level.INFO, "newer");
        lines.stop();

        assertThat(log("log")).contains("new", "straggler", "newer");
        assertThat(log("log.1")).contains("old");
        assertThat(folder.resolve("log.2")).doesNotExist();
    }

    @Test
    void whatWasThrownIsOnTheLine() throws IOException {
        var lines = lines(3, true, false);
        var context = new ch.qos.logback.classic.LoggerContext();
        lines.setContext(context);
        lines.start();
        lines.doAppend(new ch.qos.logback.classic.spi.LoggingEvent(
                "x", context.getLogger("x"), Level.ERROR, "it broke", new IllegalStateException("why"), null));
        lines.stop();

        assertThat(log("log").lines())
                .singleElement()
                .asString()
                .contains("error: it broke: java.lang.IllegalStateException: why")
                .contains("whatWasThrownIsOnTheLine");
    }

    @Test
    void whatWasLostIsSaid() throws IOException {
        var lines = lines(8, true, false);
        lines.dropped.set(7);
        lines.write(NOON, Level.INFO, "goes on");
        lines.stop();

        assertThat(log("log"))
                .isEqualTo("2024-05-01 12:00:00 warning: 7 lines were lost here: the disk was too slow for them\n"
                        + "2024-05-01 12:00:00 goes on\n");
    }

    @Test
    void aFolderThatIsNotThereIsToldWithHowToMendIt() {
        var plan = new LogFile.Plan(folder.resolve("none/log"), 8, true, false, ZoneOffset.UTC);
        assertThatThrownBy(() -> LogFile.open(plan))
                .isInstanceOf(IOException.class)
                .hasMessage("log-file " + folder.resolve("none/log") + ": its folder is not there; make it");
    }
}
