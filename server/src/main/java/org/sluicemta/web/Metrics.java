package org.sluicemta.web;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.sluicemta.control.Operations;
import org.sluicemta.queue.OutcomeCounts;
import org.sluicemta.spool.Spool;

/// Figures for collectors, in the text format of Prometheus. Names and meanings stand in docs/metrics.md. Blocks while
/// the loops are asked.
final class Metrics {
    /// Rows of a figure that is told for each virtual MTA: those with the most outcomes.
    static final int MOST_VIRTUAL_MTAS = 200;

    /// Collectors come every few seconds; who comes more often costs the loops nothing.
    private static final long FRESH_MILLIS = 1_000;

    private static final String OTHERS = "{others}";

    private final Asking asking;
    private final MeasuredServer measured;
    private final String version;
    private final Kept newest = new Kept(FRESH_MILLIS);

    Metrics(Asking asking, MeasuredServer measured, String version) {
        this.asking = asking;
        this.measured = measured;
        this.version = version;
    }

    Response.Whole answer(int listeners, long nowMillis) {
        String text = newest.text(nowMillis, () -> text(asking.answer(measured::measure), listeners));
        return Response.of(200, PrometheusTextFormatWriter.CONTENT_TYPE, text);
    }

    /// @param listeners pages that hear the stream of events
    String text(MeasuredServer.Measured all, int listeners) {
        var out = new ByteArrayOutputStream(16 * 1024);
        var snapshots = new ArrayList<MetricSnapshot>();
        server(all.status(), snapshots);
        mail(all, snapshots);
        queues(all, snapshots);
        spoolAndDns(all, snapshots);
        process(all, listeners, snapshots);
        try {
            PrometheusTextFormatWriter.create().write(out, new MetricSnapshots(snapshots));
        } catch (IOException broken) {
            throw new WebException("figures cannot be written", broken);
        }
        return out.toString(java.nio.charset.StandardCharsets.UTF_8);
    }

