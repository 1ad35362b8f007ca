package org.sluicemta.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;

/// The datagram sockets of a resolver: several, each on a port of the system's random choice and replaced after a
/// while, and in each a random id, so that an answer cannot be forged by guessing. Source: RFC 5452 section 9.2.
/// Owner: the resolver.
final class UdpSockets {
    private static final int SOCKETS_PER_FAMILY = 8;
    private static final int MOST_QUESTIONS_OF_A_PORT = 1_000;
    private static final int IDS = 65_536;
    private static final InetAddress ANY_V4 = InetAddress.ofLiteral("0.0.0.0");
    private static final InetAddress ANY_V6 = InetAddress.ofLiteral("::");

    private final Loop loop;
    private final Network network;
    private final Entropy entropy;
    private final Arrival arrival;
    private final List<Socket> v4 = new ArrayList<>();
    private final List<Socket> v6 = new ArrayList<>();

    UdpSockets(Loop loop, Network network, Entropy entropy, Arrival arrival) {
        this.loop = loop;
        this.network = network;
        this.entropy = entropy;
        this.arrival = arrival;
    }

    /// Hears a datagram that came from the server that was asked, to the socket and under the id of `question`.
    @FunctionalInterface
    interface Arrival {
        void arrived(Pending question, byte[] bytes);
    }

    /// A place for a question: a socket and an id of its own.
    ///
    /// @throws NetworkException when no socket can be had
    Pending place(Lookup lookup, NameServer server) {
        List<Socket> sockets = server.address().getAddress() instanceof java.net.Inet4Address ? v4 : v6;
        int seat = entropy.nextInt(SOCKETS_PER_FAMILY);
        if (seat >= sockets.size()) {
            sockets.add(new Socket(sockets == v4 ? ANY_V4 : ANY_V6));
            seat = sockets.size() - 1;
        } else if (sockets.get(seat).asked >= MOST_QUESTIONS_OF_A_PORT) {
            var fresh = new Socket(sockets == v4 ? ANY_V4 : ANY_V6);
            Socket worn = sockets.set(seat, fresh);
            worn.retire();
        }
        return sockets.get(seat).place(lookup, server);
    }

    void close() {
        v4.forEach(Socket::closeNow);
        v6.forEach(Socket::closeNow);
        v4.clear();
        v6.clear();
    }

    /// One question under way.
    static final class Pending {
        final Lookup lookup;
        final NameServer server;
        final int id;
        final Socket socket;
        String sentName = "";
        boolean hasEdns;

        private Pending(Lookup lookup, NameServer server, int id, Socket socket) {
            this.lookup = lookup;
            this.server = server;
            this.id = id;
            this.socket = socket;
        }

        boolean send(byte[] bytes) {
            return socket.datagrams.send(server.address(), ByteBuffer.wrap(bytes));
        }

        /// No answer is expected any more.
        void drop() {
            socket.drop(this);
        }
    }

    final class Socket {
        private final Map<Integer, Pending> pending = new HashMap<>();
        private final Network.Datagrams datagrams;
        private int asked;
        private boolean isRetired;

        private Socket(InetAddress local) {
            datagrams = network.datagrams(loop, new InetSocketAddress(local, 0), this::arrived);
        }

        private Pending place(Lookup lookup, NameServer server) {
            // At most 10 tries of 10,000 names over 8 sockets are outstanding: a free id is found soon.
            int id = entropy.nextInt(IDS);
            while (pending.containsKey(id)) {
                id = (id + 1) % IDS;
            }
            var place = new Pending(lookup, server, id, this);
            pending.put(id, place);
            asked++;
            return place;
        }

        private void arrived(InetSocketAddress from, ByteBuffer lent) {
            Pending question = question(from, lent);
            if (question != null && lent.remaining() <= Resolver.MAX_DATAGRAM_OCTETS) {
                byte[] bytes = new byte[lent.remaining()];
                lent.get(bytes);
                arrival.arrived(question, bytes);
            }
        }

        /// Whatever is not from the server asked, under an id that waits, is somebody else's.
        private @Nullable Pending question(InetSocketAddress from, ByteBuffer lent) {
            if (lent.remaining() < 2) {
                return null;
            }
            int at = lent.position();
            int id = (lent.get(at) & 0xff) << 8 | (lent.get(at + 1) & 0xff);
            Pending question = pending.get(id);
            return question != null && question.server.address().equals(from) ? question : null;
        }

        private void drop(Pending question) {
            pending.remove(question.id, question);
            if (isRetired && pending.isEmpty()) {
                datagrams.close();
            }
        }

        /// Answers to what it asked may still come.
        private void retire() {
            isRetired = true;
            if (pending.isEmpty()) {
                datagrams.close();
            }
        }

        private void closeNow() {
            pending.clear();
            datagrams.close();
        }
    }
}
