package org.sluicemta.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.simulation.SimulatedWorld;

/// The launchers of a checkout and of the package hand every command of the server to it, and tell of it. Real
/// shells; in the place of perl, which would ask a server, stands a script that prints what it is given.
class LaunchersIT {
    private static final Path ROOT = Path.of(System.getProperty("project.root", ".."));
    private static final List<Path> LAUNCHERS =
            List.of(ROOT.resolve("sluice"), ROOT.resolve("packaging/sluice/launcher"));
    private static final long PATIENCE_SECONDS = 60;
    /// Spelled otherwise in a summary of all commands, or named together.
    private static final List<String> TOLD_TOGETHER =
            List.of("config ", "pause ", "resume ", "show ", "disable ", "enable ", "delete", "reset ", "rotate ");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before each test
    Path folder;

    /// `show status`, `reload` ... as the server tells whoever asks for what it does not have.
    private static List<String> commands() {
        var control = new Control(
                SimulatedWorld.seeded(1).loops().getFirst(), new FakeOperations(), ZoneOffset.UTC, "mx.sluice.example");
        var replies = new ArrayList<CommandReply>();
        control.run(List.of("frobnicate"), replies::add);
        String said = replies.getFirst().err();
        List<String> names = Arrays.stream(said.substring(said.indexOf("there are: ") + "there are: ".length())
                        .strip()
                        .split(", ", -1))
                .toList();
        assertThat(names).contains("show status", "trace", "test config").hasSizeGreaterThan(30);
        return names;
    }

    private String ran(Path launcher, String... words) throws IOException, InterruptedException {
        Path perl = folder.resolve("perl");
        if (!Files.exists(perl)) {
            Files.writeString(perl, "#!/bin/sh\nshift\necho \"asked: $*\"\n");
            Files.setPosixFilePermissions(perl, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        var builder = new ProcessBuilder(Stream.concat(Stream.of("sh", launcher.toString()), Arrays.stream(words))
                        .toList())
                .redirectErrorStream(true);
        builder.environment().put("PATH", folder + ":/usr/bin:/bin");
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return said;
    }

    @Test
    void everyCommandOfTheServerGoesToIt() throws Exception {
        for (Path launcher : LAUNCHERS) {
            for (String command : commands()) {
                assertThat(ran(launcher, command.split(" ", -1)))
                        .as(launcher + " " + command)
                        .isEqualTo("asked: " + command + "\n");
            }
            assertThat(ran(launcher, "--xml", "sh", "topq")).isEqualTo("asked: --xml sh topq\n");
            assertThat(ran(launcher, "--socket", "/x", "show", "status")).isEqualTo("asked: --socket /x show status\n");
        }
    }

    @Test
    void theHelpOfBothLaunchersTellsTheSameOfTheServersCommandsAndTheManualAll() throws Exception {
        List<String> told = new ArrayList<>();
        for (Path launcher : LAUNCHERS) {
            String help = ran(launcher, "help");
            String section = help.substring(help.indexOf("  show status |"));
            told.add(section.substring(0, section.indexOf("\n\n")));
        }

        String manual = Files.readString(ROOT.resolve("packaging/sluice/sluice.8"));

        assertThat(told.get(0)).isEqualTo(told.get(1));
        for (String command : commands()) {
            if (command.equals("check mfrom")) {
                continue; // obsolete, and says so
            }
            boolean isTogether = TOLD_TOGETHER.stream().anyMatch(command::startsWith);
            List<String> words = isTogether ? List.of(command.split(" ", -1)) : List.of(command);
            assertThat(told.getFirst()).as(command).contains(words);
            if (!command.startsWith("config ")) {
                assertThat(manual).as("sluice(8): " + command).contains(words);
            }
        }
    }
}
