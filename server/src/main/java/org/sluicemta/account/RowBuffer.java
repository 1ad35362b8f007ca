package org.sluicemta.account;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes of rows, gathered in one array that is used again and again. Source: RFC 4180 section 2, with quotes only
/// where a value needs them. Owner: one reader.
final class RowBuffer {
    private byte[] bytes = new byte[16 * 1024];
    private int length;
    private boolean isFirst = true;

    int length() {
        return length;
    }

    void clear() {
        length = 0;
        isFirst = true;
    }

    /// Takes bytes away at the front; between two rows only.
    void dropFirst(int count) {
        System.arraycopy(bytes, count, bytes, 0, length - count);
        length -= count;
    }

    void cutTo(int earlierLength) {
        length = earlierLength;
        isFirst = true;
    }

    /// Copies bytes from `from` on, as many as there are and fit.
    void copyTo(int from, ByteBuffer to) {
        to.put(bytes, from, Math.min(length - from, to.remaining()));
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    private void separate(int more) {
        ensure(more + 1);
        if (!isFirst) {
            bytes[length++] = ',';
        }
        isFirst = false;
    }

    /// The next value of the row.
    void value(String text) {
        int chars = text.length();
        separate(chars);
        int start = length;
        for (int i = 0; i < chars; i++) {
            char c = text.charAt(i);
            if (c > 127 || c == ',' || c == '"' || c == '\r' || c == '\n') {
                length = start;
                unusual(text);
                return;
            }
            bytes[length++] = (byte) c;
        }
    }

    private void unusual(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        boolean isQuoted =
                text.indexOf(',') >= 0 || text.indexOf('"') >= 0 || text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0;
        ensure(2 * utf8.length + 2);
        if (!isQuoted) {
            System.arraycopy(utf8, 0, bytes, length, utf8.length);
            length += utf8.length;
            return;
        }
        bytes[length++] = '"';
        for (byte b : utf8) {
            if (b == '"') {
                bytes[length++] = '"';
            }
            bytes[length++] = b;
        }
        bytes[length++] = '"';
    }

    /// The next value, plain bytes that need no quotes.
    void plain(byte[] ascii) {
        separate(ascii.length);
        System.arraycopy(ascii, 0, bytes, length, ascii.length);
        length += ascii.length;
    }

    /// The next value: two texts with a character between.
    void joined(String left, char between, String right) {
        if (isPlain(left) && isPlain(right)) {
            separate(left.length() + right.length() + 1);
            put(left);
            bytes[length++] = (byte) between;
            put(right);
        } else {
            value(left + between + right);
        }
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 127 || c == ',' || c == '"' || c < ' ') {
                return false;
            }
        }
        return true;
    }

    private void put(String ascii) {
        for (int i = 0; i < ascii.length(); i++) {
            bytes[length++] = (byte) ascii.charAt(i);
        }
    }

    void number(long value) {
        if (value < 0) {
            value(Long.toString(value));
            return;
        }
        separate(20);
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int at = length + digits - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
    }

    void empty() {
        separate(0);
    }

    void endOfLine(boolean isCrlf) {
        ensure(2);
        if (isCrlf) {
            bytes[length++] = '\r';
        }
        bytes[length++] = '\n';
        isFirst = true;
    }
}
