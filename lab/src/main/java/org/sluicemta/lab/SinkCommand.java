package org.sluicemta.lab;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.TlsPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `sluice sink`: receives mail and behaves as badly as it is told to.
@Command(
        name = "sink",
        mixinStandardHelpOptions = true,
        description = "Receives mail on loopback addresses, well or badly behaved, and counts it.")
final class SinkCommand implements Callable<Integer> {
    @Spec
    picocli.CommandLine.Model.@Nullable CommandSpec spec;

    @Option(names = "--bind", defaultValue = "127.0.0.1", description = "First address (${DEFAULT-VALUE}).")
    String bind = "127.0.0.1";

    @Option(names = "--count", defaultValue = "1", description = "How many addresses, counting up (${DEFAULT-VALUE}).")
    int count = 1;

    @Option(names = "--port", defaultValue = "2525", description = "Port on each (${DEFAULT-VALUE}).")
    int port = 2525;

    @Option(names = "--max-connections", description = "Per source address; more are answered 421.")
    int maxConnections;

    @Option(names = "--greylist", description = "Seconds that a recipient's first attempts are answered 450.")
    int greylistSeconds;

    @Option(names = "--defer", description = "Per mille of recipients answered 451 once.")
    int deferPerMille;

    @Option(names = "--reject", description = "Per mille of recipients answered 550.")
    int rejectPerMille;

    @Option(names = "--delay", description = "Milliseconds before the reply to a message.")
    int delayMs;

    @Option(names = "--close-after", description = "Closes without a word after so many messages.")
    int closeAfter;

    @Option(names = "--tls", description = "Offers STARTTLS with a certificate made now.")
    boolean offersTls;

    @Option(
            names = "--ledger",
            description = "A file that gets one line for each copy: time receiver recipient message.")
    @Nullable
    Path ledger;

    @Option(
            names = "--seconds",
            defaultValue = "0",
            description = "Ends after so long; 0 for never (${DEFAULT-VALUE}).")
    int seconds;

    @Override
    public Integer call() throws IOException, InterruptedException {
        var out = new PrintWriter(System.out, true);
        try (BufferedWriter lines = ledger == null ? null : Files.newBufferedWriter(ledger);
                RealWorld world = RealWorld.start(new RealWorldPlan(1, 1, 100, 1, true))) {
            Loop loop = world.loops().getFirst();
            var receivers = new ArrayList<Receiver>();
            var ready = new CountDownLatch(1);
            for (int i = 0; i < count; i++) {
                String name = "sink" + (i + 1) + ".lab.example";
                ReceiverModel model = ReceiverModel.accepting("sink" + (i + 1), name)
                        .capping(maxConnections)
                        .greylisting(Duration.ofSeconds(greylistSeconds))
                        .refusing(deferPerMille, rejectPerMille)
                        .slow(Duration.ofMillis(delayMs))
                        .closingAfter(closeAfter);
                if (offersTls) {
                    model = model.secured(new TlsPlan.Server(
                            world.network().selfSigned(name),
                            List.of("TLSv1.3", "TLSv1.2"),
                            Duration.ofSeconds(30).toNanos()));
                }
                receivers.add(new Receiver(model, loop, receipt -> write(lines, receipt)));
            }
            for (int i = 0; i < count; i++) {
                var address = new InetSocketAddress(counted(bind, i), port);
                Network.Listener unused =
                        world.network().listen(loop, new ListenPlan.Tcp(address, 1024), receivers.get(i));
            }
            out.println("sink: " + count + " receivers from " + bind + ":" + port + " on; Ctrl-C ends");
            boolean isOver = seconds > 0 && ready.await(seconds, TimeUnit.SECONDS);
            long before = -1;
            while (seconds == 0 && !isOver) {
                isOver = ready.await(5, TimeUnit.SECONDS);
                long now =
                        receivers.stream().mapToLong(r -> r.counts().recipients).sum();
                if (now != before) {
                    out.println("sink: " + now + " recipients taken");
                    before = now;
                }
            }
            for (Receiver receiver : receivers) {
                Receiver.Counts counts = receiver.counts();
                out.println(receiver.model().name() + ": connections " + counts.connections + ", messages "
                        + counts.messages + ", recipients " + counts.recipients + ", deferred " + counts.deferred
                        + ", rejected " + counts.rejected);
            }
        }
        return 0;
    }

    private static void write(@Nullable BufferedWriter lines, Receipt receipt) {
        if (lines != null) {
            try {
                lines.write(receipt.atNanos() + " " + receipt.receiver() + " " + receipt.recipient() + " "
                        + receipt.messageName() + "\n");
                lines.flush();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    /// The `i`th address after `first`.
    static InetAddress counted(String first, int i) throws UnknownHostException {
        byte[] octets = InetAddress.getByName(first).getAddress();
        int last = octets.length - 1;
        int sum = (octets[last] & 0xff) + i;
        octets[last] = (byte) sum;
        octets[last - 1] = (byte) ((octets[last - 1] & 0xff) + sum / 256);
        return InetAddress.getByAddress(octets);
    }
}
