package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountTailTest {
    @TempDir
    Path folder;

    private final List<AccountTail.Row> rows = new ArrayList<>();

    private void add(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Test
    void rowsAreReadAsTheyComeAndWholeOnly() throws IOException {
        var tail = new AccountTail(folder, "acct-");
        add("acct-1.csv", "type,rcpt,dsnDiag\nd,a@x,ok\nb,b@x,\"smtp;550 no, ");
        assertThat(tail.poll(rows::add)).isEqualTo(1);

        add("acct-1.csv", "\"\"never\"\"\"\nd,");
        assertThat(tail.poll(rows::add)).isEqualTo(1);
        assertThat(tail.poll(rows::add)).isZero();

        assertThat(rows).extracting(AccountTail.Row::type).containsExactly("d", "b");
        assertThat(rows.getLast().cell("dsnDiag")).isEqualTo("smtp;550 no, \"never\"");
        assertThat(rows.getLast().cell("missing")).isEmpty();
    }

    @Test
    void everyFileHasItsOwnHeader() throws IOException {
        var tail = new AccountTail(folder, "acct-");
        add("acct-1.csv", "type,rcpt\nd,a@x\n");
        add("acct-2.csv", "type,vmta,rcpt\r\nd,m,b@x\r\n");
        add("other.csv", "type,rcpt\nd,c@x\n");

        assertThat(tail.poll(rows::add)).isEqualTo(2);
        assertThat(rows).extracting(row -> row.cell("rcpt")).containsExactly("a@x", "b@x");
    }

    @Test
    void aCharacterCutInTwoByTheWriterIsReadWhole() throws IOException {
        var tail = new AccountTail(folder, "acct-");
        byte[] line = "d,grüße@x\n".getBytes(StandardCharsets.UTF_8);
        add("acct-1.csv", "type,rcpt\n");
        Files.write(folder.resolve("acct-1.csv"), java.util.Arrays.copyOf(line, 5), StandardOpenOption.APPEND);
        tail.poll(rows::add);
        Files.write(
                folder.resolve("acct-1.csv"),
                java.util.Arrays.copyOfRange(line, 5, line.length),
                StandardOpenOption.APPEND);
        tail.poll(rows::add);

        assertThat(rows).singleElement().matches(row -> row.cell("rcpt").equals("grüße@x"));
    }

    @Test
    void aFolderThatIsNotThereYetHasNoRows() throws IOException {
        assertThat(new AccountTail(folder.resolve("later"), "acct-").poll(rows::add))
                .isZero();
    }
}
