package org.sluicemta.config;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.sluicemta.benchmarks.OneFile;
import org.sluicemta.deliver.DeliveryPolicy;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.QueuePolicy;

/// The settings of a queue, of which each shard asks for every queue that it makes and after every reload. State: a
/// configuration of 1,000 virtual MTAs with 500 domains in each; workload: a thousand queues in turn, and queues that
/// were never asked for.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // set before the first call
@Fork(jvmArgsAppend = "-Xmx3g")
public class LookUpBench {
    private static final int VIRTUAL_MTAS = 1_000;
    private static final int DOMAINS = 500;
    private static final int KNOWN = 1_024;

    private final QueueKey[] known = new QueueKey[KNOWN];
    private Snapshot snapshot;
    private long number;

    @Setup
    public void read() {
        snapshot = OneFile.snapshot(text());
        for (int i = 0; i < KNOWN; i++) {
            known[i] = new QueueKey("d" + i * 7 % DOMAINS + ".example", "v" + i * 13 % VIRTUAL_MTAS);
        }
    }

    private static String text() {
        var text = new StringBuilder("smtp-listener 127.0.0.1:25\n<domain *>\n    max-smtp-out 7\n</domain>\n");
        for (int v = 0; v < VIRTUAL_MTAS; v++) {
            text.append("<virtual-mta v").append(v).append(">\n    smtp-source-host 10.0.");
            text.append(v / 250)
                    .append('.')
                    .append(v % 250 + 1)
                    .append(" m")
                    .append(v)
                    .append(".example\n");
            for (int d = 0; d < DOMAINS; d++) {
                text.append("    <domain d")
                        .append(d)
                        .append(".example>\n        max-smtp-out ")
                        .append(d % 50 + 1);
                text.append("\n        max-msg-rate ").append(d + 1).append("/h\n    </domain>\n");
            }
            text.append("</virtual-mta>\n");
        }
        return text.toString();
    }

    private QueueKey nextKnown() {
        return known[(int) (number++ & KNOWN - 1)];
    }

    @Benchmark
    public QueuePolicy queuePolicyRemembered() {
        return snapshot.queues().of(nextKnown());
    }

    @Benchmark
    public DeliveryPolicy deliveryPolicyRemembered() {
        return snapshot.delivery().of(nextKnown());
    }

    /// Half of the domains stand in the configuration.
    @Benchmark
    public QueuePolicy queuePolicyMadeAnew() {
        long now = number++;
        return snapshot.queues()
                .of(new QueueKey(
                        "d" + now / VIRTUAL_MTAS % (2 * DOMAINS) + (now / 1_000_000 == 0 ? "" : "-" + now / 1_000_000)
                                + ".example",
                        "v" + now % VIRTUAL_MTAS));
    }
}
