package org.sluicemta.queue;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Answer;

/// One opening, from the permit to its end. Owner: the queue's shard.
final class Session implements Dispatcher.Opening {
    final WaitingQueue queue;
    final Answer.Opened opened;
    final long openedNanos;

    @Nullable
    Carrier carrier;

    /// The source address that it counts for, where addresses are limited or disabled.
    Sources.@Nullable Source source;

    /// Addresses that it could have left from, were they not disabled or at their limits.
    private List<Sources.Source> heldBack = List.of();

    /// Whether it has left from any address.
    boolean hasLeft;

    /// Whether it has chosen where to connect from, and that address; null for the system's choice.
    boolean hasAddress;

    @Nullable
    InetAddress address;

    /// Whether a turn at the rates has not been used yet.
    boolean hasTurn = true;

    /// It asked and was not answered yet.
    boolean isAsking;

    /// It was told that it may idle: its asking stands.
    boolean isIdle;

    boolean isRetired;
    boolean isLeaving;
    boolean isEnded;

    /// Consignments that it has now, one that is still being read included.
    int carrying;

    /// Consignments handed to it so far.
    int carried;

    /// Who follows it, or null; and whether it was opened to be followed.
    @Nullable
    Trace trace;

    boolean isTrial;

    /// Whether any recipient got an answer through it.
    boolean hasSettled;

    Session(WaitingQueue queue, Answer.Opened opened, long openedNanos) {
        this.queue = queue;
        this.opened = opened;
        this.openedNanos = openedNanos;
    }

    @Override
    public QueueKey queue() {
        return queue.key;
    }

    @Override
    public @Nullable Trace trace() {
        return trace;
    }

    void heldBackFrom(Sources.@Nullable Source address) {
        if (address != null && !heldBack.contains(address)) {
            var more = new ArrayList<>(heldBack);
            more.add(address);
            heldBack = List.copyOf(more);
        }
    }

    List<Sources.Source> heldBack() {
        return heldBack;
    }

    boolean isConnected() {
        return carrier != null;
    }

    boolean takesMail() {
        return (isAsking || isIdle) && !isRetired && !isLeaving;
    }
}
