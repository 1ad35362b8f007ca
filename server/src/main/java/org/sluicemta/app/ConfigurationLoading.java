package org.sluicemta.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.sluicemta.config.Check;
import org.sluicemta.config.ConfigException;
import org.sluicemta.config.Machine;
import org.sluicemta.config.Problem;
import org.sluicemta.config.Report;
import org.sluicemta.config.ReportText;
import org.sluicemta.config.Snapshot;
import org.sluicemta.route.RouteException;

/// Reads, checks and compiles a configuration file for `run` and for reloads. Blocks; never on a loop.
final class ConfigurationLoading {
    static final Path OURS = Path.of("/etc/sluice/config");
    static final Path THEIRS = Path.of("/etc/pmta/config");

    private final Path file;
    private final Check.Strictness strictness;
    private final Set<String> accepted;
    private final Supplier<List<InetAddress>> local;

    /// @param accepted protective directives whose lack of effect the operator has accepted by name
    ConfigurationLoading(
            Path file, Check.Strictness strictness, Set<String> accepted, Supplier<List<InetAddress>> local) {
        this.file = file;
        this.strictness = strictness;
        this.accepted = accepted;
        this.local = local;
    }

    /// The file that is meant when none is named: ours, else PowerMTA's, else none.
    static Optional<Path> usual() {
        if (Files.isReadable(OURS)) {
            return Optional.of(OURS);
        }
        return Files.isReadable(THEIRS) ? Optional.of(THEIRS) : Optional.empty();
    }

    /// The second of the two usual files, where both are there and `file` is the first; else empty.
    static String passedOver(Path file) {
        return file.equals(OURS) && Files.isReadable(OURS) && Files.isReadable(THEIRS) ? THEIRS.toString() : "";
    }

    /// A snapshot, or the reason why there is none. Never throws for what stands in the file.
    ServerPlan.Reloading load() {
        // It runs as the service's user, so what cannot be read is told by whoever reads it.
        Machine machine = ThisMachine.with(Optional.empty(), local.get(), passedOver(file));
        Report report = Check.of(new ConfigFiles(), file, strictness, machine);
        if (report.hasErrors()) {
            return new ServerPlan.Reloading(null, ReportText.of(report).strip(), List.of());
        }
        List<String> refused = report.refused(accepted);
        if (!refused.isEmpty()) {
            return new ServerPlan.Reloading(
                    null,
                    "these directives protect you and are not built yet: " + String.join(", ", refused)
                            + "; take them out, or accept to run without: --accept-unprotected "
                            + String.join(",", refused),
                    List.of());
        }
        var notes = new ArrayList<String>();
        for (Problem problem : report.problems()) {
            notes.add(ReportText.of(problem).strip().lines().findFirst().orElse(""));
        }
        Snapshot snapshot;
        try {
            snapshot = Snapshot.of(report.configuration().orElseThrow(), machineName(), local.get());
        } catch (RouteException | ConfigException e) {
            return new ServerPlan.Reloading(null, file + ": " + e.getMessage(), List.of());
        }
        notes.addAll(snapshot.warnings());
        return new ServerPlan.Reloading(snapshot, "", notes);
    }

    /// The name of this machine, as far as it is known without asking DNS.
    static String machineName() {
        try {
            Path hostname = Path.of("/etc/hostname");
            if (Files.isReadable(hostname)) {
                String name = Files.readString(hostname).strip();
                if (!name.isEmpty() && name.length() < 255) {
                    return name;
                }
            }
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost.localdomain";
        } catch (IOException e) {
            return "localhost.localdomain";
        }
    }
}
