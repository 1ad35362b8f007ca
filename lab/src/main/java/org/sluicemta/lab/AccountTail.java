package org.sluicemta.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Follows the accounting files of a folder, as a program of the mail's sender would: reads what was added since the
/// last look, whole rows only. Columns are found by the header line of each file.
///
/// Blocks on the file system. Owner: one thread.
public final class AccountTail {
    private final Path folder;
    private final String stem;
    private final Map<Path, Followed> files = new TreeMap<>();

    /// One row: its columns by name.
    public record Row(Map<String, String> cells) {
        public String type() {
            return cell("type");
        }

        /// Empty for a column that the file has not.
        public String cell(String name) {
            return cells.getOrDefault(name, "");
        }
    }

    private static final class Followed {
        private long offset;
        private List<String> header = List.of();
        private String rest = "";
    }

    /// @param stem with which the names begin, e.g. `acct-`
    public AccountTail(Path folder, String stem) {
        this.folder = folder;
        this.stem = stem;
    }

    /// Tells all rows that came since the last call, file by file.
    ///
    /// @return how many
    public int poll(Consumer<Row> heard) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> there = Files.list(folder)) {
            there.filter(file -> file.getFileName().toString().startsWith(stem))
                    .forEach(file -> files.computeIfAbsent(file, _ -> new Followed()));
        }
        int rows = 0;
        for (Map.Entry<Path, Followed> each : files.entrySet()) {
            rows += follow(each.getKey(), each.getValue(), heard);
        }
        return rows;
    }

    private static int follow(Path file, Followed followed, Consumer<Row> heard) throws IOException {
        byte[] added;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            int length = Math.toIntExact(Math.min(channel.size() - followed.offset, 16L << 20));
            if (length <= 0) {
                return 0;
            }
            var buffer = ByteBuffer.allocate(length);
            while (buffer.hasRemaining() && channel.read(buffer, followed.offset + buffer.position()) >= 0) {
                // reads on until the piece is full or the file was cut meanwhile
            }
            added = java.util.Arrays.copyOf(buffer.array(), buffer.position());
        }
        int whole = added.length;
        while (whole > 0 && added[whole - 1] != '\n') {
            whole--;
        }
        followed.offset += whole;
        String text = followed.rest + new String(added, 0, whole, StandardCharsets.UTF_8);
        int rows = 0;
        int start = 0;
        boolean isQuoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == '\n' && !isQuoted) {
                rows += row(text.substring(start, i), followed, heard);
                start = i + 1;
            }
        }
        followed.rest = text.substring(start);
        return rows;
    }

    private static int row(String line, Followed followed, Consumer<Row> heard) {
        List<String> values = cells(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
        if (followed.header.isEmpty() || values.getFirst().equals("type")) {
            followed.header = values;
            return 0;
        }
        var cells = HashMap.<String, String>newHashMap(values.size());
        for (int i = 0; i < Math.min(values.size(), followed.header.size()); i++) {
            cells.put(followed.header.get(i), values.get(i));
        }
        heard.accept(new Row(cells));
        return 1;
    }

    /// The values of a line; a quoted one may hold commas and doubled quotes. Source: RFC 4180 section 2.
    static List<String> cells(String line) {
        var cells = new ArrayList<String>();
        var cell = new StringBuilder();
        boolean isQuoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (isQuoted && c == '"' && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == ',' && !isQuoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString());
        return cells;
    }
}
