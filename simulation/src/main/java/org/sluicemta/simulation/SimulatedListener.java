package org.sluicemta.simulation;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Network;
import org.sluicemta.world.Network.Dealer;

/// A listener: connections wait for its dealer, up to the backlog; further ones get no answer.
final class SimulatedListener implements Network.Listener {
    private final SimulatedWorld world;
    private final SimulatedLoop home;
    private final SocketAddress local;
    private final Dealer dealer;
    private final int backlog;
    private int waiting;
    private boolean isClosed;

    SimulatedListener(SimulatedWorld world, SimulatedLoop home, SocketAddress local, int backlog, Dealer dealer) {
        this.world = world;
        this.home = home;
        this.local = local;
        this.backlog = backlog;
        this.dealer = dealer;
    }

    SimulatedWorld world() {
        return world;
    }

    /// @return false when the backlog is full
    boolean hasRoom() {
        return waiting < backlog;
    }

    /// Asks the dealer who serves this connection.
    void accept(SimulatedConnection served) {
        waiting++;
        home.soon(TraceKind.WIRE, () -> {
            waiting--;
            if (isClosed) {
                served.refuseSeat();
                return;
            }
            Network.@Nullable Seat seat = dealer.deal(served.remote(), served.local());
            if (seat == null) {
                served.refuseSeat();
            } else {
                served.sit(SimulatedLoop.of(seat.loop(), world), seat.engine());
            }
        });
    }

    @Override
    public SocketAddress local() {
        return local;
    }

    @Override
    public void close() {
        isClosed = true;
        world.universe().wires().unbind(this);
    }
}
