package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Reads a message's content from the stream, of DATA or of BDAT, and notes its facts in the same pass. Content goes to
/// the sink in runs as long as the buffers they came in, cut only where a doubled dot is taken out.
///
/// The end of DATA is CR LF . CR LF and nothing else; a CR or LF alone never ends a line, hides no dot and is refused
/// at the end, so that no two servers can disagree about where a message ends. Source: RFC 5321 section 2.3.8,
/// 4.1.1.4, 4.5.2; RFC 3030 section 2.
///
/// The cost: eight bytes are tested at a time for anything below 14 (NUL, LF and CR are; a tab stops the run for a
/// moment); per line a few tests more. Owner: its connection's loop; reused for message after message.
public final class ContentDecoder {
    private static final int LINE_START = 0;
    private static final int MID_LINE = 1;
    /// A CR was the last byte of the buffer; it has been emitted.
    private static final int CR = 2;
    /// A dot at a line start was the last byte; it has not been emitted.
    private static final int DOT = 3;
    /// A dot at a line start and a CR were the last bytes; neither has been emitted.
    private static final int DOT_CR = 4;

    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long BELOW_14 = LOW_BITS * 14;
    private static final String RECEIVED = "received:";
    private static final int NO_PROBE = -1;

    private ContentSink sink = lent -> ContentSink.Taken.NO_MEMORY;
    private int maxBytes;
    private int state;
    private Fault fault = Fault.NONE;
    private boolean wantsPause;

    /// Content bytes given to the sink.
    private int emitted;
    /// Where in the buffer the bytes begin that are not emitted yet.
    private int runStart;
    /// Content offset of the present line.
    private int lineStart;

    private boolean isInHeader;
    private int headerLength;
    private int receivedLines;
    /// How many letters of "received:" the present header line has begun with, or NO_PROBE.
    private int probe;

    private int longestLine;
    private long seenBits;
    private boolean hasNul;
    private int[] dots = new int[4];
    private int dotCount;
    private boolean hasMoreDots;

    /// What is wrong with the content; the first fault counts, the rest of the content is drained.
    public enum Fault {
        NONE,
        /// A CR or LF alone: 554 5.5.2.
        BARE_LINE_END,
        /// Over the limit: 552 5.3.4.
        TOO_BIG,
        /// The sink had no room: 452 4.3.1.
        NO_MEMORY
    }

    /// Starts a message.
    ///
    /// @param maxBytes of unstuffed content; 0 for no limit but 2^31 - 3
    public void begin(ContentSink sink, int maxBytes) {
        this.sink = sink;
        // Two bytes are kept for the line end that a last chunk may lack.
        this.maxBytes = maxBytes == 0 ? Integer.MAX_VALUE - 2 : maxBytes;
        state = LINE_START;
        fault = Fault.NONE;
        wantsPause = false;
        emitted = 0;
        lineStart = 0;
        isInHeader = true;
        headerLength = 0;
        receivedLines = 0;
        probe = NO_PROBE;
        longestLine = 0;
        seenBits = 0;
        hasNul = false;
        dotCount = 0;
        hasMoreDots = false;
    }

    /// Reads content of DATA up to its end or the end of the buffer.
    ///
    /// @return whether the end has come; then the buffer stands behind it
    public boolean data(ByteBuffer in) {
        ByteOrder order = in.order();
        in.order(ByteOrder.LITTLE_ENDIAN);
        int limit = in.limit();
        int at = in.position();
        runStart = at;
        boolean isEnd = false;
        while (at < limit && !isEnd) {
            if (state == DOT || state == DOT_CR) {
                byte b = in.get(at);
                if (b == (state == DOT ? '\r' : '\n')) {
                    isEnd = state == DOT_CR;
                    state = DOT_CR;
                    at++;
                    runStart = at;
                } else {
                    if (state == DOT_CR) {
                        bare();
                    }
                    runStart = at;
                    lineStart = emitted;
                    probe = NO_PROBE;
                    if (b == '.') {
                        noteDot(emitted);
                    }
                    state = MID_LINE;
                }
            } else if (state == LINE_START && in.get(at) == '.') {
                emit(in, at, limit);
                at++;
                runStart = at;
                state = DOT;
            } else {
                at = line(in, at, limit);
            }
        }
        emit(in, isEnd ? runStart : limit, limit);
        in.position(at);
        in.order(order);
        if (isEnd) {
            end();
        }
        return isEnd;
    }

    /// Reads the next `length` bytes as content of BDAT, as they are.
    public void chunk(ByteBuffer in, int length) {
        ByteOrder order = in.order();
        in.order(ByteOrder.LITTLE_ENDIAN);
        int limit = in.limit();
        int at = in.position();
        int end = at + length;
        runStart = at;
        while (at < end) {
            if (state == LINE_START && in.get(at) == '.') {
                noteDot(emitted + at - runStart);
            }
            at = line(in, at, end);
        }
        emit(in, end, limit);
        in.position(end);
        in.order(order);
    }

