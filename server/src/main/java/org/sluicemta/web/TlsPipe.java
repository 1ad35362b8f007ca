package org.sluicemta.web;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.webserver.CloseConnectionException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// TLS between a connection's bytes and what is spoken over it. The handshake comes with the first reading, in the
/// thread of the connection. Blocks; owner: that thread.
final class TlsPipe implements Supplier<byte @Nullable []>, DataWriter {
    private final Supplier<byte @Nullable []> from;
    private final DataWriter to;
    private final SSLEngine engine;
    private ByteBuffer in;
    private ByteBuffer plain;
    private final ByteBuffer out;
    private boolean isOpen;

    /// @param from what comes in; null at the end
    TlsPipe(Supplier<byte @Nullable []> from, DataWriter to, SSLEngine engine) {
        this.from = from;
        this.to = to;
        this.engine = engine;
        int packet = engine.getSession().getPacketBufferSize();
        this.in = ByteBuffer.allocate(packet * 2).limit(0);
        this.plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        this.out = ByteBuffer.allocate(packet * 2);
    }

    /// The next bytes in clear; null at the end.
    @Override
    public byte @Nullable [] get() {
        try {
            while (true) {
                plain.clear();
                SSLEngineResult result = engine.unwrap(in, plain);
                switch (result.getStatus()) {
                    case BUFFER_UNDERFLOW -> {
                        if (!more()) {
                            return null;
                        }
                    }
                    case BUFFER_OVERFLOW -> plain = ByteBuffer.allocate(plain.capacity() * 2);
                    case CLOSED -> {
                        return null;
                    }
                    case OK -> {
                        // What the handshake asks for comes before what was said.
                    }
                }
                serve(result.getHandshakeStatus());
                if (plain.position() > 0) {
                    byte[] bytes = new byte[plain.position()];
                    plain.flip().get(bytes);
                    return bytes;
                }
            }
        } catch (SSLException refused) {
            sendRest();
            throw new CloseConnectionException("TLS failed", refused);
        }
    }

    private void serve(SSLEngineResult.HandshakeStatus asked) throws SSLException {
        SSLEngineResult.HandshakeStatus status = asked;
        while (true) {
            switch (status) {
                case NEED_TASK -> {
                    refuseAnother();
                    Runnable task = engine.getDelegatedTask();
                    while (task != null) {
                        task.run();
                        task = engine.getDelegatedTask();
                    }
                    status = engine.getHandshakeStatus();
                }
                case NEED_WRAP -> status = wrap(ByteBuffer.allocate(0)).getHandshakeStatus();
                case FINISHED -> {
                    isOpen = true;
                    return;
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN, NOT_HANDSHAKING -> {
                    return;
                }
            }
        }
    }

    /// A client of TLS 1.2 may begin another handshake within the first: it costs us much and it little, and no browser
    /// does. Source: RFC 7525 section 3.5 leaves it to us.
    private void refuseAnother() throws SSLException {
        if (isOpen && !engine.getSession().getProtocol().equals("TLSv1.3")) {
            throw new SSLException("another handshake within a connection is not served");
        }
    }

    /// Reads what comes; false at the end.
    private boolean more() {
        byte[] bytes = from.get();
        if (bytes == null) {
            return false;
        }
        var next = ByteBuffer.allocate(Math.max(in.capacity(), in.remaining() + bytes.length));
        next.put(in).put(bytes).flip();
        in = next;
        return true;
    }

    private SSLEngineResult wrap(ByteBuffer clear) throws SSLException {
        out.clear();
        SSLEngineResult result = engine.wrap(clear, out);
        if (out.position() > 0) {
            byte[] packet = new byte[out.position()];
            out.flip().get(packet);
            to.writeNow(BufferData.create(packet));
        }
        return result;
    }

    @Override
    public void write(BufferData buffer) {
        try {
            ByteBuffer clear = ByteBuffer.wrap(buffer.readBytes());
            while (clear.hasRemaining()) {
                SSLEngineResult result = wrap(clear);
                if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                    throw new CloseConnectionException("TLS has ended");
                }
                if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
                    // It waits for the other side, which is not asked here: trying again would never end.
                    throw new CloseConnectionException("TLS wants to be told something in the midst of an answer");
                }
            }
        } catch (SSLException broken) {
            throw new CloseConnectionException("TLS failed", broken);
        }
    }

    @Override
    public void write(BufferData... buffers) {
        write(BufferData.create(buffers));
    }

    @Override
    public void writeNow(BufferData... buffers) {
        write(buffers);
    }

    @Override
    public void writeNow(BufferData buffer) {
        write(buffer);
    }

    @Override
    public void flush() {
        to.flush();
    }

    /// Says that this was all.
    @Override
    public void close() {
        engine.closeOutbound();
        sendRest();
    }

    /// An alert or a farewell; whether it arrives matters to nobody.
    private void sendRest() {
        try {
            for (int i = 0; i < 4 && !engine.isOutboundDone(); i++) {
                wrap(ByteBuffer.allocate(0));
            }
        } catch (SSLException | RuntimeException gone) {
            engine.closeOutbound();
        }
    }
}
