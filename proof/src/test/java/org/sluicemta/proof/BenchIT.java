package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The benchmark as people start it, for some seconds: real processes, real sockets on loopback, real files. That its
/// figures are good is for the benchmark itself to say; here it is whether it tells them, judges them and clears up.
class BenchIT {
    private static final int PATIENCE_SECONDS = 180;

    @TempDir
    Path folder;

    private record Said(int status, String out) {}

    @Test
    void itTellsEachFigureAndWritesABudgetThatItHolds() throws IOException, InterruptedException {
        Path made = folder.resolve("made.budget");

        Said said = bench("--seconds", "3", "--waiting", "5000", "--write-budget", made.toString());

        assertThat(said.status()).as(said.out()).isZero();
        assertThat(said.out())
                .containsPattern("messages accepted +[1-9][0-9,]*/s\n")
                .containsPattern("messages relayed +[1-9][0-9,]*/s\n")
                .containsPattern("to the 250, median +[0-9.,]+ ms\n")
                .containsPattern("to the 250, 99 of 100 +[0-9.,]+ ms\n")
                .containsPattern("processor time of the server +[1-9][0-9,]* µs a message\n")
                .containsPattern("syncs of the disk +[0-9]\\.[0-9]{3} a message\n")
                .containsPattern("written to the journal +1[0-9],[0-9]{3} bytes a message\n")
                .containsPattern("written to the disk in all +[0-9,]+ bytes a message\n")
                .containsPattern("heap taken by objects +[1-9][0-9,]* bytes a message\n")
                .containsPattern("resident memory +[0-9,]+ bytes a recipient\n")
                .containsPattern("of it in the tables +[0-9,]+ bytes a recipient\n")
                .doesNotContain("✗");
        assertThat(Files.readString(made))
                .containsPattern("\nrelay.cpu-us-per-message +at-most +[0-9.]+\n")
                .containsPattern("\nrelay.relayed-per-second +at-least +[0-9.]+\n");
        assertNothingIsLeft();
    }

    @Test
    void anExceededLimitIsNamedAndEndsWithStatusOne() throws IOException, InterruptedException {
        Path budget = Files.writeString(
                folder.resolve("own.budget"),
                "relay.heap-bytes-per-message at-most 1\nrelay.journal-bytes-per-message at-most 1000000\n");

        Said said = bench("--seconds", "2", "--waiting", "0", "--json", "--budget", budget.toString());

        assertThat(said.status()).as(said.out()).isEqualTo(1);
        assertThat(said.out())
                .containsPattern("\"relay.heap-bytes-per-message\": \\{[^}]*\"atMost\": 1.0, \"holds\": false}")
                .containsPattern("\"relay.journal-bytes-per-message\": \\{[^}]*\"holds\": true}")
                .containsPattern("\"exceeded\": \\[\"relay.heap-bytes-per-message is [^\"]+ over the budget's 1 bytes")
                .contains("\"faults\": []")
                .contains("\"holds\": false");
        assertNothingIsLeft();
    }

    @Test
    void aBudgetThatIsNoneIsRefusedBeforeAnythingStarts() throws IOException, InterruptedException {
        Path budget = Files.writeString(folder.resolve("own.budget"), "relay.speed at-most 1\n");

        Said said = bench("--budget", budget.toString());

        assertThat(said.status()).as(said.out()).isEqualTo(2);
        assertThat(said.out()).contains("own.budget:1: there is no figure \"relay.speed\"");
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() throws IOException {
        if (Files.exists(folder.resolve("data"))) {
            try (Stream<Path> left = Files.list(folder.resolve("data"))) {
                assertThat(left).isEmpty();
            }
        }
        assertThat(ProcessHandle.allProcesses()
                        .filter(ProcessHandle::isAlive)
                        .filter(each -> each.info().commandLine().orElse("").contains(folder.toString())))
                .isEmpty();
    }

    private Said bench(String... options) throws IOException, InterruptedException {
        Path said = folder.resolve("said");
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "org.sluicemta.lab.Lab",
                "bench",
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
            isOver = process.waitFor(20, TimeUnit.SECONDS);
        }
        String text = Files.readString(said);
        assertThat(isOver).as(text).isTrue();
        return new Said(process.exitValue(), text);
    }
}
