package org.sluicemta.benchmarks.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.sluicemta.config.Check;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.Report;
import org.sluicemta.config.Snapshot;

/// Prints how long it takes to check large configurations and to make snapshots of them, first in a JVM that has just
/// started, as `sluice check` does, then warm, as a reload does. State: none; workload: generated text in memory;
/// spread: each round is printed.
public final class ReloadSpeed {
    private static final int ROUNDS = 8;

    private ReloadSpeed() {}

    public static void main(String[] args) {
        measure("100,000 lines in 9,000 domain blocks", manyLines());
        measure("1,000 virtual MTAs and 500 domain blocks", virtualMtas(1_000, 500, 0));
        measure("1,000 virtual MTAs with 500 domain blocks in each", virtualMtas(1_000, 0, 500));
    }

    private static void measure(String what, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.out.printf("%s: %,d lines, %,d bytes%n", what, text.lines().count(), bytes.length);
        FileSource files = new FileSource() {
            @Override
            public Content read(Path file) {
                return new Content.Found(bytes);
            }

            @Override
            public List<Entry> list(Path folder) {
                return List.of();
            }
        };
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            Report report = Check.of(files, Path.of("/etc/sluice/config"), Check.Strictness.USUAL);
            long checked = System.nanoTime();
            Snapshot snapshot = Snapshot.of(report.configuration().orElseThrow(), "mx.example.com", List.of());
            long done = System.nanoTime();
            System.out.printf(
                    "  %s: check %,d ms, snapshot %,d ms (%d findings, %d warnings)%n",
                    round == 0 ? "cold" : "warm",
                    (checked - start) / 1_000_000,
                    (done - checked) / 1_000_000,
                    report.problems().size(),
                    snapshot.warnings().size());
        }
    }

    private static String manyLines() {
        StringBuilder text = new StringBuilder("smtp-listener 127.0.0.1:25\n");
        for (int i = 0; i < 9_000; i++) {
            text.append("<domain d")
                    .append(i)
                    .append(".example>\n    max-smtp-out ")
                    .append(i % 50 + 1);
            text.append("\n    max-msg-rate 250/h  # a comment\n    max-rcpt-per-message 10\n")
                    .append("    max-msg-per-connection 10\n    retry-after 10m,20m\n    bounce-after 4d12h\n")
                    .append("    smtp-hosts [192.0.2.1]:25\n    use-starttls yes\n    smtp-pattern-list errors\n")
                    .append("    dkim-sign yes\n</domain>\n");
        }
        text.append("<smtp-pattern-list errors>\n");
        for (int i = 0; i < 1_000; i++) {
            text.append("    reply /4\\.7\\.").append(i).append(" too many (mails|messages)/ mode=backoff\n");
        }
        return text.append("</smtp-pattern-list>\n").toString();
    }

    private static String virtualMtas(int count, int global, int inEach) {
        StringBuilder text = new StringBuilder("smtp-listener 127.0.0.1:25\n");
        domains(text, global);
        for (int v = 0; v < count; v++) {
            text.append("<virtual-mta v")
                    .append(v)
                    .append(">\n    smtp-source-host 10.0.")
                    .append(v / 250);
            text.append('.').append(v % 250 + 1).append(" m").append(v).append(".example\n");
            text.append("    max-smtp-msg-rate 1000/h\n");
            domains(text, inEach);
            text.append("</virtual-mta>\n");
        }
        return text.toString();
    }

    private static void domains(StringBuilder text, int count) {
        for (int d = 0; d < count; d++) {
            text.append("    <domain d")
                    .append(d)
                    .append(".example>\n        max-smtp-out ")
                    .append(d % 50 + 1);
            text.append("\n        max-msg-rate ").append(d + 1).append("/h\n    </domain>\n");
        }
    }
}
