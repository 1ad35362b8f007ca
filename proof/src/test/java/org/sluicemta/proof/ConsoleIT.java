package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The console in a real browser: a server process, receivers that take, refuse and are not there, and Chromium,
/// driven by the scripts of `src/test/console`. With `-Dwrite.docs=true` the pictures of docs/console are taken on
/// the way.
class ConsoleIT {
    /// From the sources: whether the server is classes or a jar depends on the build.
    private static final Path PAGE = Path.of("../server/src/main/resources/org/sluicemta/web/console");

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path SCRIPTS = Path.of("src/test/console");
    /// Where the scripts run, beside the packages that npm puts there.
    private static final Path STAGE = Path.of("target/console").toAbsolutePath();

    private static final Path PICTURES =
            Path.of("../docs/console").toAbsolutePath().normalize();
    private static final String PASSWORD = "correct horse & battery=staple";
    private static final int PATIENCE_SECONDS = 300;

    /// What a receiver answers, in pieces that must be seen as they are; between them stands what must not be.
    private static final List<String> HOSTILE = List.of(
            "421 4.7.1 <script>globalThis.harmed=1</script>",
            "<img src=x onerror=\"globalThis.harmed=1\">",
            "\"'&lt;b>later</b>");

    /// U+202E in UTF-8, octet by octet.
    private static final String RIGHT_TO_LEFT = "\u00e2\u0080\u00ae";

    private static final Pattern POINT = Pattern.compile("(?m)^(not )?ok \\d+ - (.*?)( # .*)?$");

    @TempDir
    Path folder;

    @BeforeAll
    static void bringTheBrowser() throws IOException, InterruptedException {
        String missing = missingProgram();
        if (missing.isEmpty()) {
            copy(SCRIPTS, STAGE);
            missing = install();
        }
        if (System.getenv("CI") != null) {
            assertThat(missing).as("what is missing to meet a browser").isEmpty();
        }
        Assumptions.assumeTrue(
                missing.isEmpty(), "the console is not met with a browser, as there is no " + missing + "; install it");
    }

    private static String missingProgram() {
        if (!Files.isExecutable(CHROMIUM)) {
            return "chromium";
        }
        return found("node") && found("npm") ? "" : "nodejs and npm";
    }

    private static boolean found(String program) {
        return Stream.of(Objects.requireNonNullElse(System.getenv("PATH"), "").split(":", -1))
                .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
    }