    private void server(Operations.ServerStatus status, List<MetricSnapshot> into) {
        into.add(InfoSnapshot.builder()
                .name("sluice_build")
                .help("Always 1; the label tells the version.")
                .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                        .labels(Labels.of("version", version))
                        .build())
                .build());
        into.add(gauge(
                "sluice_start_time_seconds", "When the server started, since 1970.", status.startedMillis() / 1000.0));
        into.add(gauge("sluice_stopping", "1 while the server stops.", status.isShuttingDown() ? 1 : 0));
        into.add(gauge(
                "sluice_warnings", "Warnings in show status.", status.warnings().size()));
    }

    private static void mail(MeasuredServer.Measured all, List<MetricSnapshot> into) {
        Operations.Traffic total = all.status().total();
        into.add(directed(
                "sluice_messages",
                "Messages accepted (in) and delivered (out).",
                total.in().messages(),
                total.out().messages()));
        into.add(directed(
                "sluice_recipients",
                "Recipients accepted (in) and delivered (out).",
                total.in().recipients(),
                total.out().recipients()));
        into.add(directed(
                "sluice_bytes",
                "Bytes of messages accepted (in) and delivered (out).",
                total.in().bytes(),
                total.out().bytes()));
        Operations.Connections in = all.status().in();
        Operations.Connections out = all.status().out();
        into.add(GaugeSnapshot.builder()
                .name("sluice_connections")
                .help("SMTP connections that are open.")
                .dataPoint(point(in.now(), Labels.of("direction", "in")))
                .dataPoint(point(out.now(), Labels.of("direction", "out")))
                .build());
        into.add(GaugeSnapshot.builder()
                .name("sluice_connections_limit")
                .help("The most SMTP connections that may be open.")
                .dataPoint(point(in.limit(), Labels.of("direction", "in")))
                .dataPoint(point(out.limit(), Labels.of("direction", "out")))
                .build());
        var putOff = CounterSnapshot.builder()
                .name("sluice_put_off")
                .help("New mail and clients put off, 452 or 421, by what was short.");
        all.putOff().forEach((limit, times) -> putOff.dataPoint(counted(times, Labels.of("limit", limit))));
        into.add(putOff.build());
        into.add(outcomes(all.byVirtualMta()));
    }

    private static MetricSnapshot outcomes(Map<String, OutcomeCounts> byVirtualMta) {
        var counter = CounterSnapshot.builder()
                .name("sluice_outcomes")
                .help("Attempts and ends of recipients, by virtual MTA.");
        List<Map.Entry<String, OutcomeCounts>> most = new ArrayList<>(byVirtualMta.entrySet());
        most.sort(Comparator.comparingLong((Map.Entry<String, OutcomeCounts> each) ->
                        each.getValue().total())
                .reversed()
                .thenComparing(Map.Entry::getKey));
        OutcomeCounts others = OutcomeCounts.NONE;
        int shown = 0;
        for (Map.Entry<String, OutcomeCounts> each : most) {
            if (shown < MOST_VIRTUAL_MTAS && !each.getKey().equals(OTHERS)) {
                shown++;
                outcomes(counter, each.getKey(), each.getValue());
            } else {
                others = others.plus(each.getValue());
            }
        }
        // Always there, so that a server without mail has the figure too.
        outcomes(counter, OTHERS, others);
        return counter.build();
    }

    private static void outcomes(CounterSnapshot.Builder counter, String virtualMta, OutcomeCounts counts) {
        counter.dataPoint(counted(counts.delivered(), Labels.of("vmta", virtualMta, "outcome", "delivered")));
        counter.dataPoint(counted(counts.deferred(), Labels.of("vmta", virtualMta, "outcome", "deferred")));
        counter.dataPoint(counted(counts.bounced(), Labels.of("vmta", virtualMta, "outcome", "bounced")));
    }

    private static void queues(MeasuredServer.Measured all, List<MetricSnapshot> into) {
        into.add(gauge(
                "sluice_queue_recipients",
                "Recipients that wait or are being delivered.",
                all.queues().recipients()));
        into.add(gauge(
                "sluice_queue_messages",
                "Messages with a recipient that waits.",
                all.queues().messages()));
        into.add(gauge(
                "sluice_queue_bytes",
                "Bytes of the messages of waiting recipients, counted for each recipient.",
                all.queues().bytes()));
        into.add(GaugeSnapshot.builder()
                .name("sluice_queues")
                .help("Queues by state; a queue may be in several.")
                .dataPoint(point(all.queues().queues(), Labels.of("state", "waiting")))
                .dataPoint(point(all.queues().paused(), Labels.of("state", "paused")))
                .dataPoint(point(all.queues().backoff(), Labels.of("state", "backoff")))
                .build());
        into.add(gauge(
                "sluice_reports_owed",
                "Failed recipients whose sender has not been told yet.",
                all.queues().reportsOwed()));
        into.add(gauge(
                "sluice_queue_table_bytes",
                "Memory of the tables of waiting recipients.",
                all.queues().slotBytes()));
        into.add(gauge(
                "sluice_queue_table_limit_bytes",
                "The most that it may be: new mail is refused 4 MB before.",
                all.room().tableLimitBytes()));
        into.add(gauge(
                "sluice_queues_known",
                "Queues that are kept, with mail or without.",
                all.room().queues()));
        into.add(gauge(
                "sluice_queues_limit",
                "As many as the heap holds: beyond it new mail is refused.",
                all.room().mostQueues()));
    }

    private static void spoolAndDns(MeasuredServer.Measured all, List<MetricSnapshot> into) {
        into.add(gauge(
                "sluice_spool_free_bytes",
                "Free space of the spool.",
                all.spool().freeBytes()));
        into.add(GaugeSnapshot.builder()
                .name("sluice_spool_directories")
                .help("Folders of the spool, by state.")
                .dataPoint(point(
                        all.spool().directories()
                                - all.spool().suspectDirectories()
                                - all.spool().failedDirectories(),
                        Labels.of("state", "good")))
                .dataPoint(point(all.spool().suspectDirectories(), Labels.of("state", "suspect")))
                .dataPoint(point(all.spool().failedDirectories(), Labels.of("state", "failed")))
                .build());
        into.add(counter(
                "sluice_spool_findings",
                "Damage that was met since the start.",
                all.spool().findings()));
        Spool.Written content = all.spool().content();
        Spool.Written events = all.spool().events();
        into.add(streams("sluice_journal_records", "Records made durable.", content.records(), events.records()));
        into.add(streams(
                "sluice_journal_syncs",
                "Durable writes, each of all records that had gathered.",
                content.syncs(),
                events.syncs()));
        into.add(streams("sluice_journal_bytes", "Bytes of these writes.", content.bytes(), events.bytes()));
        into.add(gauge("sluice_content_bytes", "Memory of messages on their way in and at hand.", all.contentBytes()));
        into.add(gauge("sluice_content_limit_bytes", "The most that it may be.", all.contentLimitBytes()));
        into.add(counter(
                "sluice_dns_questions",
                "Questions of DNS that were asked.",
                all.dns().asked()));
        into.add(counter(
                "sluice_dns_cache_hits",
                "Of them, answered without asking a server.",
                all.dns().fromCache()));
        into.add(counter(
                "sluice_dns_failures",
                "Look-ups that ended without knowledge.",
                all.dns().failed()));
        into.add(counter(
                "sluice_dns_timeouts",
                "Tries without an answer in time.",
                all.dns().timedOut()));
        into.add(gauge(
                "sluice_dns_cache_entries",
                "Answers of DNS that are kept.",
                all.dns().cacheEntries()));
        into.add(gauge("sluice_dns_pending", "Look-ups under way.", all.dns().outstanding()));
    }

    private static void process(MeasuredServer.Measured all, int listeners, List<MetricSnapshot> into) {
        var lag = GaugeSnapshot.builder()
                .name("sluice_loop_lag_seconds")
                .help("How late each mail loop came to this question.");
        for (int i = 0; i < all.loopLagNanos().size(); i++) {
            lag.dataPoint(point(all.loopLagNanos().get(i) / 1e9, Labels.of("loop", Integer.toString(i))));
        }
        into.add(lag.build());
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        into.add(gauge("sluice_jvm_heap_bytes", "Heap in use.", heap.getUsed()));
        into.add(gauge("sluice_jvm_heap_limit_bytes", "The most that the heap may be.", heap.getMax()));
        into.add(gauge(
                "sluice_direct_bytes",
                "Memory outside the heap in use: messages, tables, what is read back, sockets.",
                all.outsideHeap().usedBytes()));
        into.add(gauge(
                "sluice_direct_limit_bytes",
                "The most that it may be: connections are refused at 15/16 of it.",
                all.outsideHeap().limitBytes()));
        into.add(gauge(
                "sluice_jvm_direct_bytes",
                "Buffers of the JDK, beside that: of the journal's writing and of files.",
                ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .filter(each -> each.getName().equals("direct"))
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum()));
        if (ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads) {
            into.add(counter(
                    "sluice_jvm_allocated_bytes",
                    "Heap that was ever taken by objects.",
                    Math.max(0, threads.getTotalThreadAllocatedBytes())));
        }
        into.add(gauge("sluice_web_listeners", "Pages that hear the stream of events.", listeners));
    }

    // --- spelling

    private static GaugeSnapshot gauge(String name, String help, double value) {
        return gauge(name, help, value, Labels.EMPTY);
    }

    private static GaugeSnapshot gauge(String name, String help, double value, Labels labels) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(value, labels))
                .build();
    }

    private static GaugeSnapshot.GaugeDataPointSnapshot point(double value, Labels labels) {
        return GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .value(value)
                .labels(labels)
                .build();
    }

    /// The format adds `_total`.
    private static CounterSnapshot counter(String name, String help, double value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(counted(value, Labels.EMPTY))
                .build();
    }

    private static CounterSnapshot.CounterDataPointSnapshot counted(double value, Labels labels) {
        return CounterSnapshot.CounterDataPointSnapshot.builder()
                .value(value)
                .labels(labels)
                .build();
    }

    private static CounterSnapshot streams(String name, String help, double content, double events) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(counted(content, Labels.of("stream", "content")))
                .dataPoint(counted(events, Labels.of("stream", "events")))
                .build();
    }

    private static CounterSnapshot directed(String name, String help, double in, double out) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(counted(in, Labels.of("direction", "in")))
                .dataPoint(counted(out, Labels.of("direction", "out")))
                .build();
    }
}
