package org.sluicemta.benchmarks;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsPlan;

/// A connection that drops what it is given and counts it.
public final class DeafConnection implements Connection {
    private static final SocketAddress REMOTE = new InetSocketAddress("192.0.2.1", 49_152);
    private static final SocketAddress LOCAL = new InetSocketAddress("192.0.2.2", 25);

    private final Loop loop;
    private final ByteBuffer out = ByteBuffer.allocateDirect(64 << 10);
    public long sentBytes;

    public DeafConnection(Loop loop) {
        this.loop = loop;
    }

    @Override
    public ByteBuffer out(int atLeast) {
        sentBytes += out.position();
        return out.clear();
    }

    @Override
    public void send(Slice content, int from, int length) {
        sentBytes += length;
    }

    @Override
    public void flush() {}

    @Override
    public long unsentBytes() {
        return 0;
    }

    @Override
    public void reading(boolean on) {}

    @Override
    public void startTls(TlsPlan plan) {
        throw new UnsupportedOperationException("no TLS here");
    }

    @Override
    public void close() {}

    @Override
    public void abort() {}

    @Override
    public SocketAddress remote() {
        return REMOTE;
    }

    @Override
    public SocketAddress local() {
        return LOCAL;
    }

    @Override
    public Loop loop() {
        return loop;
    }
}
