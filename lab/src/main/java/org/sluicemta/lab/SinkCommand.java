package org.sluicemta.lab;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.NetworkException;
import org.sluicemta.world.TlsPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `sluice sink`: receives mail and behaves as badly as it is told to.
@Command(
        name = "sink",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {"Receives mail on loopback addresses, well or badly behaved, and counts it.", ""},
        footer = {
            "",
            "Shares are drawn by a hash of the recipient, so a run can be repeated. Ctrl-C ends it and prints the totals.",
            "",
            "Example: sluice sink --bind 127.0.0.11 --count 3 --port 2525 --max-connections 5 --reject 20"
        })
final class SinkCommand implements Callable<Integer> {
    @Option(
            names = "--bind",
            defaultValue = "127.0.0.1",
            paramLabel = "ADDRESS",
            description = "First address (${DEFAULT-VALUE}).")
    String bind = "127.0.0.1";

    @Option(
            names = "--count",
            defaultValue = "1",
            paramLabel = "N",
            description = "How many addresses, counting up, 1 to 250 (${DEFAULT-VALUE}).")
    int count = 1;

    @Option(
            names = "--port",
            defaultValue = "2525",
            paramLabel = "PORT",
            description = "Port on each (${DEFAULT-VALUE}).")
    int port = 2525;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            description = "At one time from one source address; more are answered 421.")
    int maxConnections;

    @Option(
            names = "--greylist",
            paramLabel = "SECONDS",
            description = "How long after its first attempt a recipient is answered 450.")
    int greylistSeconds;

    @Option(names = "--defer", paramLabel = "PER-MILLE", description = "Share of recipients answered 451 once.")
    int deferPerMille;

    @Option(names = "--reject", paramLabel = "PER-MILLE", description = "Share of recipients answered 550.")
    int rejectPerMille;

    @Option(names = "--delay", paramLabel = "MS", description = "Milliseconds before the reply to a message.")
    int delayMs;

    @Option(
            names = "--close-after",
            paramLabel = "N",
            description = "Closes without a word after so many messages of a connection.")
    int closeAfter;

    @Option(names = "--tls", description = "Offers STARTTLS with a certificate made now.")
    boolean offersTls;

    @Option(
            names = "--ledger",
            paramLabel = "FILE",
            description = "Gets one line for each copy: nanoseconds, receiver, recipient, X-Lab-Message.")
    @Nullable
    Path ledger;

    @Option(
            names = "--seconds",
            defaultValue = "0",
            paramLabel = "N",
            description = "Ends after so long; 0 for never (${DEFAULT-VALUE}).")
    int seconds;

    private final List<Receiver> receivers = new ArrayList<>();
    private final AtomicBoolean isReported = new AtomicBoolean();

    @Override
    public Integer call() throws InterruptedException {
        String wrong = wrong();
        if (!wrong.isEmpty()) {
            System.err.println("sink: " + wrong);
            return 2;
        }
        try (BufferedWriter lines = ledger == null ? null : Files.newBufferedWriter(ledger);
                RealWorld world = RealWorld.start(new RealWorldPlan(1, 1, 100, 1, true))) {
            Loop loop = world.loops().getFirst();
            for (int i = 0; i < count; i++) {
                var receiver = new Receiver(model(i, world.network()), loop, receipt -> write(lines, receipt));
                receivers.add(receiver);
                Network.Listener unused = world.network()
                        .listen(
                                loop,
                                new ListenPlan.Tcp(new InetSocketAddress(counted(bind, i), port), 1024),
                                receiver);
            }
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(lines), "sink-report"));
            System.out.println("sink: " + count + (count == 1 ? " receiver on " : " receivers from ") + bind + ":"
                    + port + "; Ctrl-C ends it");
            await();
            end(lines);
            return 0;
        } catch (NetworkException | UnknownHostException e) {
            System.err.println("sink: " + e.getMessage());
            return 1;
        } catch (IOException e) {
            System.err.println("sink: the ledger " + ledger + " cannot be written: " + e.getMessage());
            return 1;
        }
    }

    private String wrong() {
        if (count < 1 || count > 250 || port < 1 || port > 65_535) {
            return "--count is 1 to 250 and --port 1 to 65535";
        }
        if (deferPerMille < 0 || rejectPerMille < 0 || deferPerMille + rejectPerMille > 1000) {
            return "--defer and --reject are shares of 1000 and together at most 1000";
        }
        if (maxConnections < 0 || greylistSeconds < 0 || delayMs < 0 || closeAfter < 0 || seconds < 0) {
            return "no number may be negative";
        }
        return "";
    }

    private ReceiverModel model(int i, Network network) {
        String host = "sink" + (i + 1) + ".lab.example";
        ReceiverModel model = ReceiverModel.accepting("sink" + (i + 1), host)
                .capping(maxConnections)
                .greylisting(Duration.ofSeconds(greylistSeconds))
                .refusing(deferPerMille, rejectPerMille)
                .slow(Duration.ofMillis(delayMs))
                .closingAfter(closeAfter);
        return offersTls
                ? model.secured(new TlsPlan.Server(
                        network.selfSigned(host),
                        List.of("TLSv1.3", "TLSv1.2"),
                        Duration.ofSeconds(30).toNanos()))
                : model;
    }

    private void await() throws InterruptedException {
        var never = new CountDownLatch(1);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        long before = 0;
        long beforeNanos = System.nanoTime();
        while (seconds == 0 || System.nanoTime() - end < 0) {
            long left = seconds == 0 ? Long.MAX_VALUE : Math.max(1, (end - System.nanoTime()) / 1_000_000);
            boolean unused = never.await(Math.min(5_000, left), TimeUnit.MILLISECONDS);
            long now = receivers.stream().mapToLong(r -> r.counts().recipients).sum();
            long nanos = System.nanoTime();
            if (now != before) {
                System.out.printf(
                        Locale.ROOT,
                        "sink: %,d recipients taken, %,.0f/s%n",
                        now,
                        (now - before) / Math.max(1e-3, (nanos - beforeNanos) / 1e9));
            }
            before = now;
            beforeNanos = nanos;
        }
    }

    /// The totals, once: at the end, or when Ctrl-C comes before.
    private void end(@Nullable BufferedWriter lines) {
        if (!isReported.compareAndSet(false, true)) {
            return;
        }
        for (Receiver receiver : receivers) {
            Receiver.Counts counts = receiver.counts();
            System.out.printf(
                    Locale.ROOT,
                    "%s: connections %,d (most at once %,d, refused %,d), messages %,d, recipients %,d, deferred %,d,"
                            + " rejected %,d%n",
                    receiver.model().name(),
                    counts.connections,
                    counts.mostConnections,
                    counts.refusedConnections,
                    counts.messages,
                    counts.recipients,
                    counts.deferred,
                    counts.rejected);
        }
        System.out.flush();
        if (lines != null) {
            try {
                lines.flush();
            } catch (IOException e) {
                System.err.println("sink: the end of the ledger " + ledger + " cannot be written: " + e.getMessage());
            }
        }
    }

    /// Written through at once: a reader compares it with another's book while both run.
    private static void write(@Nullable BufferedWriter lines, Receipt receipt) {
        if (lines != null) {
            try {
                lines.write(receipt.atNanos() + " " + receipt.receiver() + " " + receipt.recipient() + " "
                        + receipt.messageName() + "\n");
                lines.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// The `i`th address after `first`.
    static InetAddress counted(String first, int i) throws UnknownHostException {
        byte[] octets = InetAddress.getByName(first).getAddress();
        int carry = i;
        for (int at = octets.length - 1; at >= 0 && carry > 0; at--) {
            int sum = (octets[at] & 0xff) + carry;
            octets[at] = (byte) sum;
            carry = sum >>> 8;
        }
        return InetAddress.getByAddress(octets);
    }
}
