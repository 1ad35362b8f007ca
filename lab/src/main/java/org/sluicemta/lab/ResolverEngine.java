package org.sluicemta.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// A small name server for tests, simulations and the demonstration: answers from a [ZoneTable] as a resolver would,
/// by datagram and by connection, on any World. Owner: its loop.
public final class ResolverEngine {
    private static final int MAX_CONNECTIONS = 100;
    private static final int MAX_DELAYED = 100_000;
    private static final int MAX_COUNTED = 100_000;
    private static final int PLAIN_OCTETS = 512;
    private static final int MAX_TCP_OCTETS = 65_535;
    private static final int BACKLOG = 64;
    /// A port that is free for datagrams may be taken for connections: then another is tried.
    private static final int PORTS_TRIED = 20;

    private final Loop loop;
    private final Network.Datagrams datagrams;
    private final Network.Listener listener;
    private final Alarm alarm;
    private final PriorityQueue<Delayed> delayed =
            new PriorityQueue<>(Comparator.comparingLong(Delayed::nanos).thenComparingLong(Delayed::serial));
    private final Map<String, Integer> counts = new HashMap<>();
    private ZoneTable zones;
    private long asked;
    private long serials;
    private int connections;
    private boolean isMute;

    private ResolverEngine(Loop loop, Network network, InetSocketAddress local, ZoneTable zones) {
        this.loop = loop;
        this.zones = zones;
        this.alarm = loop.alarm(this::ring);
        Network.@Nullable Datagrams bound = null;
        Network.@Nullable Listener listening = null;
        for (int left = PORTS_TRIED; listening == null; left--) {
            bound = network.datagrams(loop, local, this::arrived);
            try {
                listening = network.listen(loop, new ListenPlan.Tcp(bound.local(), BACKLOG), (remote, here) -> seat());
            } catch (NetworkException taken) {
                bound.close();
                if (local.getPort() != 0 || left == 1) {
                    throw taken;
                }
            }
        }
        this.datagrams = Objects.requireNonNull(bound);
        this.listener = listening;
    }

    /// Begins to serve, in a turn of `loop` or before it runs.
    ///
    /// @param local port 0 takes any that is free for datagrams and connections
    /// @throws org.sluicemta.world.NetworkException when the address cannot be bound
    public static ResolverEngine open(Loop loop, Network network, InetSocketAddress local, ZoneTable zones) {
        return new ResolverEngine(loop, network, local, zones);
    }

    /// Where it is asked: what `name-server` is set to.
    public InetSocketAddress address() {
        return datagrams.local();
    }

    /// Other zones from now on.
    public void serve(ZoneTable other) {
        zones = other;
    }

    /// Whether it ignores everything, as a dead server does.
    public void mute(boolean on) {
        isMute = on;
    }

    /// Questions that arrived, by datagram and connection, muted ones too.
    public long asked() {
        return asked;
    }

    /// Questions for one name and type, e.g. `example.com`, `MX`.
    public int asked(String name, String type) {
        return counts.getOrDefault(name + " " + type, 0);
    }

    public void close() {
        datagrams.close();
        listener.close();
        alarm.clear();
        delayed.clear();
    }

    private void arrived(InetSocketAddress from, ByteBuffer lent) {
        byte[] bytes = new byte[lent.remaining()];
        lent.get(bytes);
        Optional<Response> response = respond(bytes);
        response.ifPresent(r -> after(r.delay(), () -> {
            boolean unused = datagrams.send(from, ByteBuffer.wrap(r.datagram()));
        }));
    }

    private void after(Duration delay, Runnable task) {
        if (delay.isZero()) {
            task.run();
        } else if (delayed.size() < MAX_DELAYED) {
            delayed.add(new Delayed(loop.nanos() + delay.toNanos(), serials++, task));
            setAlarm();
        }
    }

    private void setAlarm() {
        Delayed first = delayed.peek();
        if (first != null) {
            alarm.set(first.nanos());
        }
    }

    private void ring() {
        long nanos = loop.nanos();
        for (Delayed first = delayed.peek(); first != null && first.nanos() - nanos <= 0; first = delayed.peek()) {
            delayed.remove().task().run();
        }
        setAlarm();
    }

    /// The answer to a question, or empty for silence and for what is no question.
    private Optional<Response> respond(byte[] bytes) {
        Message question;
        try {
            question = new Message(bytes);
        } catch (IOException | RuntimeException noMessage) {
            return Optional.empty(); // a test server has nobody to tell; the asker's time-out does
        }
        Record asking = question.getQuestion();
        if (question.getHeader().getFlag(Flags.QR) || asking == null) {
            return Optional.empty();
        }
        String name = ZoneTable.nameOf(asking.getName());
        count(name + " " + Type.string(asking.getType()));
        Optional<ZoneTable.Entry> entry = zones.find(name);
        ZoneFault fault = entry.map(ZoneTable.Entry::fault).orElse(ZoneFault.NXDOMAIN);
        if (isMute || fault == ZoneFault.SILENT) {
            return Optional.empty();
        }
        Duration delay = entry.map(ZoneTable.Entry::delay).orElse(Duration.ZERO);
        return Optional.of(response(question, asking, name, fault, delay));
    }

