package org.sluicemta.proof.whole;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sluicemta.simulation.SimulatedDisk;

/// The rows of the accounting files on a disk, read with a decoder of our own. Source: RFC 4180 section 2.
final class AcctRows {
    static final Path FOLDER = Path.of("/acct");

    /// A row by column name; `type` is the first column.
    record Row(Map<String, String> cells) {
        String get(String column) {
            return cells.getOrDefault(column, "");
        }

        /// Whom it speaks of.
        Pair pair() {
            return new Pair(get("orig"), get("rcpt"));
        }
    }

    private AcctRows() {}

    static List<Row> on(SimulatedDisk disk) {
        var rows = new ArrayList<Row>();
        for (Path file : disk.files()) {
            if (file.startsWith(FOLDER)) {
                read(new String(disk.bytes(file).orElseThrow(), StandardCharsets.UTF_8), rows);
            }
        }
        return rows;
    }

    private static void read(String text, List<Row> into) {
        List<String> header = null;
        int at = 0;
        while (at < text.length()) {
            var cells = new ArrayList<String>();
            at = line(text, at, cells);
            if (at < 0) {
                return; // the last line is still being written
            }
            if (header == null) {
                header = cells;
                continue;
            }
            var row = new HashMap<String, String>();
            for (int i = 0; i < header.size() && i < cells.size(); i++) {
                row.put(header.get(i), cells.get(i));
            }
            into.add(new Row(row));
        }
    }

    /// @return where the next line begins, or -1 when this one has no end
    private static int line(String text, int from, List<String> cells) {
        var cell = new StringBuilder();
        boolean isQuoted = false;
        for (int at = from; at < text.length(); at++) {
            char c = text.charAt(at);
            if (isQuoted) {
                if (c != '"') {
                    cell.append(c);
                } else if (at + 1 < text.length() && text.charAt(at + 1) == '"') {
                    cell.append('"');
                    at++;
                } else {
                    isQuoted = false;
                }
            } else if (c == '"') {
                isQuoted = true;
            } else if (c == ',' || c == '\n') {
                cells.add(cell.toString());
                cell.setLength(0);
                if (c == '\n') {
                    return at + 1;
                }
            } else {
                cell.append(c);
            }
        }
        return -1;
    }
}