    /// The last chunk has come. A missing final line end is added, for without one the message could not be relayed by
    /// DATA; DKIM signs both forms alike (RFC 6376 section 3.4.3).
    public void endChunks() {
        if (state == CR) {
            bare();
        } else if (state == MID_LINE) {
            ByteBuffer lineEnd = ByteBuffer.wrap(new byte[] {'\r', '\n'});
            runStart = 0;
            endLine(emitted + 2);
            if (maxBytes - emitted < 2) {
                maxBytes = emitted + 2;
            }
            emit(lineEnd, 2, 2);
        }
        end();
    }

    public Fault fault() {
        return fault;
    }

    /// Whether the sink asked for a pause since the last call.
    public boolean takePause() {
        boolean wanted = wantsPause;
        wantsPause = false;
        return wanted;
    }

    /// What was noted; complete after the end, and true only without a fault.
    public ContentFacts facts() {
        DotLines dotLines = dotCount == 0 ? DotLines.NONE : DotLines.of(Arrays.copyOf(dots, dotCount), !hasMoreDots);
        return new ContentFacts(
                emitted, headerLength, receivedLines, longestLine, (seenBits & HIGH_BITS) != 0, hasNul, dotLines);
    }

    /// Reads up to the end of a line or of the buffer; not with a dot to be taken out.
    private int line(ByteBuffer in, int from, int limit) {
        int at = from;
        if (state == LINE_START) {
            lineStart = emitted + at - runStart;
            probe = isInHeader ? 0 : NO_PROBE;
            state = MID_LINE;
        } else if (state == CR) {
            if (in.get(at) == '\n') {
                at++;
                endLine(emitted + at - runStart);
                state = LINE_START;
                return at;
            }
            bare();
            state = MID_LINE;
        }
        if (probe != NO_PROBE) {
            at = probe(in, at, limit);
        }
        at = scan(in, at, limit);
        if (at == limit) {
            return at;
        }
        byte b = in.get(at++);
        if (b == '\r') {
            if (at == limit) {
                state = CR;
            } else if (in.get(at) == '\n') {
                at++;
                endLine(emitted + at - runStart);
                state = LINE_START;
            } else {
                bare();
            }
        } else if (b == '\n') {
            bare();
        } else {
            hasNul = true;
        }
        return at;
    }

    /// The first NUL, LF or CR from `from` on, or `limit`.
    private int scan(ByteBuffer in, int from, int limit) {
        int at = from;
        long seen = 0;
        int lastWord = limit - Long.BYTES;
        while (at <= lastWord) {
            long word = in.getLong(at);
            // The lowest set bit marks the first byte below 14; borrows spoil only what is above it.
            long hits = (word - BELOW_14) & ~word & HIGH_BITS;
            if (hits == 0) {
                seen |= word;
                at += Long.BYTES;
                continue;
            }
            int bits = Long.numberOfTrailingZeros(hits) & ~7;
            seen |= word & ((1L << bits) - 1);
            at += bits >>> 3;
            if (isStop((byte) (word >>> bits))) {
                seenBits |= seen;
                return at;
            }
            at++;
        }
        while (at < limit) {
            byte b = in.get(at);
            if (isStop(b)) {
                break;
            }
            seen |= b;
            at++;
        }
        seenBits |= seen;
        return at;
    }

    private static boolean isStop(byte b) {
        return b == '\r' || b == '\n' || b == 0;
    }

    private int probe(ByteBuffer in, int from, int limit) {
        int at = from;
        while (at < limit) {
            if ((in.get(at) | 0x20) != RECEIVED.charAt(probe)) {
                probe = NO_PROBE;
                return at;
            }
            at++;
            probe++;
            if (probe == RECEIVED.length()) {
                receivedLines++;
                probe = NO_PROBE;
                return at;
            }
        }
        return at;
    }

    /// @param end the content offset behind the line's CRLF
    private void endLine(int end) {
        int length = end - 2 - lineStart;
        if (length > longestLine) {
            longestLine = length;
        }
        if (isInHeader && length == 0) {
            isInHeader = false;
            headerLength = lineStart;
        }
    }

    private void end() {
        if (isInHeader) {
            headerLength = emitted;
        }
    }

    private void noteDot(int offset) {
        if (fault != Fault.NONE) {
            return;
        }
        if (dotCount == DotLines.MAX_NOTED) {
            hasMoreDots = true;
            return;
        }
        if (dotCount == dots.length) {
            dots = Arrays.copyOf(dots, DotLines.MAX_NOTED);
        }
        dots[dotCount++] = offset;
    }

    private void bare() {
        if (fault == Fault.NONE) {
            fault = Fault.BARE_LINE_END;
        }
    }

    /// Gives the sink what lies from the run's start to `to`.
    private void emit(ByteBuffer in, int to, int limit) {
        int length = to - runStart;
        if (length <= 0 || fault != Fault.NONE) {
            return;
        }
        if (length > maxBytes - emitted) {
            fault = Fault.TOO_BIG;
            return;
        }
        in.limit(to).position(runStart);
        ContentSink.Taken taken = sink.accept(in);
        in.limit(limit);
        emitted += length;
        runStart = to;
        switch (taken) {
            case TAKEN -> {}
            case PAUSE -> wantsPause = true;
            case NO_MEMORY -> fault = Fault.NO_MEMORY;
        }
    }
}
