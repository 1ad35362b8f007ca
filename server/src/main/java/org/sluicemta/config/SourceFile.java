package org.sluicemta.config;

import java.util.Arrays;

/// The text of one configuration file, able to show any of its lines.
/// Line ends: LF, CRLF and nothing at the end of the file are all the same.
final class SourceFile {
    private final String name;
    private final String text;
    private final int[] starts;

    SourceFile(String name, String text) {
        this.name = name;
        this.text = text;
        int[] found = new int[16];
        int count = 0;
        int at = 0;
        while (at < text.length()) {
            if (count == found.length) {
                found = Arrays.copyOf(found, count * 2);
            }
            found[count++] = at;
            int end = text.indexOf('\n', at);
            at = end < 0 ? text.length() : end + 1;
        }
        this.starts = Arrays.copyOf(found, count);
    }

    String name() {
        return name;
    }

    int lineCount() {
        return starts.length;
    }

    /// Line `number`, counted from 1, without its line end.
    String line(int number) {
        int from = starts[number - 1];
        int to = number < starts.length ? starts[number] - 1 : text.length();
        if (number == starts.length && to > from && text.charAt(to - 1) == '\n') {
            to--;
        }
        while (to > from && text.charAt(to - 1) == '\r') {
            to--;
        }
        return text.substring(from, to);
    }
}
