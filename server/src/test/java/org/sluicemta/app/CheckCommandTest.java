package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.config.FileRights;
import picocli.CommandLine;

/// The commands that read a configuration without a server: words, outputs, exit statuses.
class CheckCommandTest {
    @TempDir
    Path folder;

    private record Ended(int status, String out, String err) {}

    private static Ended run(Object command, String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = new CommandLine(command)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
        return new Ended(status, out.toString(), err.toString());
    }

    private String file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text).toString();
    }

    @Test
    void theStatusTellsOfErrors() throws IOException {
        assertThat(run(new CheckCommand(), file("good", "smtp-listener 127.0.0.1:25\n"))
                        .status())
                .isZero();
        assertThat(run(new CheckCommand(), file("bad", "smtp-listener x\n")).status())
                .isEqualTo(1);
        assertThat(run(new CheckCommand(), "--format=yaml", file("good", "")).err())
                .contains("--format=yaml is not known; write text or json");
    }

    @Test
    void ciphersThatTheLibraryCannotDoAreTold() throws IOException {
        Ended none = run(new CheckCommand(), file("none", "smtp-server-tls-ciphers NO-SUCH-CIPHER\n"));
        Ended some = run(new CheckCommand(), file("some", "smtp-server-tls-ciphers HIGH:RC4\n"));

        assertThat(none.status()).isEqualTo(1);
        assertThat(none.err()).contains("none:1").contains("leave none");
        assertThat(some.status()).isZero();
        assertThat(some.err()).contains("some:1").contains("RC4");
    }

    @Test
    void programsGetAnArray() throws IOException {
        Ended ended = run(new CheckCommand(), "--format", "json", file("bad", "smtp-listener x\n"));

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.out()).startsWith("[\n  {\"id\":\"bad-value\",").endsWith("}}\n]\n");
    }

    @Test
    void aConfigurationOfAnotherMachineIsReadFromItsStandIns() throws IOException {
        String main = file("main", "smtp-listener 192.0.2.1:25\ninclude /etc/other/x\ninclude /etc/other/d/*.conf\n");
        file("stand-ins/x", "host-name h.example\n");

        Ended ended = run(new CheckCommand(), "--map", "/etc/other=" + folder.resolve("stand-ins"), main);

        assertThat(ended.status()).isZero();
        assertThat(ended.out()).doesNotContain("address-not-here");
        assertThat(run(new CheckCommand(), main).out()).contains("[missing-include]", "--map /etc/other=DIR");
        assertThat(run(new CheckCommand(), file("here", "smtp-listener 192.0.2.1:25\n"))
                        .out())
                .contains("[address-not-here]");
    }

    @Test
    void theFirstOfTheUsualFilesThatIsThereIsMeantReadableOrNot() throws IOException {
        Path ours = folder.resolve("ours");
        Path theirs = Files.writeString(folder.resolve("theirs"), "");

        assertThat(ConfigurationLoading.usual(ours, folder.resolve("none"))).isEmpty();
        assertThat(ConfigurationLoading.usual(ours, theirs)).contains(theirs);
        Files.createFile(ours, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("---------")));
        assertThat(ConfigurationLoading.usual(ours, theirs)).contains(ours);
    }

    @Test
    void filesAreTriedAsTheUserWhoIsNamed() throws IOException {
        Path key = Path.of(file("key.pem", "secret"));
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        String main = file("main", "domain-key s, example.com, " + key + "\n");

        assertThat(run(new CheckCommand(), "--as-user", "root", main).out()).doesNotContain("[named-file-unreadable]");
        assertThat(run(new CheckCommand(), "--as-user", "no-such-user", main).status())
                .isEqualTo(2);
        assertThat(run(new CheckCommand(), "--as-user", "no-such-user", main).err())
                .contains("this machine has no such user");
    }

    @Test
    void aUserIsHisNumberAndAllHisGroups() {
        List<String> users = List.of("root:x:0:0:root:/root:/bin/sh", "", "pmta:x:101:102::/:/bin/false", "broken:x");
        List<String> groups = List.of("root:x:0:", "pmta:x:102:", "keys:x:7:ann,pmta", "other:x:8:pmtax");

        assertThat(ThisMachine.account("pmta", users, groups))
                .contains(new FileRights.Account("pmta", 101, Set.of(102, 7)));
        assertThat(ThisMachine.account("ann", users, groups)).isEmpty();
        assertThat(ThisMachine.account("broken", users, groups)).isEmpty();
    }

    @Test
    void settingsAreExplainedWithoutAServer() throws IOException {
        String main = file("main", "<domain *>\nmax-smtp-out 5\n</domain>\n");

        Ended ended = run(new ExplainCommand(), "--config", main, "--name", "max-smtp-out", "example.com");

        assertThat(ended.status()).isZero();
        assertThat(ended.out())
                .contains("max-smtp-out                         5                        " + main + ":2 <domain *>\n")
                .contains("    overrides                        20                       built in\n");
        assertThat(run(new ExplainCommand(), "--config", main, "example.com/m").err())
                .contains("there is no virtual MTA \"m\"; there are: {default}");
        assertThat(run(new ExplainCommand(), "--config", main, "example.com/m").status())
                .isEqualTo(1);
        assertThat(run(new ExplainCommand(), "--config", file("bad", "smtp-listener x"), "a.example")
                        .status())
                .isEqualTo(1);
        assertThat(run(new ExplainCommand(), "--config", main, "--json", "example.com")
                        .out())
                .startsWith("{\"data\":{\"title\":\"Settings of example.com/{default}\"");
    }
}
