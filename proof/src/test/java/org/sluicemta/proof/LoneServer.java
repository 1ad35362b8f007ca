package org.sluicemta.proof;

import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.sluicemta.lab.ControlSocket;
import org.sluicemta.lab.FreePorts;
import org.sluicemta.lab.ServerProcess;

/// A server as a process of its own, with its configuration, log and accounting in one folder. Blocks.
final class LoneServer implements AutoCloseable {
    static final long PATIENCE_NANOS = 30_000_000_000L;

    private final Path folder;
    private final ServerProcess process;

    /// Starts it.
    ///
    /// @param config lines besides those for the host name and the accounting file `acct.csv`
    LoneServer(Path folder, String config) throws IOException, InterruptedException {
        this.folder = folder;
        Path file = Files.writeString(folder.resolve("config"), """
                host-name mx.sluice.example
                <acct-file %s/acct.csv>
                  records d,b,t,tq
                  record-fields d *,header_Subject
                  record-fields b *,header_Subject
                </acct-file>
                """.formatted(folder) + config);
        // As in production, where the tests' own settings of the log are not on the class path.
        URL logging = Objects.requireNonNull(LoneServer.class.getResource("/logback.xml"));
        process = new ServerProcess(
                file,
                folder.resolve("data"),
                folder.resolve("control.sock"),
                folder.resolve("server.log"),
                List.of("-Dlogback.configurationFile=" + logging),
                List.of());
        process.start();
    }

    static int freePort() {
        return FreePorts.find();
    }

    ControlSocket control() {
        return process.control();
    }

    Path socket() {
        return folder.resolve("control.sock");
    }

    long pid() {
        return process.pid();
    }

    String log() throws IOException {
        return Files.readString(folder.resolve("server.log"));
    }

    /// Waits until the log holds a text.
    String awaitLog(String text) throws IOException {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < PATIENCE_NANOS) {
            String log = log();
            if (log.contains(text)) {
                return log;
            }
            LockSupport.parkNanos(5_000_000);
        }
        throw new AssertionError("no " + text + " in the log:\n" + log());
    }

    /// The accounting file that is written now; there is none before the first row.
    Optional<Path> accounting() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(each -> each.getFileName().toString().startsWith("acct"))
                    .findFirst();
        }
    }

    /// The rows that hold a text.
    List<String> rows(String text) throws IOException {
        var rows = new ArrayList<String>();
        Optional<Path> file = accounting();
        String all = file.isEmpty() ? "" : Files.readString(file.get(), StandardCharsets.UTF_8);
        for (String row : all.split("\n", -1)) {
            if (row.contains(text)) {
                rows.add(row);
            }
        }
        return rows;
    }

    /// Waits for a row that begins and holds as told.
    String awaitRow(String type, String text) throws IOException {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < PATIENCE_NANOS) {
            for (String row : rows(text)) {
                if (type.isEmpty() || row.startsWith(type + ",")) {
                    return row;
                }
            }
            LockSupport.parkNanos(5_000_000);
        }
        throw new AssertionError(
                "no row " + type + " with " + text + "; there are:\n" + String.join("\n", rows("example")));
    }

    /// Waits for a row of any type.
    String awaitAnyRow(String text) throws IOException {
        return awaitRow("", text);
    }

    @Override
    public void close() {
        process.stop(Duration.ofSeconds(30));
    }
}