    private void count(String what) {
        asked++;
        if (counts.size() < MAX_COUNTED || counts.containsKey(what)) {
            counts.merge(what, 1, Integer::sum);
        }
    }

    private Response response(Message question, Record asking, String name, ZoneFault fault, Duration delay) {
        Message answer = new Message(question.getHeader().getID());
        Header header = answer.getHeader();
        header.setOpcode(Opcode.QUERY);
        header.setFlag(Flags.QR);
        header.setFlag(Flags.RA);
        if (question.getHeader().getFlag(Flags.RD)) {
            header.setFlag(Flags.RD);
        }
        answer.addRecord(asking, Section.QUESTION);
        OPTRecord edns = question.getOPT();
        int room = edns == null ? PLAIN_OCTETS : Math.max(PLAIN_OCTETS, edns.getPayloadSize());
        if (edns != null && fault == ZoneFault.NOEDNS) {
            header.setRcode(Rcode.FORMERR);
            return new Response(answer.toWire(), answer.toWire(), delay);
        }
        if (edns != null) {
            answer.addRecord(new OPTRecord(room, 0, 0), Section.ADDITIONAL);
        }
        switch (fault) {
            case SERVFAIL -> header.setRcode(Rcode.SERVFAIL);
            case REFUSED -> header.setRcode(Rcode.REFUSED);
            case NONE, NOEDNS, NXDOMAIN, TRUNCATED, SILENT -> fill(answer, name, asking.getType());
        }
        byte[] whole = answer.toWire(MAX_TCP_OCTETS);
        byte[] datagram = fault == ZoneFault.TRUNCATED ? cut(answer) : answer.toWire(room);
        return new Response(datagram, whole, delay);
    }

    private void fill(Message answer, String name, int type) {
        ZoneTable.Chain chain = zones.chain(name, type);
        chain.records().forEach(r -> answer.addRecord(r, Section.ANSWER));
        if (!chain.exists()) {
            answer.getHeader().setRcode(Rcode.NXDOMAIN);
        }
        boolean denies = chain.records().stream().noneMatch(r -> r.getType() == type);
        int ttl = zones.negativeTtlSeconds();
        if (denies && ttl > 0) {
            answer.addRecord(
                    new SOARecord(Name.root, DClass.IN, ttl, Name.root, Name.root, 1, 3600, 600, 86_400, ttl),
                    Section.AUTHORITY);
        }
    }

    private static byte[] cut(Message answer) {
        Message empty = answer.clone();
        empty.removeAllRecords(Section.ANSWER);
        empty.removeAllRecords(Section.AUTHORITY);
        empty.getHeader().setFlag(Flags.TC);
        return empty.toWire();
    }

    private Network.@Nullable Seat seat() {
        return connections >= MAX_CONNECTIONS ? null : new Network.Seat(loop, new TcpAsker());
    }

    private record Response(byte[] datagram, byte[] whole, Duration delay) {}

    private record Delayed(long nanos, long serial, Runnable task) {}

    /// One who asks over a connection, as often as they like. Source: RFC 7766.
    private final class TcpAsker implements Engine {
        private final ByteBuffer gathered = ByteBuffer.allocate(MAX_TCP_OCTETS + 2);
        private @Nullable Connection connection;

        @Override
        public void opened(Connection opened) {
            connections++;
            connection = opened;
        }

        @Override
        public void bytes(ByteBuffer lent) {
            while (lent.hasRemaining()) {
                gathered.put(lent.get());
                int length = gathered.position() < 2 ? Integer.MAX_VALUE : gathered.getShort(0) & 0xffff;
                if (gathered.position() - 2 == length) {
                    byte[] bytes = new byte[length];
                    gathered.flip().position(2).get(bytes);
                    gathered.clear();
                    respond(bytes).ifPresent(r -> after(r.delay(), () -> write(r.whole())));
                }
            }
        }

        private void write(byte[] message) {
            Connection open = connection;
            if (open == null) {
                return;
            }
            open.out(2).putShort((short) message.length);
            // Larger than the buffer that may be asked for at once: in pieces.
            for (int at = 0; at < message.length; at += 16_384) {
                int count = Math.min(16_384, message.length - at);
                open.out(count).put(message, at, count);
            }
            open.flush();
        }

        @Override
        public void ended() {
            Connection open = connection;
            if (open != null) {
                open.close();
            }
        }

        @Override
        public void failed(IoFailure why) {
            if (connection != null) {
                connections--;
                connection = null;
            }
        }
    }
}
