package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.sluicemta.mail.Steering;

/// Puts replies together from a server's bytes, however they are split. Hostile input is bounded: 4,096 bytes a line,
/// 128 lines or 64 KiB a reply; of the text 8 KiB are kept. A bare LF ends a line too, for many servers send it.
/// Source: RFC 5321 section 4.2, 4.2.1, 4.5.3.1.5.
///
/// Owner: its connection's loop.
public final class ReplyDecoder {
    static final int MAX_LINE = 4096;
    static final int MAX_LINES = 128;
    static final int MAX_REPLY = 64 << 10;
    static final int MAX_KEPT = 8 << 10;
    /// Replies repeat from message to message (`250 2.1.0 Ok`): so many of the last ones are kept to be found again,
    /// which saves making their strings. A power of two.
    private static final int REMEMBERED = 8;

    private static final int LONGEST_REMEMBERED = 64;

    private byte[] line = new byte[128];
    private int length;
    private int replyBytes;
    private int keptBytes;
    private int firstCode;
    private boolean hasMixedCodes;
    private final List<String> earlier = new ArrayList<>(0);
    private final byte[][] rememberedLines = new byte[REMEMBERED][];
    private final Reply[] remembered = new Reply[REMEMBERED];
    private Reply reply = Reply.of(220, "");
    private String fault = "";

    /// What [#read] found.
    public enum Found {
        /// Not yet a whole reply; everything was read.
        MORE,
        /// A reply: [#reply].
        REPLY,
        /// No SMTP: [#fault]. Nothing more can be read.
        BROKEN
    }

    /// Reads up to the end of one reply.
    public Found read(ByteBuffer in) {
        while (in.hasRemaining()) {
            byte b = in.get();
            if (b == '\n') {
                Found found = endOfLine();
                if (found != Found.MORE) {
                    return found;
                }
            } else {
                if (length == MAX_LINE) {
                    return broken("a reply line is longer than " + MAX_LINE + " bytes");
                }
                if (b == 0) {
                    return broken("a reply holds a NUL");
                }
                if (length == line.length) {
                    line = Arrays.copyOf(line, Math.min(MAX_LINE, length * 2));
                }
                line[length++] = b;
            }
        }
        return Found.MORE;
    }

    /// The reply that [#read] found last.
    public Reply reply() {
        return reply;
    }

    /// Whether the lines of that reply had different codes; its last one counts.
    public boolean hasMixedCodes() {
        return hasMixedCodes;
    }

    /// What was wrong, one line.
    public String fault() {
        return fault;
    }

    /// Whether nothing is held of a reply that has not ended.
    public boolean isBetweenReplies() {
        return length == 0 && earlier.isEmpty();
    }

    private Found endOfLine() {
        replyBytes += length + 1;
        if (length > 0 && line[length - 1] == '\r') {
            length--;
        }
        if (length < 3) {
            return broken("a reply line has no code");
        }
        int code = 0;
        for (int i = 0; i < 3; i++) {
            if (line[i] < '0' || line[i] > '9') {
                return broken("a reply line has no code");
            }
            code = code * 10 + line[i] - '0';
        }
        if (code < 200 || code > 599) {
            return broken("reply code " + code + " does not exist");
        }
        boolean isLast = length == 3 || line[3] == ' ' || line[3] == '\t';
        if (!isLast && line[3] != '-') {
            return broken("a reply code is followed by neither a blank nor a hyphen");
        }
        if (isLast && earlier.isEmpty()) {
            hasMixedCodes = false;
            reply = single(code);
            return done();
        }
        if (earlier.isEmpty()) {
            firstCode = code;
            hasMixedCodes = false;
        }
        hasMixedCodes |= code != firstCode;
        if (earlier.size() == MAX_LINES - 1 && !isLast || replyBytes > MAX_REPLY) {
            return broken("a reply is longer than " + MAX_LINES + " lines or " + MAX_REPLY + " bytes");
        }
        earlier.add(text(Math.min(length, Math.max(4, 4 + MAX_KEPT - keptBytes))));
        keptBytes += length;
        length = 0;
        if (!isLast) {
            return Found.MORE;
        }
        reply = Reply.of(ReplyCode.of(code), earlier);
        return done();
    }

    private Found done() {
        length = 0;
        replyBytes = 0;
        keptBytes = 0;
        earlier.clear();
        return Found.REPLY;
    }

    private Found broken(String what) {
        fault = what;
        length = 0;
        return Found.BROKEN;
    }

    private Reply single(int code) {
        if (length > LONGEST_REMEMBERED) {
            return Reply.of(ReplyCode.of(code), List.of(text(length)));
        }
        int hash = length;
        for (int i = 0; i < length; i++) {
            hash = hash * 31 + line[i];
        }
        int slot = (hash ^ hash >>> 16) & REMEMBERED - 1;
        byte[] known = rememberedLines[slot];
        if (known != null && Arrays.equals(known, 0, known.length, line, 0, length)) {
            return remembered[slot];
        }
        Reply made = Reply.of(ReplyCode.of(code), List.of(text(length)));
        rememberedLines[slot] = Arrays.copyOf(line, length);
        remembered[slot] = made;
        return made;
    }

    private static String steady(String text) {
        return Steering.replaced(text.replace('\t', ' '), '?');
    }

    /// The text from the fifth byte on: UTF-8, where it is none with U+FFFD, control and other steering characters as
    /// `?`.
    private String text(int to) {
        if (to <= 4) {
            return "";
        }
        boolean isAscii = true;
        for (int i = 4; i < to; i++) {
            byte b = line[i];
            if (b < 0) {
                isAscii = false;
            } else if (b < ' ' && b != '\t' || b == 127) {
                line[i] = '?';
            }
        }
        return isAscii
                ? new String(line, 4, to - 4, StandardCharsets.ISO_8859_1)
                : steady(new String(line, 4, to - 4, StandardCharsets.UTF_8));
    }
}
