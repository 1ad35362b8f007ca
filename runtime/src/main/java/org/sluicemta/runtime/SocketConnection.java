package org.sluicemta.runtime;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.IoFailure.Kind;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsPlan;

/// A connection on a Netty channel: the last link of its pipeline, and what its engine sees. Owner: its loop.
///
/// Outgoing: small texts gather in one pooled buffer, which is cut where a slice comes between; pieces go to Netty's
/// queue and from there by gathering writes, or through the TLS link, which joins them to records of 16 KB. A [Piece]
/// counts what is unsent and gives slices back.
///
/// Incoming: what Netty read is lent to the engine in calls of at most 64 KiB, each a turn; what was read while the
/// engine wants nothing is `held`.
///
/// The end: every way out passes [#over], once. An engine that closes an accepted connection is told at once when its
/// last byte has gone to the system; the socket lingers a little, for closing it with unread input in it would reset
/// the connection and could destroy the last reply on its way (RFC 1122 section 4.2.2.13).
final class SocketConnection extends ChannelInboundHandlerAdapter implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(SocketConnection.class);
    private static final int MOST_LENT = 64 * 1024;
    private static final int MOST_ASKED = 64 * 1024;
    private static final int FIRST_TEXT = 4 * 1024;
    private static final int NEXT_TEXT = 16 * 1024;
    private static final long HIGH_WATER = 256 * 1024;
    private static final long LOW_WATER = 64 * 1024;
    private static final long LINGER_MS = 2_000;
    private static final long CLOSING_MS = 30_000;

    private enum Tls {
        CLEAR,
        SHAKING_HANDS,
        SECURED
    }

    private final MailLoop loop;
    private final Engine engine;
    private final boolean isAccepted;
    private final TlsContexts contexts;
    private final Channel channel;
    private final ArrayDeque<ByteBuf> held = new ArrayDeque<>(0);

    private @Nullable ChannelHandlerContext context;
    private SocketAddress remote = Transport.plain(null);
    private SocketAddress local = Transport.plain(null);

    /// The address by which the connection was asked to leave; none where the system chooses.
    private @Nullable InetAddress asked;

    /// The buffer that texts gather in, and the view of its free rest that the engine was given.
    private @Nullable ByteBuf text;

    private @Nullable ByteBuffer lentOut;
    private long unsent;
    private boolean wasAboveHighWater;

    private Tls tls = Tls.CLEAR;
    private int droppedBytes;
    /// A handshake was asked for that begins with what was read already, and has not been given it yet.
    private boolean isImmediate;
    private long handshakeBegunMillis;
    private @Nullable SslHandler ssl;

    private boolean isOpened;
    private boolean wantsBytes = true;
    private boolean isDelivering;
    private boolean hasEnded;
    private boolean owesEnded;
    private boolean isClosing;
    private boolean isOver;
    private @Nullable Throwable cause;

    SocketConnection(MailLoop loop, Engine engine, boolean isAccepted, TlsContexts contexts, Channel channel) {
        this.loop = loop;
        this.engine = engine;
        this.isAccepted = isAccepted;
        this.contexts = contexts;
        this.channel = channel;
    }

    /// Linux binds to a broadcast or multicast address without a word, and then leaves by another one. Such a
    /// connection ends before its engine hears of it.
    void leavesOnlyBy(InetAddress address) {
        asked = address;
    }

    // What Netty reports.

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        remote = Transport.plain(channel.remoteAddress());
        local = Transport.plain(channel.localAddress());
        InetAddress only = asked;
        if (only != null && local instanceof InetSocketAddress taken && !only.equals(taken.getAddress())) {
            over(new IoFailure(
                    Kind.ADDRESS_NOT_AVAILABLE,
                    "cannot leave by " + only.getHostAddress() + ": the system took "
                            + taken.getAddress().getHostAddress() + "; name an address of this machine"));
            channel.close();
            return;
        }
        loop.soon(this::open);
    }

    private void open() {
        if (!isOver) {
            isOpened = true;
            guarded(() -> engine.opened(this));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext read, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (isOver || isClosing) {
            bytes.release();
        } else if (loop.isInTurn() || isDelivering || !wantsBytes || !held.isEmpty() || !isOpened) {
            held.add(bytes);
            if (wantsBytes) {
                loop.execute(this::deliverHeld);
            }
        } else {
            deliver(bytes);
        }
    }

    /// Lends the bytes to the engine, a turn for each 64 KiB; what it does not want any more is held.
    private void deliver(ByteBuf bytes) {
        isDelivering = true;
        while (bytes.isReadable() && wantsBytes && !isOver && !isClosing) {
            int count = Math.min(MOST_LENT, bytes.readableBytes());
            ByteBuffer lent = view(bytes, bytes.readerIndex(), count);
            bytes.skipBytes(count);
            Tls before = tls;
            loop.begin();
            try {
                engine.bytes(lent);
            } catch (Throwable defect) {
                broken(defect);
            }
            if (before == Tls.CLEAR && tls != Tls.CLEAR) {
                if (isImmediate) {
                    bytes.readerIndex(bytes.readerIndex() - lent.remaining());
                    loop.end();
                    break;
                }
                droppedBytes += lent.remaining() + bytes.readableBytes();
                bytes.skipBytes(bytes.readableBytes());
            }
            loop.end();
        }
        isDelivering = false;
        if (bytes.isReadable() && !isOver && !isClosing) {
            held.addFirst(bytes);
        } else {
            bytes.release();
        }
        if (isImmediate) {
            beginHandshake();
        }
    }

    /// What came before the TLS link stood is the beginning of the handshake: given to the link ahead of what follows.
    /// Only the first time there is any.
    private void beginHandshake() {
        isImmediate = false;
        var first = new ArrayDeque<>(held);
        held.clear();
        for (ByteBuf bytes : first) {
            channel.pipeline().fireChannelRead(bytes);
        }
        if (!first.isEmpty()) {
            channel.pipeline().fireChannelReadComplete();
        }
    }

    /// Raw work of the loop: each call of the engine is a turn.
    private void deliverHeld() {
        while (wantsBytes && !isDelivering && !isOver && !isClosing) {
            ByteBuf next = held.poll();
            if (next == null) {
                break;
            }
            deliver(next);
        }
        if (owesEnded && held.isEmpty()) {
            owesEnded = false;
            loop.turn(this::ended);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        switch (event) {
            case ChannelInputShutdownEvent end -> inputEnded();
            case SslCloseCompletionEvent end -> inputEnded();
            case SslHandshakeCompletionEvent shaken -> handshakeEnded(shaken);
            default -> LOG.trace("{}: {}", channel, event);
        }
    }

    private void inputEnded() {
        if (isOver || isClosing) {
            if (isOver) {
                channel.close();
            }
            return;
        }
        if (tls == Tls.SHAKING_HANDS) {
            fail(new IoFailure(Kind.TLS, "the remote closed the connection during the handshake"));
        } else if (!held.isEmpty() || !isOpened || isDelivering) {
            owesEnded = true;
            loop.execute(this::deliverHeld);
        } else {
            loop.soon(this::ended);
        }
    }

    private void ended() {
        if (!hasEnded && !isOver && cause == null) {
            hasEnded = true;
            guarded(engine::ended);
        }
    }

    private void handshakeEnded(SslHandshakeCompletionEvent shaken) {
        SslHandler link = ssl;
        if (isOver || link == null || tls != Tls.SHAKING_HANDS) {
            return;
        }
        if (!shaken.isSuccess()) {
            OutOfMemoryError refused = Failures.shortage(shaken.cause());
            if (refused != null) {
                outOfMemory(refused);
            } else {
                failHandshake(Failures.ofTls(shaken.cause()));
            }
            return;
        }
        tls = Tls.SECURED;
        var facts = TlsContexts.facts(link.engine(), droppedBytes, handshakeBegunMillis);
        loop.soon(() -> {
            if (!isOver) {
                guarded(() -> engine.secured(facts));
            }
        });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable thrown) {
        if (isOver) {
            channel.close();
        } else if (Failures.shortage(thrown) instanceof OutOfMemoryError refused) {
            outOfMemory(refused);
        } else if (tls == Tls.SHAKING_HANDS) {
            fail(Failures.ofTls(thrown));
        } else {
            cause = thrown;
            fail(tls == Tls.SECURED ? ofSecured(thrown) : Failures.ofStream(thrown));
        }
    }

    private static IoFailure ofSecured(Throwable thrown) {
        return thrown instanceof java.io.IOException && !(thrown instanceof javax.net.ssl.SSLException)
                ? Failures.ofStream(thrown)
                : Failures.ofTls(thrown);
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        if (tls == Tls.SHAKING_HANDS && !isClosing) {
            over(new IoFailure(Kind.TLS, "the remote closed the connection during the handshake"));
        } else {
            over(isClosing ? closedHere() : Failures.ofStream(cause));
        }
    }

    /// Connecting failed: the channel was never active.
    void connectFailed(IoFailure why) {
        over(why);
    }

    // What the engine asks.

    @Override
    public ByteBuffer out(int atLeast) {
        if (atLeast < 0 || atLeast > MOST_ASKED) {
            throw new IllegalArgumentException("a buffer of " + atLeast + " bytes; ask for at most " + MOST_ASKED);
        }
        settle();
        if (isOver || isClosing) {
            // Written into nothing: the engine has not heard of the end yet.
            return ByteBuffer.allocate(atLeast);
        }
        ByteBuf gathering = text;
        if (gathering != null && gathering.writableBytes() < atLeast) {
            writeText();
            gathering = null;
        }
        if (gathering == null) {
            int size = Math.max(atLeast, unsent == 0 ? FIRST_TEXT : NEXT_TEXT);
            try {
                gathering = PooledByteBufAllocator.DEFAULT.directBuffer(size, size);
            } catch (OutOfMemoryError refused) {
                // Its engine hears of the end in a turn of its own; what it is about to say goes nowhere.
                outOfMemory(refused);
                return ByteBuffer.allocate(atLeast);
            }
            text = gathering;
        }
        ByteBuffer free = view(gathering, gathering.writerIndex(), gathering.writableBytes());
        lentOut = free;
        return free;
    }

    /// A view for one call, position 0. The pool's own buffer stands behind it: this loop alone uses it now.
    private static ByteBuffer view(ByteBuf buffer, int from, int length) {
        return buffer.nioBufferCount() == 1
                ? buffer.internalNioBuffer(from, length).slice()
                : buffer.nioBuffer(from, length);
    }

    /// Takes note of what the engine put into the buffer it was given.
    private void settle() {
        ByteBuffer given = lentOut;
        ByteBuf gathering = text;
        if (given != null && gathering != null) {
            lentOut = null;
            gathering.writerIndex(gathering.writerIndex() + given.position());
        }
    }

    /// Hands the gathered text to Netty's queue.
    private void writeText() {
        ByteBuf gathering = text;
        if (gathering == null) {
            return;
        }
        text = null;
        if (gathering.isReadable()) {
            write(gathering, null, gathering.readableBytes());
        } else {
            gathering.release();
        }
    }

    @Override
    public void send(Slice content, int from, int length) {
        settle();
        if (isOver || isClosing) {
            return;
        }
        java.util.Objects.checkFromIndexSize(from, length, content.length());
        if (length == 0) {
            return;
        }
        ByteBuf gathering = text;
        if (gathering != null && gathering.isReadable()) {
            // The text so far, cut off; the rest of its buffer serves the next texts.
            ByteBuf part = gathering.readRetainedSlice(gathering.readableBytes());
            write(part, null, part.readableBytes());
        }
        content.retain();
        ByteBuf part = content instanceof PooledSlice pooled
                ? pooled.part(from, length)
                : Unpooled.wrappedBuffer(content.view(from, length));
        write(part, content, length);
    }

    private void write(ByteBuf bytes, @Nullable Slice slice, int length) {
        unsent += length;
        ChannelHandlerContext link = context;
        if (link == null) {
            bytes.release();
            new Piece(slice, length).done();
            return;
        }
        link.write(bytes).addListener(new Piece(slice, length));
        if (unsent > HIGH_WATER) {
            wasAboveHighWater = true;
        }
    }

    /// What was given to Netty and is not yet with the system.
    private final class Piece implements ChannelFutureListener {
        private final @Nullable Slice slice;
        private final int length;

        Piece(@Nullable Slice slice, int length) {
            this.slice = slice;
            this.length = length;
        }

        @Override
        public void operationComplete(ChannelFuture written) {
            done();
            if (!written.isSuccess() && cause == null && !isOver) {
                cause = written.cause();
            }
        }

        void done() {
            if (slice != null) {
                slice.release();
            }
            unsent -= length;
            if (wasAboveHighWater && unsent < LOW_WATER) {
                wasAboveHighWater = false;
                loop.soon(SocketConnection.this::writable);
            }
        }
    }

    private void writable() {
        if (!isOver && !isClosing) {
            guarded(engine::writable);
        }
    }

    @Override
    public void flush() {
        settle();
        if (isOver || isClosing) {
            return;
        }
        writeText();
        ChannelHandlerContext link = context;
        if (link != null) {
            link.flush();
        }
    }

    @Override
    public long unsentBytes() {
        settle();
        ByteBuf gathering = text;
        return unsent + (gathering == null ? 0 : gathering.readableBytes());
    }

    @Override
    public void reading(boolean on) {
        settle();
        if (isOver || isClosing || wantsBytes == on) {
            return;
        }
        wantsBytes = on;
        channel.config().setAutoRead(on);
        if (on && (!held.isEmpty() || owesEnded)) {
            loop.execute(this::deliverHeld);
        }
    }

    @Override
    public void startTls(TlsPlan plan) {
        if (isOver || isClosing) {
            return;
        }
        if (tls != Tls.CLEAR) {
            throw new IllegalStateException("TLS was started on this connection before");
        }
        flush();
        tls = Tls.SHAKING_HANDS;
        handshakeBegunMillis = System.currentTimeMillis();
        isImmediate = plan instanceof TlsPlan.Server server && server.isImmediate();
        if (!isImmediate) {
            droppedBytes += held.stream().mapToInt(ByteBuf::readableBytes).sum();
            dropHeld();
        }
        try {
            SslHandler link = contexts.link(plan, channel.alloc());
            ssl = link;
            channel.pipeline().addFirst(link);
            if (isImmediate && !isDelivering) {
                beginHandshake();
            }
        } catch (javax.net.ssl.SSLException | RuntimeException unusable) {
            fail(Failures.ofTls(unusable));
        }
    }

    @Override
    public void close() {
        if (isOver || isClosing) {
            return;
        }
        flush();
        isClosing = true;
        dropHeld();
        dropText();
        if (tls == Tls.SHAKING_HANDS) {
            finish();
            return;
        }
        ChannelHandlerContext link = context;
        if (link == null) {
            finish();
            return;
        }
        link.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> finish());
        if (!isOver) {
            loop.netty.schedule(
                    () -> {
                        if (!isOver) {
                            channel.unsafe().closeForcibly();
                            over(closedHere());
                        }
                    },
                    CLOSING_MS,
                    TimeUnit.MILLISECONDS);
        }
    }

    /// All is with the system: ends the connection.
    private void finish() {
        if (isOver) {
            return;
        }
        boolean lingers =
                isAccepted && tls == Tls.CLEAR && !hasEnded && channel.isActive() && channel instanceof DuplexChannel;
        if (lingers) {
            channel.config().setAutoRead(true);
            ((DuplexChannel) channel).shutdownOutput();
            loop.netty.schedule(() -> channel.close(), LINGER_MS, TimeUnit.MILLISECONDS);
            over(closedHere());
        } else {
            channel.close();
            over(closedHere());
        }
    }

    @Override
    public void abort() {
        if (!isOver) {
            isClosing = true;
            dropHeld();
            dropText();
            abandon();
            over(closedHere());
        }
    }

    /// Closes without regard to what is unsent; the remote of an internet connection sees a reset.
    private void abandon() {
        if (channel instanceof io.netty.channel.socket.SocketChannel tcp && channel.isActive()) {
            try {
                tcp.config().setSoLinger(0);
            } catch (io.netty.channel.ChannelException gone) {
                LOG.trace("{}: closing all the same", channel, gone);
            }
        }
        // Past the TLS link, which would write its farewell first.
        channel.unsafe().close(channel.voidPromise());
    }

    private void fail(IoFailure why) {
        if (!isOver) {
            abandon();
            over(why);
        }
    }

    /// The TLS link tells of the failure before it writes the alert that tells the other side why: it gets the time to.
    private void failHandshake(IoFailure why) {
        if (isOver) {
            return;
        }
        over(why);
        loop.netty.execute(() -> {
            if (!channel.isActive()) {
                return;
            }
            if (isAccepted && channel instanceof DuplexChannel both) {
                both.shutdownOutput();
                loop.netty.schedule(() -> channel.close(), LINGER_MS, TimeUnit.MILLISECONDS);
            } else {
                // Past the TLS link, which would write a farewell too.
                channel.unsafe().close(channel.voidPromise());
            }
        });
    }

    private void outOfMemory(OutOfMemoryError refused) {
        loop.shortOfMemory(refused);
        fail(new IoFailure(Kind.EXHAUSTED, "no memory is left for this connection"));
    }

    private void broken(Throwable defect) {
        if (defect instanceof OutOfMemoryError refused) {
            outOfMemory(refused);
            return;
        }
        LOG.error("{}: the engine of {} threw; its connection ends", loop, remote, defect);
        fail(new IoFailure(Kind.ERROR, "a defect of this server: " + Failures.reason(defect)));
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (Throwable defect) {
            broken(defect);
        }
    }

    /// The one way out. The engine hears it in a turn of its own, after whatever call is open.
    private void over(IoFailure why) {
        if (isOver) {
            return;
        }
        isOver = true;
        dropHeld();
        dropText();
        loop.soon(() -> {
            try {
                engine.failed(why);
            } catch (Throwable defect) {
                LOG.error("{}: the engine of {} threw at its end", loop, remote, defect);
            }
        });
    }

    private static IoFailure closedHere() {
        return new IoFailure(Kind.CLOSED_HERE, "closed by this side");
    }

    private void dropHeld() {
        for (ByteBuf bytes = held.poll(); bytes != null; bytes = held.poll()) {
            bytes.release();
        }
    }

    private void dropText() {
        lentOut = null;
        ByteBuf gathering = text;
        if (gathering != null) {
            text = null;
            gathering.release();
        }
    }

    @Override
    public SocketAddress remote() {
        return remote;
    }

    @Override
    public SocketAddress local() {
        return local;
    }

    @Override
    public Loop loop() {
        return loop;
    }
}
