package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.config.FileRights;
import org.sluicemta.sign.DomainKey;
import picocli.CommandLine;

class DkimCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit before each test
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return new CommandLine(DkimCommand.class)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    @Test
    void aNewKeyIsWrittenForItsOwnerAloneAndItsRecordPrinted() throws Exception {
        Path file = folder.resolve("k.pem");

        assertThat(run("new", "s1", "Example.com", "1024", "--out", file.toString()))
                .isZero();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        DomainKey key = DomainKey.parse(Files.readString(file));
        assertThat(key.bits()).isEqualTo(1024);
        assertThat(out.toString())
                .contains("domain-key s1, example.com, " + file)
                .contains("s1._domainkey.example.com. IN TXT ( \"v=DKIM1; k=rsa; p=");
        String record = key.record().orElseThrow();
        assertThat(out.toString().replace("\" \"", "")).contains("\"" + record + "\"");
    }

    /// Of the folder's group, beside which it has none.
    private FileRights.Account service(int user) throws Exception {
        int group = (int) Files.getAttribute(folder, "unix:gid");
        return new FileRights.Account("mailer", user, Set.of(group));
    }

    private int owner() throws Exception {
        return (int) Files.getAttribute(folder, "unix:uid");
    }

    private Path key() throws Exception {
        return Files.createFile(
                folder.resolve("k.pem"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    private static String rights(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void inAFolderOfTheServiceItsGroupMayReadTheKey() throws Exception {
        Files.setAttribute(folder, "unix:mode", 02750);
        Path file = key();

        String said = KeyRights.settle(file, Optional.of(service(owner() + 1)));

        assertThat(rights(file)).isEqualTo("rw-r-----");
        assertThat(said).contains("and so may mailer");
    }

    @Test
    void inAFolderThatGivesNoGroupTheKeyStaysItsOwnersAndTheMendIsTold() throws Exception {
        Files.setAttribute(folder, "unix:mode", 0750);
        Path file = key();

        String said = KeyRights.settle(file, Optional.of(service(owner() + 1)));

        assertThat(rights(file)).isEqualTo("rw-------");
        assertThat(said).endsWith("mailer, as whom the server runs, may not: chmod g+r " + file);
    }

    @Test
    void aGroupThatIsNotTheServicesNeverMayReadTheKey() throws Exception {
        Files.setAttribute(folder, "unix:mode", 02750);
        Path file = key();
        int other = (int) Files.getAttribute(folder, "unix:gid") + 1;

        String said = KeyRights.settle(file, Optional.of(new FileRights.Account("mailer", owner() + 1, Set.of(other))));

        assertThat(rights(file)).isEqualTo("rw-------");
        assertThat(said).endsWith("may not: chgrp $(id -gn mailer) " + file + " && chmod g+r " + file);
    }

    @Test
    void aKeyOfTheServicesUserNeedsNothing() throws Exception {
        Files.setAttribute(folder, "unix:mode", 02750);
        Path file = key();

        assertThat(KeyRights.settle(file, Optional.of(service(owner()))))
                .contains("Its owner alone may read it: mailer");
        assertThat(rights(file)).isEqualTo("rw-------");
    }

    @Test
    void anEd25519KeyHasAShortRecord() throws Exception {
        Path file = folder.resolve("e.pem");

        assertThat(run("new", "e1", "example.com", "--ed25519", "--out", file.toString()))
                .isZero();

        assertThat(DomainKey.parse(Files.readString(file)).algorithm()).isEqualTo(DomainKey.Algorithm.ED25519_SHA256);
        assertThat(out.toString()).contains("k=ed25519; p=");
    }

    @Test
    void aFileThatIsThereIsLeftAlone() throws Exception {
        Path file = Files.writeString(folder.resolve("k.pem"), "mine");

        assertThat(run("new", "s1", "example.com", "--ed25519", "--out", file.toString()))
                .isEqualTo(1);

        assertThat(file).hasContent("mine");
        assertThat(err.toString()).contains("is there already");
    }

    @Test
    void namesAndSizesThatCannotBeAreRefused() {
        assertThat(run("new", "s 1", "example.com")).isEqualTo(1);
        assertThat(run("new", "s1", "example..com")).isEqualTo(1);
        assertThat(run("new", "s1", "example.com", "512")).isEqualTo(1);
        assertThat(err.toString().lines()).hasSize(3);
    }
}
