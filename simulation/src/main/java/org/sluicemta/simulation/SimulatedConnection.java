package org.sluicemta.simulation;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;

/// One side of a connection.
///
/// What the engine queues waits in `out`. [#flush] lets the system take it, up to a window of what the other side's
/// engine has not read yet; what is taken travels as pieces, in order, each with a delay, and waits in `in` until it is
/// delivered in turns, in portions that the seed chooses. The window opens again as the other side reads: that is
/// back-pressure.
///
/// TLS is a gate: what was queued before [#startTls] passes it in clear; then hellos and a finish cross as pieces of
/// their own, and what was queued behind the gate follows when this side is secured. A hello that reaches a side which
/// asked for no handshake is bytes, as it would be in life; clear bytes that reach a side in handshake end it.
final class SimulatedConnection implements Connection {
    private static final long HIGH_WATER_BYTES = 64 * 1024;
    private static final long LOW_WATER_BYTES = 32 * 1024;
    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);
    private static final int MOST_OUT_BYTES = 64 * 1024;
    private static final int PIECE_BYTES = 16 * 1024;
    private static final long MANY_BYTES = 256 * 1024;
    private static final long[] WINDOWS = {8 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024};

    /// What a hello looks like to somebody who did not expect one: the head of a TLS record.
    private static final byte[] HELLO_BYTES = {0x16, 0x03, 0x01, 0x00, 0x02, 0x01, 0x00};

    private enum Tls {
        CLEAR,
        HANDSHAKE,
        SECURED
    }

    /// What travels.
    private sealed interface Piece {
        /// @param isSecret whether it was sent in TLS
        @SuppressWarnings("ArrayRecordComponent") // never compared, and handed on whole
        record Data(byte[] bytes, boolean isSecret) implements Piece {}

        record ClientHello(TlsPlan.Client plan) implements Piece {}

        record ServerHello(TlsPlan.Server plan, String protocol) implements Piece {}

        /// @param isResumed whether the client's session is taken up: it is the client that finds out
        record Finished(boolean isResumed) implements Piece {}

        record Alert(String text) implements Piece {}

        record End() implements Piece {}

        record Reset() implements Piece {}
    }

    /// What waits to be taken: bytes of our own, or a part of a slice.
    private static final class Queued {
        private final byte[] bytes;
        private final @Nullable Slice slice;
        private int from;
        private int length;

        Queued(byte[] bytes) {
            this.bytes = bytes;
            this.slice = null;
            this.length = bytes.length;
        }

        Queued(Slice slice, int from, int length) {
            this.bytes = new byte[0];
            this.slice = slice;
            this.from = from;
            this.length = length;
        }

        byte[] take(int count) {
            byte[] taken = new byte[count];
            if (slice == null) {
                System.arraycopy(bytes, from, taken, 0, count);
            } else {
                slice.get(from, ByteBuffer.wrap(taken));
            }
            from += count;
            length -= count;
            if (length == 0) {
                release();
            }
            return taken;
        }

        void release() {
            if (slice != null) {
                slice.release();
            }
        }
    }

    private final SimulatedWorld world;
    private final SimulatedUniverse universe;
    private final SimulatedHost there;
    private final SocketAddress local;
    private final SocketAddress remote;
    private final Seed seed;
    private final long windowBytes;
    private final int portionStyle;
    private @Nullable SimulatedConnection other;
    private @Nullable SimulatedLoop loop;
    private @Nullable Engine engine;

    // Sending.
    private final Deque<Queued> out = new ArrayDeque<>();
    private ByteBuffer outMemory = NOTHING;
    private @Nullable ByteBuffer lentOut;
    private long outBytes;
    private long flushedBytes;
    private long inFlightBytes;
    private long sentBytes;
    private boolean isOverHighWater;
    private boolean isClosing;
    private Link.@Nullable Fate fate;
    private boolean isBroken;
    private long lastArrivalAt;
    private final Deque<Piece> waitingForLink = new ArrayDeque<>();

    // Receiving.
    private final Deque<Piece> in = new ArrayDeque<>();
    private int inOffset;
    private long receivedBytes;
    private boolean isReading = true;
    private boolean isReadSet;
    private boolean hasEnd;
    private boolean isEndTold;
    private boolean isOpened;

    // TLS.
    private Tls tls = Tls.CLEAR;
    private @Nullable TlsPlan plan;
    private boolean isClearOut;
    private long clearBytesBeforeGate;
    private int droppedBytes;
    private boolean isStalled;
    private boolean isSecuredTold;
    private Piece.@Nullable ClientHello clientHello;
    /// What came before a handshake was asked for: with immediate TLS it is the handshake's beginning.
    private Piece.@Nullable ClientHello earlyHello;
    private String protocol = "";
    private SimulatedUniverse.@Nullable Event tlsTimeout;

    private boolean isOver;
    private IoFailure end = new IoFailure(IoFailure.Kind.CLOSED_THERE, "closed before it was served");

    SimulatedConnection(
            SimulatedWorld world, SimulatedHost there, SocketAddress local, SocketAddress remote, Seed seed) {
        this.world = world;
        this.universe = world.universe();
        this.there = there;
        this.local = local;
        this.remote = remote;
        this.seed = seed;
        this.windowBytes = WINDOWS[seed.nextInt(WINDOWS.length)];
        this.portionStyle = seed.nextInt(8);
        this.fate = link().drawFate(seed);
    }

    void join(SimulatedConnection peer) {
        this.other = peer;
        peer.other = this;
    }

    /// What this side's bytes travel on; asked each time, because a test may make a link in the middle.
    private Link link() {
        return universe.wires().between(world.host(), there);
    }

    private SimulatedConnection peer() {
        SimulatedConnection peer = other;
        if (peer == null) {
            throw new SimulationException("a connection with one side");
        }
        return peer;
    }

    /// Gives this side its engine; what arrived before waits for it.
    void sit(SimulatedLoop seat, Engine served) {
        if (isOver) {
            // It ended before anybody sat here: that is all there is to tell.
            IoFailure why = end;
            seat.soon(TraceKind.WIRE, () -> served.failed(why));
            return;
        }
        loop = seat;
        engine = served;
        turn(TraceKind.WIRE, () -> {
            served.opened(this);
            isOpened = true;
            readSoon();
        });
    }

    /// The dealer wants nobody to sit here.
    void refuseSeat() {
        if (!isOver) {
            travel(new Piece.End());
            over();
        }
    }

    /// The attempt to connect was given up before it succeeded.
    void dropHere() {
        if (!isOver) {
            travel(new Piece.Reset());
            over();
        }
    }

    void processEnded() {
        if (!isOver) {
            over();
            travel(new Piece.Reset());
        }
    }

    /// Runs `call` as a turn of the loop, unless the connection is over by then.
    private void turn(TraceKind kind, Runnable call) {
        SimulatedLoop seat = loop;
        if (seat == null) {
            return;
        }
        seat.soon(kind, () -> {
            if (!isOver) {
                guarded(call);
            }
        });
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException defect) {
            universe.defect(defect);
            travel(new Piece.Reset());
            fail(IoFailure.Kind.ERROR, "the engine threw " + defect);
        }
    }

    private void requireCurrent() {
        SimulatedLoop seat = loop;
        if (seat == null) {
            throw new SimulationException("a connection without a seat was called");
        }
        seat.requireCurrent("a connection");
    }

    /// The last call of the engine.
    private void fail(IoFailure.Kind kind, String text) {
        if (isOver) {
            return;
        }
        IoFailure why = new IoFailure(kind, text);
        end = why;
        over();
        SimulatedLoop seat = loop;
        Engine told = engine;
        if (seat != null && told != null) {
            seat.soon(TraceKind.WIRE, () -> told.failed(why));
        }
    }

    private void over() {
        isOver = true;
        out.forEach(Queued::release);
        out.clear();
        outBytes = 0;
        flushedBytes = 0;
        in.clear();
        forgetTlsTimeout();
        world.ownNetwork().ended(this);
    }

    // Sending.

    @Override
    public ByteBuffer out(int atLeast) {
        requireCurrent();
        if (atLeast < 0 || atLeast > MOST_OUT_BYTES) {
            throw new IllegalArgumentException(atLeast + " bytes; ask for up to " + MOST_OUT_BYTES);
        }
        takeLentOut();
        if (outMemory.capacity() < atLeast) {
            outMemory = ByteBuffer.allocateDirect(Math.max(atLeast, 512));
        }
        ByteBuffer lent = outMemory.slice(0, outMemory.capacity());
        lentOut = lent;
        return lent;
    }

    private void takeLentOut() {
        ByteBuffer lent = lentOut;
        lentOut = null;
        if (lent == null || isOver || isClosing || lent.position() == 0) {
            return;
        }
        byte[] bytes = new byte[lent.flip().remaining()];
        lent.get(bytes);
        // A buffer used after the next call on its connection must not work by luck.
        lent.clear().limit(0);
        out.add(new Queued(bytes));
        outBytes += bytes.length;
    }

    @Override
    public void send(Slice content, int from, int length) {
        requireCurrent();
        takeLentOut();
        if (from < 0 || length < 0 || from > content.length() - length) {
            throw new IndexOutOfBoundsException(length + " bytes from " + from + " of " + content.length());
        }
        if (isOver || isClosing || length == 0) {
            return;
        }
        out.add(new Queued(content.retain(), from, length));
        outBytes += length;
    }

    @Override
    public void flush() {
        requireCurrent();
        takeLentOut();
        flushedBytes = outBytes;
        pump();
    }

    @Override
    public long unsentBytes() {
        requireCurrent();
        takeLentOut();
        return outBytes;
    }

    /// Lets the system take what was flushed, as far as the window and TLS allow.
    private void pump() {
        while (!isOver && mayTake()) {
            Queued first = out.element();
            long room = Math.min(flushedBytes, windowBytes - inFlightBytes);
            if (tls == Tls.HANDSHAKE) {
                room = Math.min(room, clearBytesBeforeGate);
            }
            int count = (int) Math.min(Math.min(first.length, PIECE_BYTES), room);
            byte[] bytes = first.take(count);
            if (first.length == 0) {
                out.remove();
            }
            outBytes -= count;
            flushedBytes -= count;
            inFlightBytes += count;
            if (tls == Tls.HANDSHAKE) {
                clearBytesBeforeGate -= count;
            }
            universe.trace(ByteBuffer.wrap(bytes));
            travelData(tls == Tls.SECURED ? bytes : link().withInjection(bytes), count);
        }
        if (isOver) {
            return;
        }
        if (tls == Tls.HANDSHAKE && clearBytesBeforeGate == 0 && !isClearOut) {
            isClearOut = true;
            beginHandshake();
        }
        if (outBytes >= HIGH_WATER_BYTES) {
            isOverHighWater = true;
        } else if (outBytes < LOW_WATER_BYTES && isOverHighWater) {
            isOverHighWater = false;
            if (!isClosing) {
                Engine told = engine;
                turn(TraceKind.WIRE, () -> {
                    if (told != null && !isClosing) {
                        told.writable();
                    }
                });
            }
        }
        if (isClosing && outBytes == 0) {
            finishClosing();
        }
    }

    private boolean mayTake() {
        return flushedBytes > 0 && inFlightBytes < windowBytes && (tls != Tls.HANDSHAKE || clearBytesBeforeGate > 0);
    }

    /// @param charged how many of the bytes count for the window; injected ones do not
    private void travelData(byte[] bytes, int charged) {
        Link.Fate drawn = fate;
        if (isBroken) {
            return;
        }
        if (drawn == null || sentBytes + bytes.length < drawn.afterBytes()) {
            sentBytes += bytes.length;
            travel(new Piece.Data(bytes, tls == Tls.SECURED));
            if (bytes.length > charged) {
                // What an attacker put in was not ours to account for.
                inFlightBytes += bytes.length - charged;
            }
            return;
        }
        byte[] arriving = Arrays.copyOf(bytes, (int) (drawn.afterBytes() - sentBytes));
        sentBytes += arriving.length;
        if (arriving.length > 0) {
            travel(new Piece.Data(arriving, tls == Tls.SECURED));
        }
        isBroken = true;
        link().marks(drawn.how());
        switch (drawn.how()) {
            case SILENCE -> {}
            case HALF_CLOSE -> deliverLater(new Piece.End());
            case RESET -> {
                deliverLater(new Piece.Reset());
                universe.schedule(
                        link().delayNanos(seed), null, null, TraceKind.WIRE, () -> wireReset("reset on the way"));
            }
        }
    }

    private void travel(Piece piece) {
        if (!isBroken) {
            deliverLater(piece);
        }
    }

    /// Pieces arrive in the order they were sent, each after its own delay or right behind the one before.
    private void deliverLater(Piece piece) {
        long at = Math.max(lastArrivalAt, universe.nanos() + link().delayNanos(seed));
        lastArrivalAt = at + 1;
        universe.schedule(at - universe.nanos(), null, null, TraceKind.WIRE, () -> arrive(piece));
    }

    private void arrive(Piece piece) {
        if (link().isDown()) {
            universe.faultPoints().mark("network: link down");
        }
        if (link().isDown() || !waitingForLink.isEmpty()) {
            // The sender's system repeats it until it comes through; what follows waits behind it.
            waitForLink(piece);
            return;
        }
        peer().arrived(piece);
    }

    private void waitForLink(Piece piece) {
        waitingForLink.add(piece);
        if (waitingForLink.size() == 1) {
            universe.schedule(200_000_000, null, null, TraceKind.WIRE, this::retryLink);
        }
    }

    private void retryLink() {
        if (link().isDown()) {
            universe.schedule(200_000_000, null, null, TraceKind.WIRE, this::retryLink);
            return;
        }
        while (!waitingForLink.isEmpty()) {
            peer().arrived(waitingForLink.remove());
        }
    }

    /// The other side's engine has read so much: the window opens.
    private void acknowledged(int bytes) {
        universe.schedule(link().delayNanos(seed), null, null, TraceKind.WIRE, () -> {
            inFlightBytes -= bytes;
            if (!isOver) {
                pump();
            }
        });
    }

    // Receiving.

    private void arrived(Piece piece) {
        if (!world.isAlive() && !isOver) {
            over();
        }
        if (isOver) {
            // A system that has no such connection any more answers data with a reset.
            if (piece instanceof Piece.Data) {
                deliverLater(new Piece.Reset());
            }
            return;
        }
        switch (piece) {
            case Piece.Data data -> arrivedData(data);
            case Piece.ClientHello hello -> arrivedHello(hello);
            case Piece.ServerHello hello -> arrivedHello(hello);
            case Piece.Finished finished -> securedByFinish(finished);
            case Piece.Alert alert -> fail(IoFailure.Kind.TLS, alert.text());
            case Piece.End end -> {
                if (tls == Tls.HANDSHAKE) {
                    endHandshake("the remote closed the connection in the handshake");
                } else {
                    hasEnd = true;
                    readSoon();
                }
            }
            case Piece.Reset reset -> wireReset("reset by the remote");
        }
    }

    private void arrivedData(Piece.Data data) {
        if (tls == Tls.HANDSHAKE && !data.isSecret()) {
            endHandshake("the remote sent something else than a handshake");
            return;
        }
        in.add(data);
        readSoon();
    }

    private void arrivedHello(Piece hello) {
        if (tls == Tls.HANDSHAKE) {
            handshake(hello);
        } else {
            if (hello instanceof Piece.ClientHello first) {
                earlyHello = first;
            }
            in.add(new Piece.Data(HELLO_BYTES, false));
            readSoon();
        }
    }

    private void wireReset(String text) {
        if (tls == Tls.HANDSHAKE) {
            endHandshake("the connection was reset in the handshake");
        } else {
            fail(IoFailure.Kind.CLOSED_THERE, text);
        }
    }

    @Override
    public void reading(boolean on) {
        requireCurrent();
        takeLentOut();
        isReading = on;
        readSoon();
    }

    private void readSoon() {
        if (isOver || isClosing || !isReading || isReadSet || !isOpened || !mayRead()) {
            return;
        }
        if (!in.isEmpty() || (hasEnd && !isEndTold)) {
            isReadSet = true;
            turn(TraceKind.BYTES, this::read);
        }
    }

    /// Nothing is read in a handshake, nor before the engine heard that it is over.
    private boolean mayRead() {
        return tls == Tls.CLEAR || isSecuredTold;
    }

    private void read() {
        isReadSet = false;
        Engine told = engine;
        if (told == null || !isReading || isClosing || !mayRead()) {
            return;
        }
        if (!in.isEmpty()) {
            byte[] portion = portion();
            peer().acknowledged(portion.length);
            world.ownNetwork().lend(portion, 0, portion.length, lent -> {
                told.bytes(lent);
                if (tls == Tls.HANDSHAKE && !isImmediate()) {
                    droppedBytes += lent.remaining();
                }
            });
        } else if (hasEnd && !isEndTold) {
            isEndTold = true;
            told.ended();
        }
        readSoon();
    }

    /// Takes from what arrived as much as the seed says, up to 64 KiB.
    private byte[] portion() {
        int available = 0;
        for (Piece piece : in) {
            available += piece instanceof Piece.Data data ? data.bytes().length : 0;
            if (available >= SimulatedNetwork.MOST_LENT_BYTES + inOffset) {
                break;
            }
        }
        available = Math.min(available - inOffset, SimulatedNetwork.MOST_LENT_BYTES);
        byte[] portion = new byte[portionBytes(available)];
        receivedBytes += portion.length;
        int filled = 0;
        while (filled < portion.length && in.element() instanceof Piece.Data first) {
            int count = Math.min(portion.length - filled, first.bytes().length - inOffset);
            System.arraycopy(first.bytes(), inOffset, portion, filled, count);
            filled += count;
            inOffset += count;
            if (inOffset == first.bytes().length) {
                in.remove();
                inOffset = 0;
            }
        }
        return portion;
    }

    /// Every split of the bytes must do: some connections come whole, some in random portions, some byte by byte as
    /// long as there are few. A connection that has carried much is not split finely any more: it would only cost
    /// time.
    private int portionBytes(int available) {
        if (available == 1 || (available >= 4_096 && receivedBytes > MANY_BYTES)) {
            return available;
        }
        return switch (portionStyle) {
            case 0 -> available <= 256 ? 1 : 1 + seed.nextInt(available);
            case 1 -> 1 + seed.nextInt(Math.min(available, 16 + available / 4));
            case 2, 3 -> 1 + seed.nextInt(available);
            default -> seed.nextInt(8) == 0 ? 1 + seed.nextInt(available) : available;
        };
    }

    // Ends.

    @Override
    public void close() {
        requireCurrent();
        takeLentOut();
        if (isOver || isClosing) {
            return;
        }
        isClosing = true;
        if (tls == Tls.HANDSHAKE) {
            finishClosing();
            return;
        }
        flushedBytes = outBytes;
        pump();
    }

    private void finishClosing() {
        travel(new Piece.End());
        if (!in.isEmpty()) {
            // Bytes that nobody read: a system says so with a reset.
            universe.faultPoints().mark("network: closed with unread bytes");
            travel(new Piece.Reset());
        }
        fail(IoFailure.Kind.CLOSED_HERE, "closed");
    }

    @Override
    public void abort() {
        requireCurrent();
        if (!isOver) {
            travel(new Piece.Reset());
            fail(IoFailure.Kind.CLOSED_HERE, "aborted");
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
        SimulatedLoop seat = loop;
        if (seat == null) {
            throw new SimulationException("a connection without a seat was called");
        }
        return seat;
    }

    // TLS.

    @Override
    public void startTls(TlsPlan wanted) {
        requireCurrent();
        takeLentOut();
        if (isOver || isClosing) {
            return;
        }
        if (tls != Tls.CLEAR) {
            throw new IllegalStateException("a handshake was asked for before");
        }
        if (wanted.timeoutNanos() <= 0) {
            throw new IllegalArgumentException("time-out " + wanted.timeoutNanos() + " ns; write over 0");
        }
        tls = Tls.HANDSHAKE;
        plan = wanted;
        flushedBytes = outBytes;
        clearBytesBeforeGate = outBytes;
        dropWhatCame();
        if (isImmediate()) {
            droppedBytes = 0;
            clientHello = earlyHello;
        }
        tlsTimeout = universe.schedule(
                wanted.timeoutNanos(), world, null, TraceKind.WIRE, () -> endHandshake("the handshake timed out"));
        pump();
    }

    private boolean isImmediate() {
        return plan instanceof TlsPlan.Server server && server.isImmediate();
    }

    private void dropWhatCame() {
        int dropped = 0;
        for (Piece piece : in) {
            dropped += piece instanceof Piece.Data data ? data.bytes().length : 0;
        }
        dropped -= inOffset;
        in.clear();
        inOffset = 0;
        droppedBytes = dropped;
        if (dropped > 0) {
            peer().acknowledged(dropped);
        }
        if (hasEnd) {
            SimulatedLoop seat = loop;
            if (seat != null) {
                seat.soon(TraceKind.WIRE, () -> endHandshake("the remote closed the connection before the handshake"));
            }
        }
    }

    /// The clear text has gone out; the client speaks first.
    private void beginHandshake() {
        if (plan instanceof TlsPlan.Client client) {
            if (link().stallsTlsNow(seed)) {
                isStalled = true;
            } else if (link().failsTlsNow(seed)) {
                universe.schedule(
                        2 * link().delayNanos(seed),
                        world,
                        null,
                        TraceKind.WIRE,
                        () -> endHandshake("the remote refused the handshake"));
            } else {
                travel(new Piece.ClientHello(client));
            }
        } else if (clientHello != null) {
            handshake(clientHello);
        }
    }

    private void handshake(Piece hello) {
        switch (hello) {
            case Piece.ClientHello first
            when plan instanceof TlsPlan.Server server -> {
                clientHello = first;
                if (isClearOut) {
                    afterWork(() -> answerHello(first, server));
                }
            }
            case Piece.ServerHello answer
            when plan instanceof TlsPlan.Client client -> afterWork(() -> verify(answer, client));
            case Piece.ClientHello c -> alert("both sides took themselves for the client");
            case Piece.ServerHello s -> alert("both sides took themselves for the server");
            case Piece.Data d -> alert("unexpected data");
            case Piece.Finished f -> alert("unexpected finish");
            case Piece.Alert a -> endHandshake(a.text());
            case Piece.End e -> endHandshake("unexpected end");
            case Piece.Reset r -> endHandshake("unexpected reset");
        }
    }

    /// The arithmetic of a handshake takes between 0.1 and 3 ms.
    private void afterWork(Runnable step) {
        universe.schedule(seed.between(100_000, 3_000_000), world, null, TraceKind.WORK, () -> {
            if (!isOver && tls == Tls.HANDSHAKE && !isStalled) {
                step.run();
            }
        });
    }

    private void answerHello(Piece.ClientHello hello, TlsPlan.Server server) {
        SimulatedTls.agreed(server.protocols(), hello.plan().protocols())
                .ifPresentOrElse(
                        chosen -> {
                            protocol = chosen;
                            travel(new Piece.ServerHello(server, chosen));
                        },
                        () -> alert("no protocol in common"));
    }

    private void verify(Piece.ServerHello hello, TlsPlan.Client client) {
        TlsIdentity identity = hello.plan().identity();
        if (client.verify() && !SimulatedTls.isTrusted(identity, client.serverName())) {
            alert("the certificate does not hold for " + client.serverName());
            return;
        }
        protocol = hello.protocol();
        boolean isResumed = world.ownNetwork().takesUp(client.ticketKey(), identity);
        travel(new Piece.Finished(isResumed));
        secure(isResumed);
    }

    private void securedByFinish(Piece.Finished finished) {
        if (tls == Tls.HANDSHAKE) {
            secure(finished.isResumed());
        }
    }

    private void secure(boolean isResumed) {
        forgetTlsTimeout();
        tls = Tls.SECURED;
        Engine told = engine;
        var facts = new TlsFacts(protocol, SimulatedTls.cipher(protocol), isResumed, droppedBytes);
        if (droppedBytes > 0) {
            universe.faultPoints().mark("tls: clear bytes dropped");
        }
        turn(TraceKind.WIRE, () -> {
            if (told != null && !isClosing) {
                told.secured(facts);
            }
            isSecuredTold = true;
            readSoon();
        });
        pump();
    }

    private void alert(String text) {
        travel(new Piece.Alert(text));
        endHandshake(text);
    }

    private void endHandshake(String text) {
        if (!isOver) {
            travel(new Piece.Reset());
            fail(IoFailure.Kind.TLS, text);
        }
    }

    private void forgetTlsTimeout() {
        if (tlsTimeout != null) {
            tlsTimeout.isCancelled = true;
            tlsTimeout = null;
        }
    }
}
