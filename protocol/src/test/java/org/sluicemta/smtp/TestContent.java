package org.sluicemta.smtp;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Content for tests, in pieces, with or without noted dots.
final class TestContent implements OutgoingContent {
    private final List<byte[]> pieces;
    private final boolean areDotsNoted;
    private int next;
    /// Pieces that are in memory; the others come later.
    int inMemory = Integer.MAX_VALUE;

    int rewinds;
    final List<HeapSlice> handedOut = new java.util.ArrayList<>();

    TestContent(List<byte[]> pieces, boolean areDotsNoted) {
        this.pieces = pieces;
        this.areDotsNoted = areDotsNoted;
    }

    static TestContent of(String latin1) {
        byte[] bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
        return new TestContent(bytes.length == 0 ? List.of() : List.of(bytes), true);
    }

    static DotLines dotsOf(byte[] bytes, boolean isLineStart) {
        var offsets = new java.util.ArrayList<Integer>();
        boolean hasMore = false;
        for (int i = 0; i < bytes.length; i++) {
            boolean isStart = i == 0 ? isLineStart : i >= 2 && bytes[i - 1] == '\n' && bytes[i - 2] == '\r';
            if (isStart && bytes[i] == '.') {
                if (offsets.size() < DotLines.MAX_NOTED) {
                    offsets.add(i);
                } else {
                    hasMore = true;
                }
            }
        }
        return DotLines.of(offsets.stream().mapToInt(i -> i).toArray(), !hasMore);
    }

    @Override
    public long sizeBytes() {
        return pieces.stream().mapToLong(p -> p.length).sum();
    }

    @Override
    public boolean hasEightBit() {
        for (byte[] piece : pieces) {
            for (byte b : piece) {
                if (b < 0) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public boolean hasUtf8Header() {
        return pieces.stream().anyMatch(p -> new String(p, StandardCharsets.ISO_8859_1).startsWith("Subject: \u00c3"));
    }

    @Override
    public void rewind() {
        next = 0;
        rewinds++;
    }

    @Override
    public @Nullable Piece next() {
        if (next >= inMemory) {
            return null;
        }
        byte[] bytes = pieces.get(next);
        var slice = new HeapSlice(bytes);
        handedOut.add(slice);
        DotLines dots = areDotsNoted && next == 0 ? dotsOf(bytes, true) : DotLines.UNKNOWN;
        next++;
        return new Piece(slice, 0, bytes.length, dots);
    }
}
