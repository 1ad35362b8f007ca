package org.sluicemta.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// The wire from one host to another, in one direction: how long things take on it and what goes wrong. What a
/// connection meets is drawn when it opens, once for what each side sends. Shares are probabilities from 0 to 1, all 0
/// at first. Owner: the thread that drives the universe.
public final class Link {
    /// How the bytes that one side sends come to their end.
    enum Break {
        /// Both sides see a reset.
        RESET,
        /// Further bytes never arrive; nobody is told.
        SILENCE,
        /// The receiver sees an end, though the sender means to go on.
        HALF_CLOSE
    }

    /// @param afterBytes how many bytes of that side still arrive
    record Fate(Break how, long afterBytes) {}

    private final FaultPoints faultPoints;
    private final Queue<Fate> scripted = new ArrayDeque<>();
    private long leastDelayNanos = 20_000;
    private long mostDelayNanos = 500_000;
    private double refused;
    private double lost;
    private double unreachable;
    private double reset;
    private double silent;
    private double halfClosed;
    private long breakWithinBytes = 20_000;
    private double tlsFails;
    private double tlsStalls;
    private double datagramsLost;
    private double datagramsDoubled;
    private boolean isDown;
    private byte @Nullable [] trigger;
    private byte[] injected = new byte[0];

    Link(FaultPoints faultPoints) {
        this.faultPoints = faultPoints;
    }

    /// Every piece takes between `least` and `most`; the order of a connection's bytes is kept.
    public Link delay(Duration least, Duration most) {
        if (least.isNegative() || most.compareTo(least) < 0) {
            throw new IllegalArgumentException("a delay between " + least + " and " + most);
        }
        leastDelayNanos = least.toNanos();
        mostDelayNanos = most.toNanos();
        return this;
    }

    /// So many attempts to connect are refused.
    public Link refuses(double share) {
        refused = checked(share);
        return this;
    }

    /// So many attempts to connect get no answer, and time out.
    public Link losesConnects(double share) {
        lost = checked(share);
        return this;
    }

    /// So many attempts to connect find no way.
    public Link unreachable(double share) {
        unreachable = checked(share);
        return this;
    }

    /// So many connections are reset at a byte drawn from what this side sends first, see [#breaksWithin].
    public Link resets(double share) {
        reset = checked(share);
        return this;
    }

    /// So many connections fall silent at such a byte.
    public Link fallsSilent(double share) {
        silent = checked(share);
        return this;
    }

    /// So many connections are half-closed at such a byte.
    public Link halfCloses(double share) {
        halfClosed = checked(share);
        return this;
    }

    /// Among how many first bytes the byte is drawn at which a connection breaks; 20,000 at first.
    public Link breaksWithin(long bytes) {
        breakWithinBytes = bytes;
        return this;
    }

    /// The next connection is reset when exactly so many bytes of this side have arrived. Several calls queue.
    public Link resetsNextAfter(long bytes) {
        scripted.add(new Fate(Break.RESET, bytes));
        return this;
    }

    public Link fallsSilentNextAfter(long bytes) {
        scripted.add(new Fate(Break.SILENCE, bytes));
        return this;
    }

    public Link halfClosesNextAfter(long bytes) {
        scripted.add(new Fate(Break.HALF_CLOSE, bytes));
        return this;
    }

    /// So many handshakes whose client is on this side's end are refused by the remote.
    public Link failsTls(double share) {
        tlsFails = checked(share);
        return this;
    }

    /// So many handshakes never end.
    public Link stallsTls(double share) {
        tlsStalls = checked(share);
        return this;
    }

    /// Puts `bytes` behind each piece in clear that ends with `after`, as an attacker on the wire does before a
    /// handshake.
    public Link injects(byte[] after, byte[] bytes) {
        trigger = after.clone();
        injected = bytes.clone();
        return this;
    }

    public Link losesDatagrams(double share) {
        datagramsLost = checked(share);
        return this;
    }

    public Link doublesDatagrams(double share) {
        datagramsDoubled = checked(share);
        return this;
    }

    /// While it is down, connects and datagrams are lost, and what connections send waits until it is up again.
    public Link down(boolean isDown) {
        this.isDown = isDown;
        return this;
    }

    private static double checked(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("a share of " + share + "; write 0 to 1");
        }
        return share;
    }

    boolean isDown() {
        return isDown;
    }

    long delayNanos(Seed seed) {
        return seed.between(leastDelayNanos, mostDelayNanos);
    }

    boolean refusesNow(Seed seed) {
        return happens("network: connect refused", refused, seed);
    }

    boolean losesConnectNow(Seed seed) {
        return isDown || happens("network: connect lost", lost, seed);
    }

    boolean isUnreachableNow(Seed seed) {
        return happens("network: unreachable", unreachable, seed);
    }

    boolean losesDatagramNow(Seed seed) {
        return isDown || happens("network: datagram lost", datagramsLost, seed);
    }

    boolean doublesDatagramNow(Seed seed) {
        return happens("network: datagram doubled", datagramsDoubled, seed);
    }

    boolean failsTlsNow(Seed seed) {
        return happens("tls: handshake fails", tlsFails, seed);
    }

    boolean stallsTlsNow(Seed seed) {
        return happens("tls: handshake stalls", tlsStalls, seed);
    }

    private boolean happens(String point, double share, Seed seed) {
        boolean does = share > 0 && seed.chance(share);
        if (does) {
            faultPoints.mark(point);
        }
        return does;
    }

    /// What becomes of the bytes that one side of a new connection sends.
    @Nullable
    Fate drawFate(Seed seed) {
        Fate next = scripted.poll();
        if (next != null) {
            return next;
        }
        long at = seed.between(0, breakWithinBytes);
        if (reset > 0 && seed.chance(reset)) {
            return new Fate(Break.RESET, at);
        }
        if (silent > 0 && seed.chance(silent)) {
            return new Fate(Break.SILENCE, at);
        }
        return halfClosed > 0 && seed.chance(halfClosed) ? new Fate(Break.HALF_CLOSE, at) : null;
    }

    void marks(Break how) {
        faultPoints.mark(
                switch (how) {
                    case RESET -> "network: reset at a byte";
                    case SILENCE -> "network: silence at a byte";
                    case HALF_CLOSE -> "network: half-close at a byte";
                });
    }

    /// @return the bytes with what is injected behind them
    byte[] withInjection(byte[] bytes) {
        byte[] after = trigger;
        if (after == null || bytes.length < after.length) {
            return bytes;
        }
        int start = bytes.length - after.length;
        for (int i = 0; i < after.length; i++) {
            if (bytes[start + i] != after[i]) {
                return bytes;
            }
        }
        faultPoints.mark("tls: bytes injected before the handshake");
        byte[] all = java.util.Arrays.copyOf(bytes, bytes.length + injected.length);
        System.arraycopy(injected, 0, all, bytes.length, injected.length);
        return all;
    }
}
