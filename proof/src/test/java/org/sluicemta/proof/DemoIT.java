package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The demonstration as people start it, with fewer messages: real processes, real sockets on loopback, real files.
/// Its own audit is the assertion.
class DemoIT {
    private static final int PATIENCE_SECONDS = 120;

    @TempDir
    Path folder;

    @Test
    void theDemonstrationsAuditHolds() throws IOException, InterruptedException {
        String said = demo("--messages", "1500");

        assertThat(said).contains("The audit holds.").doesNotContain("✗").contains("421");
    }

    @Test
    void nothingAcceptedIsLostWhenTheServerIsKilled() throws IOException, InterruptedException {
        String said = demo("--messages", "1500", "--crash");

        assertThat(said).contains("killed the server").contains("The audit holds.");
    }

    @Test
    void theSceneOfBackoffShowsItsRuleItsLimitAndItsEnd() throws IOException, InterruptedException {
        String said = demo("--scene", "backoff", "--messages", "400");

        assertThat(said)
                .contains("All checks hold.")
                .doesNotContain("✗")
                .contains("enters backoff")
                .contains("of the configuration: reply /\\[TSS04\\]/")
                .containsPattern("backoff-max-msg-rate +2/s +\\S+/config:\\d+ +<- binds")
                .contains("normal mode: its time is over");
    }

    private String demo(String... options) throws IOException, InterruptedException {
        Path said = folder.resolve("said");
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "org.sluicemta.lab.Lab",
                "demo",
                "--plain",
                "--data",
                folder.resolve("data").toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        boolean isOver = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!isOver) {
            process.destroy();
            isOver = process.waitFor(10, TimeUnit.SECONDS);
        }
        String text = Files.readString(said);
        assertThat(isOver).as(text).isTrue();
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
