package org.sluicemta.proof.world;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.TlsFacts;

/// An engine that writes down what it hears and finds breaches of the contract: calls that overlap, that come on the
/// wrong loop, or after the end. Owner: the loop it is served on; what it wrote down may be read from the test's
/// thread.
final class Scribe implements Engine {
    /// Names of the calls heard, `bytes` once for each.
    final List<String> calls = new CopyOnWriteArrayList<>();

    final List<String> breaches = new CopyOnWriteArrayList<>();
    private final Loop loop;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private boolean isInside;
    private volatile int largestCall;

    /// Whether the script alone moves the position of the lent buffer; otherwise all of it counts as taken.
    boolean leavesUnread;

    volatile @Nullable Connection connection;
    volatile @Nullable TlsFacts facts;
    volatile @Nullable IoFailure end;

    Consumer<Connection> whenOpened = c -> {};
    BiConsumer<Connection, ByteBuffer> whenBytes = (c, lent) -> {};
    Consumer<Connection> whenSecured = c -> {};
    Consumer<Connection> whenEnded = c -> {};
    Consumer<Connection> whenWritable = c -> {};

    Scribe(Loop loop) {
        this.loop = loop;
    }

    /// Closes when the remote does, as most protocols do.
    Scribe closingAtTheEnd() {
        whenEnded = Connection::close;
        return this;
    }

    /// Sends back what comes.
    Scribe echoing() {
        whenBytes = (c, lent) -> {
            c.out(lent.remaining()).put(lent.duplicate());
            c.flush();
        };
        return this;
    }

    @Override
    public void opened(Connection opened) {
        connection = opened;
        enter("opened", () -> whenOpened.accept(opened));
    }

    @Override
    public void bytes(ByteBuffer lent) {
        enter("bytes", () -> {
            int size = lent.remaining();
            largestCall = Math.max(largestCall, size);
            if (size == 0) {
                breaches.add("bytes without a byte");
            }
            int start = lent.position();
            whenBytes.accept(connection(), lent);
            if (!leavesUnread) {
                lent.position(lent.limit());
            }
            byte[] taken = new byte[lent.position() - start];
            lent.get(start, taken);
            synchronized (received) {
                received.writeBytes(taken);
            }
        });
    }

    @Override
    public void writable() {
        enter("writable", () -> whenWritable.accept(connection()));
    }

    @Override
    public void secured(TlsFacts settled) {
        facts = settled;
        enter("secured", () -> whenSecured.accept(connection()));
    }

    @Override
    public void ended() {
        enter("ended", () -> whenEnded.accept(connection()));
    }

    @Override
    public void failed(IoFailure why) {
        enter("failed", () -> {});
        end = why;
    }

    Connection connection() {
        return Objects.requireNonNull(connection, "not opened");
    }

    boolean isOpen() {
        return connection != null;
    }

    boolean hasFailed() {
        return end != null;
    }

    IoFailure.Kind kind() {
        return Objects.requireNonNull(end, "not failed").kind();
    }

    int largestCall() {
        return largestCall;
    }

    long count(String call) {
        return calls.stream().filter(call::equals).count();
    }

    byte[] bytesReceived() {
        synchronized (received) {
            return received.toByteArray();
        }
    }

    int received() {
        synchronized (received) {
            return received.size();
        }
    }

    String text() {
        return new String(bytesReceived(), StandardCharsets.ISO_8859_1);
    }

    private void enter(String call, Runnable body) {
        if (isInside) {
            breaches.add(call + " within another call");
        }
        if (!loop.isCurrent()) {
            breaches.add(call + " on another loop");
        }
        if (end != null) {
            breaches.add(call + " after the end");
        }
        if (!"opened".equals(call) && !"failed".equals(call) && connection == null) {
            breaches.add(call + " before opened");
        }
        calls.add(call);
        isInside = true;
        try {
            body.run();
        } finally {
            isInside = false;
        }
    }
}
