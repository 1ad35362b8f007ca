package org.sluicemta.account;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.sluicemta.mail.Steering;

/// Values of strangers in rows. The ordinary run plays the corpus.
class RowsFuzzTest {
    @FuzzTest
    void anEncodedHeaderIsOneLine(byte[] text) {
        String raw = Steering.replaced(new String(text, StandardCharsets.UTF_8), ' ');

        assertThat(Steering.isIn(HeaderText.decoded(raw))).isFalse();
    }

    @FuzzTest
    void whatIsWrittenInARowIsReadBack(byte[] bytes) {
        List<String> values = List.of(new String(bytes, StandardCharsets.UTF_8).split("\0", -1));
        var row = new RowBuffer();
        values.forEach(row::value);
        row.endOfLine(false);

        assertThat(read(new String(row.toBytes(), StandardCharsets.UTF_8))).isEqualTo(values);
    }

    /// As RFC 4180 section 2 says.
    private static List<String> read(String row) {
        var values = new ArrayList<String>();
        int at = 0;
        while (true) {
            var value = new StringBuilder();
            if (row.charAt(at) == '"') {
                at++;
                while (row.charAt(at) != '"' || row.charAt(at + 1) == '"') {
                    at += row.charAt(at) == '"' ? 1 : 0;
                    value.append(row.charAt(at++));
                }
                at++;
            } else {
                while (row.charAt(at) != ',' && row.charAt(at) != '\n') {
                    value.append(row.charAt(at++));
                }
            }
            values.add(value.toString());
            if (row.charAt(at++) == '\n') {
                assertThat(at).isEqualTo(row.length());
                return values;
            }
        }
    }
}
