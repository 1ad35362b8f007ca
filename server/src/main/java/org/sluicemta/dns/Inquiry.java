package org.sluicemta.dns;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;

/// DNS asked anew for one question of an operator: by a resolver of its own with an empty cache, so that nothing comes
/// from what was known and nothing is added to it; and everything said is written down.
///
/// Owner: its loop. To be closed when the answer has come.
public final class Inquiry {
    /// What is written down; a chain of look-ups with dumps of large packets is cut there.
    private static final int MOST_LINES = 5_000;

    private static final int DUMPED_A_LINE = 16;
    private static final int MAILBOX = 16;
    private static final int MOST_OUTSTANDING = 100;

    /// How it is asked.
    ///
    /// @param nameServers one or more
    /// @param onlyTcp whether datagrams are left out
    /// @param dumpsPackets whether each packet is written down byte by byte
    public record Wishes(List<InetSocketAddress> nameServers, boolean onlyTcp, boolean dumpsPackets) {
        public Wishes {
            nameServers = List.copyOf(nameServers);
        }
    }

    private final Loop loop;
    private final Resolver resolver;
    private final boolean dumpsPackets;
    private final List<String> lines = new ArrayList<>();

    /// To be made in a turn of `loop`.
    public Inquiry(Loop loop, Network network, Entropy entropy, Wishes wishes) {
        ResolverSettings usual = ResolverSettings.of(wishes.nameServers());
        var settings = new ResolverSettings(
                usual.nameServers(),
                usual.tryTimeout(),
                usual.tries(),
                usual.ednsOctets(),
                usual.mixesCase(),
                MOST_OUTSTANDING,
                MOST_OUTSTANDING,
                1_000);
        this.loop = loop;
        this.dumpsPackets = wishes.dumpsPackets();
        this.resolver = new Resolver(loop, network, entropy, settings, MAILBOX, wishes.onlyTcp(), new Ear());
    }

    /// Asks; the answer comes within the call or in a later turn.
    public void find(DnsQuestion question, Consumer<DnsFinding> found) {
        resolver.find(question, found);
    }

    /// As [#find], where mail would go.
    public void plan(PlanQuestion question, PlanSettings settings, Consumer<MxPlan> found) {
        new MxPlans(loop, resolver, settings, MAILBOX).plan(question, found);
    }

    /// What was said until now.
    public List<String> lines() {
        return List.copyOf(lines);
    }

    /// Ends; look-ups that are under way fail.
    public void close() {
        resolver.close();
    }

    private void write(String line) {
        if (lines.size() < MOST_LINES) {
            lines.add(line);
        } else if (lines.size() == MOST_LINES) {
            lines.add("... more is not shown");
        }
    }

    private final class Ear implements ResolverEar {
        @Override
        public void sent(String server, boolean isTcp, byte[] question) {
            dump("sent to", server, isTcp, question);
        }

        @Override
        public void came(String server, boolean isTcp, byte[] answer) {
            dump("came from", server, isTcp, answer);
        }

        private void dump(String what, String server, boolean isTcp, byte[] packet) {
            if (!dumpsPackets) {
                return;
            }
            write(what + " " + server + (isTcp ? " by TCP, " : ", ") + packet.length + " octets");
            ByteBuffer bytes = ByteBuffer.wrap(packet);
            for (int i = 0; i < packet.length; i += DUMPED_A_LINE) {
                write(HexLines.line(bytes, i, Math.min(DUMPED_A_LINE, packet.length - i)));
            }
        }

        @Override
        public void found(DnsFinding finding) {
            write(DnsLines.of(finding));
        }
    }
}
