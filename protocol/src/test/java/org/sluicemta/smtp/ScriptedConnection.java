package org.sluicemta.smtp;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsPlan;

/// A connection for tests: remembers what the engine sent and did, and keeps the world's rules (nothing is heard within
/// a call that the engine makes; `failed` is the last call; bytes before a handshake are dropped and counted).
final class ScriptedConnection implements Connection {
    final ScriptedLoop loop;
    private final Engine engine;
    private final ByteArrayOutputStream queued = new ByteArrayOutputStream();
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private @Nullable ByteBuffer lentOut;
    private int taken;
    private int flushes;
    private boolean isReading = true;
    private boolean isInEngine;
    private boolean isOver;
    private @Nullable TlsPlan tlsPlan;
    private int droppedBytes;
    private long unsentBytes;
    private @Nullable IoFailure toFail;
    private boolean wasAborted;

    ScriptedConnection(ScriptedLoop loop, Engine engine) {
        this.loop = loop;
        this.engine = engine;
    }

    // ---- what a test does

    void open() {
        inEngine(() -> engine.opened(this));
    }

    /// Feeds bytes in pieces of at most `piece`.
    void feed(byte[] bytes, int piece) {
        for (int at = 0; at < bytes.length; ) {
            int length = Math.min(piece, bytes.length - at);
            feed(ByteBuffer.wrap(Arrays.copyOfRange(bytes, at, at + length)));
            at += length;
        }
    }

    void feed(ByteBuffer lent) {
        if (isOver) {
            return;
        }
        if (tlsPlan != null) {
            droppedBytes += lent.remaining();
            return;
        }
        inEngine(() -> engine.bytes(lent));
        // A lent buffer is worthless afterwards.
        for (int i = 0; i < lent.limit(); i++) {
            lent.put(i, (byte) '!');
        }
    }

    void feed(String latin1) {
        feed(latin1.getBytes(StandardCharsets.ISO_8859_1), 64 << 10);
    }

    void secure() {
        if (tlsPlan == null) {
            throw new IllegalStateException("no handshake was asked for");
        }
        tlsPlan = null;
        var facts = new TlsFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", false, droppedBytes);
        inEngine(() -> engine.secured(facts));
    }

    void endInput() {
        inEngine(engine::ended);
    }

    void fail(IoFailure.Kind kind, String text) {
        toFail = new IoFailure(kind, text);
        inEngine(() -> {});
    }

    void advance(java.time.Duration time) {
        inEngine(() -> loop.advance(time));
    }

    void inEngine(Runnable call) {
        isInEngine = true;
        call.run();
        isInEngine = false;
        IoFailure failure = toFail;
        if (failure != null && !isOver) {
            isOver = true;
            engine.failed(failure);
        }
    }

    /// What was flushed since the last call.
    String takeSent() {
        byte[] all = sent.toByteArray();
        String text = new String(all, taken, all.length - taken, StandardCharsets.ISO_8859_1);
        taken = all.length;
        return text;
    }

    boolean hasUnflushed() {
        settle();
        return queued.size() > 0;
    }

    int flushes() {
        return flushes;
    }

    boolean isReading() {
        return isReading;
    }

    boolean isOver() {
        return isOver;
    }

    boolean wasAborted() {
        return wasAborted;
    }

    boolean isInHandshake() {
        return tlsPlan != null;
    }

    void pretendUnsent(long bytes) {
        unsentBytes = bytes;
    }

    // ---- what the engine does

    @Override
    public ByteBuffer out(int atLeast) {
        check();
        settle();
        if (atLeast > 64 << 10) {
            throw new IllegalArgumentException("at most 64 KiB");
        }
        lentOut = ByteBuffer.allocate(atLeast);
        return lentOut;
    }

    @Override
    public void send(Slice content, int from, int length) {
        check();
        settle();
        content.retain();
        ByteBuffer copy = ByteBuffer.allocate(length);
        content.get(from, copy);
        queued.writeBytes(copy.array());
        content.release();
    }

    @Override
    public void flush() {
        check();
        settle();
        flushes++;
        sent.writeBytes(queued.toByteArray());
        queued.reset();
    }

    @Override
    public long unsentBytes() {
        return unsentBytes;
    }

    @Override
    public void reading(boolean on) {
        isReading = on;
    }

    @Override
    public void startTls(TlsPlan plan) {
        flush();
        tlsPlan = plan;
        droppedBytes = 0;
    }

    @Override
    public void close() {
        flush();
        toFail = new IoFailure(IoFailure.Kind.CLOSED_HERE, "closed here");
    }

    @Override
    public void abort() {
        wasAborted = true;
        toFail = new IoFailure(IoFailure.Kind.CLOSED_HERE, "aborted here");
    }

    @Override
    public SocketAddress remote() {
        return new InetSocketAddress("192.0.2.1", 49152);
    }

    @Override
    public SocketAddress local() {
        return new InetSocketAddress("192.0.2.2", 25);
    }

    @Override
    public Loop loop() {
        return loop;
    }

    private void check() {
        if (isOver) {
            throw new IllegalStateException("the connection is over");
        }
        if (toFail != null) {
            throw new IllegalStateException("the connection was closed");
        }
    }

    private void settle() {
        if (lentOut != null) {
            queued.write(lentOut.array(), 0, lentOut.position());
            lentOut = null;
        }
    }
}
