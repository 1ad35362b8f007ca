package org.sluicemta.account;

/// Counts the lines of a file that comes in pieces; a line end within quotes is part of a value. Owner: one writing.
final class RowCount {
    private long lines;
    private boolean isQuoted;

    void add(byte[] piece, int length) {
        for (int i = 0; i < length; i++) {
            if (piece[i] == '"') {
                isQuoted = !isQuoted;
            } else if (piece[i] == '\n' && !isQuoted) {
                lines++;
            }
        }
    }

    long lines() {
        return lines;
    }
}