    /// Brings the packages of the lock file; nothing where they are there already.
    private static String install() throws IOException, InterruptedException {
        Path mark = STAGE.resolve("node_modules/.brought");
        String lock = Files.readString(STAGE.resolve("package-lock.json"));
        if (Files.exists(mark) && Files.readString(mark).equals(lock)) {
            return "";
        }
        Path said = STAGE.resolve("npm.log");
        Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(STAGE.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        if (!npm.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            npm.destroy();
        }
        if (npm.waitFor() != 0) {
            return "package of npm: " + Files.readString(said);
        }
        Files.writeString(mark, lock);
        return "";
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                Files.copy(each, to.resolve(each.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @TestFactory
    List<DynamicTest> whatThePageMakesOfTheFacts() throws Exception {
        Path page = STAGE.resolve("page");
        copy(PAGE, page);

        return run("judge.test.mjs", Map.of("PAGE", page.toUri().toString()));
    }

    @TestFactory
    List<DynamicTest> thePageInABrowser() throws Exception {
        int port = LoneServer.freePort();
        int web = LoneServer.freePort();
        int guestPort = LoneServer.freePort();
        int guestWeb = LoneServer.freePort();
        try (var polite = RemoteServer.polite(List.of(), _ -> Optional.empty());
                var picky = RemoteServer.polite(
                        List.of(),
                        line -> line.matches("RCPT TO:<user\\d*[37]@.*")
                                ? Optional.of("550 5.1.1 there is nobody of that name")
                                : Optional.empty());
                var refusing = new RemoteServer(
                        dialogue -> refuse(dialogue, "421 4.7.0 too much mail from your network, try again later"));
                var grey = RemoteServer.polite(
                        List.of(),
                        line -> line.startsWith("RCPT")
                                ? Optional.of("451 4.7.1 greylisted, come back in an hour")
                                : Optional.empty());
                var hostile = new RemoteServer(dialogue -> refuse(dialogue, hostile()));
                var mean = RemoteServer.polite(
                        List.of(), line -> line.startsWith("RCPT") ? Optional.of(hostile()) : Optional.empty());
                var full = RemoteServer.polite(
                        List.of(),
                        line -> line.startsWith("RCPT")
                                ? Optional.of("452 4.2.2 the mailbox is full")
                                : Optional.empty());
                var server = new LoneServer(
                        Files.createDirectory(folder.resolve("main")),
                        config(port, web, "admin", polite, picky, refusing, grey, full, hostile, mean)
                                + "http-mgmt-password \"" + PASSWORD + "\"\n");
                var guests = new LoneServer(
                        Files.createDirectory(folder.resolve("guests")),
                        config(guestPort, guestWeb, "monitor", polite, picky, refusing, grey, full, hostile, mean))) {
            boolean wantsPictures = Boolean.getBoolean("write.docs");
            if (wantsPictures) {
                Files.createDirectories(PICTURES);
            }
            return run(
                    "console.test.mjs",
                    Map.ofEntries(
                            Map.entry("URL", "http://127.0.0.1:" + web + "/"),
                            Map.entry("SMTP", String.valueOf(port)),
                            Map.entry("SOCKET", server.socket().toString()),
                            Map.entry("MONITOR_URL", "http://127.0.0.1:" + guestWeb + "/"),
                            Map.entry("MONITOR_SMTP", String.valueOf(guestPort)),
                            Map.entry("MONITOR_SOCKET", guests.socket().toString()),
                            Map.entry("PASSWORD", PASSWORD),
                            Map.entry("HOSTILE", String.join("|", HOSTILE)),
                            Map.entry("CHROMIUM", CHROMIUM.toString()),
                            Map.entry("PICTURES", wantsPictures ? PICTURES.toString() : "")));
        }
    }

    /// Never greets.
    private static void refuse(RemoteServer.Dialogue dialogue, String greeting) throws IOException {
        dialogue.say(greeting + "\r\n");
        dialogue.drain();
    }

    private static String hostile() {
        return String.join("\u0007\u001b[31m\u0085", HOSTILE) + RIGHT_TO_LEFT;
    }

    private static String config(int port, int web, String access, RemoteServer... remotes) throws IOException {
        return """
                smtp-listener 127.0.0.1:%d
                <source 127.0.0.1>
                  always-allow-relaying yes
                  default-virtual-mta mta1
                </source>
                <virtual-mta mta1>
                  smtp-source-host 127.0.0.2 mta1.sluice.example
                </virtual-mta>
                http-mgmt-port %d
                http-mgmt-address 127.0.0.1
                http-access 127.0.0.1 %s
                http-redirect-to-https no
                <domain *>
                  retry-after 1h
                  retry-recipients-after 1h
                  mx-connection-attempts 1
                  backoff-to-normal-after 1h
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain roomy.example>
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain bigmail.example>
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain sender.example>
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain picky.example>
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain refusing.example>
                  retry-after 30m
                  max-smtp-out 2
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain grey.example>
                  track-recipient-events yes
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain hostile.example>
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain mean.example>
                  track-recipient-events yes
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                <domain closed.example>
                  smtp-hosts [127.0.0.1]:%d
                </domain>
                """.formatted(
                        port,
                        web,
                        access,
                        remotes[4].port(),
                        remotes[0].port(),
                        remotes[0].port(),
                        remotes[0].port(),
                        remotes[1].port(),
                        remotes[2].port(),
                        remotes[3].port(),
                        remotes[5].port(),
                        remotes[6].port(),
                        LoneServer.freePort());
    }

    /// One test of ours for each of the script's.
    private static List<DynamicTest> run(String script, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path said = STAGE.resolve(script + ".log");
        var builder = new ProcessBuilder("node", "--test-reporter=tap", script)
                .directory(STAGE.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        builder.environment().putAll(environment);
        Process node = builder.start();
        if (!node.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            // It closes its browser.
            node.descendants().forEach(ProcessHandle::destroy);
            node.destroy();
        }
        int status = node.waitFor();
        String text = Files.readString(said, StandardCharsets.UTF_8);
        var tests = new ArrayList<DynamicTest>();
        for (MatchResult point : POINT.matcher(text).results().toList()) {
            boolean isGood = point.group(1) == null;
            tests.add(DynamicTest.dynamicTest(
                    point.group(2),
                    () -> assertThat(isGood).as("%s: %s", point.group(2), text).isTrue()));
        }
        tests.add(DynamicTest.dynamicTest("the script ends well", () -> {
            assertThat(status).as(text).isZero();
            assertThat(tests).as(text).hasSizeGreaterThan(5);
        }));
        return tests;
    }
}
