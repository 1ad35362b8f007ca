package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
