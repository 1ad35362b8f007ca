package org.sluicemta.lab;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A server as a process of its own, on this JVM's class path and with its flags; its output goes to a file. The lab
/// knows it by the name of its main class only.
///
/// Blocks. Threads: [#stop] and [#kill] may be called by any.
public final class ServerProcess {
    private static final String MAIN = "org.sluicemta.app.Sluice";
    private static final Duration START = Duration.ofSeconds(60);
    private static final int LAST_LINES = 20;

    private final List<String> command;
    private final Path log;
    private final ControlSocket control;
    private volatile @Nullable Process process;

    /// @param socket its control socket
    /// @param log where its output is added
    /// @param options further ones of `sluice run`
    public ServerProcess(Path config, Path data, Path socket, Path log, List<String> options) {
        this(config, data, socket, log, List.of(), options);
    }

    /// @param flags for its JVM besides those of this one
    public ServerProcess(Path config, Path data, Path socket, Path log, List<String> flags, List<String> options) {
        var words = new ArrayList<String>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        words.addAll(flags);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN, "run"));
        words.addAll(List.of("--config", config.toString(), "--data", data.toString(), "--socket", socket.toString()));
        words.addAll(options);
        this.command = List.copyOf(words);
        this.log = log;
        this.control = new ControlSocket(socket);
    }

    /// Starts it and waits until it answers commands.
    ///
    /// @throws LabException with the last lines of its output when it ends instead
    public void start() throws InterruptedException {
        Process started;
        try {
            started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new LabException("the server cannot be started: " + e.getMessage(), e);
        }
        process = started;
        long end = System.nanoTime() + START.toNanos();
        while (!answers()) {
            if (!started.isAlive()) {
                throw new LabException(
                        "the server ended at once with status " + started.exitValue() + "; it said:\n" + lastLines());
            }
            if (System.nanoTime() - end > 0) {
                throw new LabException(
                        "the server did not answer within " + START.toSeconds() + " s; it said:\n" + lastLines());
            }
            Thread.sleep(50);
        }
    }

    private boolean answers() {
        try {
            return control.ask("show", "version").status() == 0;
        } catch (IOException notYet) {
            return false; // asked again until the bound; then its log is shown
        }
    }

    public boolean isAlive() {
        Process started = process;
        return started != null && started.isAlive();
    }

    public long pid() {
        Process started = process;
        return started == null ? 0 : started.pid();
    }

    public ControlSocket control() {
        return control;
    }

    /// SIGTERM, and SIGKILL when it has not ended after `patience`.
    public void stop(Duration patience) {
        Process started = process;
        if (started == null) {
            return;
        }
        started.destroy();
        try {
            if (!started.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }

    /// SIGKILL: no goodbye, nothing flushed.
    public void kill() {
        Process started = process;
        if (started != null) {
            started.destroyForcibly().onExit().join();
        }
    }

    public String lastLines() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
        } catch (IOException e) {
            return "(its output " + log + " cannot be read: " + e.getMessage() + ")";
        }
    }
}
