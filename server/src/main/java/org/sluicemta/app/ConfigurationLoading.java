package org.sluicemta.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.config.Check;
import org.sluicemta.config.ConfigException;
import org.sluicemta.config.ConfigSource;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Directives;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.KeyFiles;
import org.sluicemta.config.Machine;
import org.sluicemta.config.Problem;
import org.sluicemta.config.Report;
import org.sluicemta.config.ReportText;
import org.sluicemta.config.Snapshot;
import org.sluicemta.config.TlsFiles;
import org.sluicemta.pull.Ledger;
import org.sluicemta.pull.PullException;
import org.sluicemta.pull.Tree;
import org.sluicemta.pull.TreeFiles;
import org.sluicemta.pull.Version;
import org.sluicemta.route.RouteException;
import org.sluicemta.runtime.TlsLibrary;

/// Reads, checks and compiles the configuration for `run`, for reloads and for pulling. Blocks; never on
/// a loop.
///
/// The local file comes first. Where it has a config-source, and a version was pulled and is in use,
/// that version is loaded in its place; of the local file then only the config-source counts.
final class ConfigurationLoading {
    static final Path OURS = Path.of("/etc/sluice/config");
    static final Path THEIRS = Path.of("/etc/pmta/config");

    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationLoading.class);

    private final Path file;
    private final Path versions;
    private final WebIncludes web;
    private final Check.Strictness strictness;
    private final Set<String> accepted;
    private final Supplier<List<InetAddress>> local;
    /// Of the last loading that went well. Any thread.
    private volatile Optional<ConfigSource> source = Optional.empty();

    /// @param versions the folder where pulled versions are kept, there or not
    /// @param web documents that the configuration includes
    /// @param accepted protective directives whose lack of effect the operator has accepted by name
    ConfigurationLoading(
            Path file,
            Path versions,
            WebIncludes web,
            Check.Strictness strictness,
            Set<String> accepted,
            Supplier<List<InetAddress>> local) {
        this.file = file;
        this.versions = versions;
        this.web = web;
        this.strictness = strictness;
        this.accepted = accepted;
        this.local = local;
    }

    /// The file that is meant when none is named: ours, else PowerMTA's, else none.
    static Optional<Path> usual() {
        return usual(OURS, THEIRS);
    }

    /// The first of the two that is there. One that cannot be read, or stands in a closed folder, counts as there:
    /// silently reading the other one would run a server that nobody meant.
    static Optional<Path> usual(Path ours, Path theirs) {
        if (!Files.notExists(ours)) {
            return Optional.of(ours);
        }
        return Files.notExists(theirs) ? Optional.empty() : Optional.of(theirs);
    }

    /// The second of the two usual files, where both are there and `file` is the first; else empty.
    static String passedOver(Path file) {
        return file.equals(OURS) && Files.isReadable(OURS) && Files.isReadable(THEIRS) ? THEIRS.toString() : "";
    }

    /// Where the configuration is pulled from, as the local file said when it was last loaded well.
    Optional<ConfigSource> source() {
        return source;
    }

    Path versions() {
        return versions;
    }

    /// A snapshot, or the reason why there is none. Never throws for what stands in a file.
    ServerPlan.Reloading load() {
        return load(false);
    }

    /// As [#load]; where the version in use cannot be loaded any more, an older one is taken, and that
    /// is said.
    ServerPlan.Reloading loadAtStart() {
        return load(true);
    }

    private ServerPlan.Reloading load(boolean isStart) {
        Checked checked = used(file);
        Snapshot snapshot = checked.reloading().snapshot();
        if (snapshot == null) {
            return checked.reloading();
        }
        Optional<ConfigSource> from =
                snapshot.configuration().global(Directives.CONFIG_SOURCE).value();
        ServerPlan.Reloading loaded = from.isEmpty() ? checked.reloading() : pulledOr(checked.reloading(), isStart);
        if (loaded.snapshot() != null) {
            source = from;
        }
        return loaded;
    }

    private ServerPlan.Reloading pulledOr(ServerPlan.Reloading localFile, boolean isStart) {
        Ledger ledger;
        try {
            ledger = Ledger.of(Files.readAllBytes(versions.resolve(Ledger.FILE)));
        } catch (NoSuchFileException never) {
            return localFile;
        } catch (PullException broken) {
            return failed(versions + ": " + broken.getMessage());
        } catch (IOException broken) {
            return failed("the versions that were pulled cannot be read: " + broken);
        }
        Optional<Version> inUse = ledger.inUse();
        return inUse.isEmpty() ? localFile : pulled(ledger, inUse.get(), isStart);
    }

    private ServerPlan.Reloading pulled(Ledger ledger, Version inUse, boolean isStart) {
        var notes = new ArrayList<String>();
        ServerPlan.Reloading loaded = pulled(inUse);
        if (loaded.snapshot() == null && isStart) {
            for (Version older : ledger.versions().reversed()) {
                if (older.number() < inUse.number()) {
                    ServerPlan.Reloading other = pulled(older);
                    if (other.snapshot() != null) {
                        notes.add(
                                "warning: version " + inUse.number() + " of the pulled configuration cannot be loaded; "
                                        + "version " + older.number() + " is used: " + firstLine(loaded.failure()));
                        loaded = other;
                        break;
                    }
                }
            }
        }
        if (loaded.snapshot() == null) {
            return failed("version " + inUse.number() + " of the pulled configuration cannot be loaded: "
                    + loaded.failure()
                    + (isStart ? "; to start with the local file remove " + versions.resolve(Ledger.FILE) : ""));
        }
        notes.addAll(loaded.notes());
        return new ServerPlan.Reloading(loaded.snapshot(), "", notes);
    }

    private ServerPlan.Reloading pulled(Version version) {
        return used(versions.resolve(version.folderName()).resolve(version.main()))
                .reloading();
    }

    /// A version that is not in its folder yet.
    Checked review(Tree tree, String folderName) {
        Path folder = versions.resolve(folderName);
        return check(web.over(new TreeFiles(tree, folder, new ConfigFiles())), folder.resolve(tree.main()));
    }

    /// A configuration that is to be used: where it is good, copies of what it includes from the web are kept.
    private Checked used(Path main) {
        WebIncludes.Reading files = web.over(new ConfigFiles());
        Checked checked = check(files, main);
        if (checked.reloading().snapshot() != null) {
            files.keep();
        }
        return checked;
    }

    /// Checks the local file as a reload would, in the words of PowerMTA's `test config`; nothing is kept. Where a
    /// pulled version is in use, it is still the local file that is checked.
    ServerPlan.Reloading test() {
        Report report;
        try {
            Machine machine = ThisMachine.with(Optional.empty(), local.get(), passedOver(file));
            report = Check.of(web.over(new ConfigFiles()), file, strictness, machine);
        } catch (RuntimeException defect) {
            LOG.error("checking {} failed by a defect", file, defect);
            return failed(file + " cannot be checked, by a defect of this program: " + defect);
        }
        if (report.hasErrors()) {
            var text = new StringBuilder();
            for (Problem problem : report.problems()) {
                if (problem.severity() == Problem.Severity.ERROR) {
                    text.append(ReportText.headline(problem)).append('\n');
                    ReportText.of(problem)
                            .lines()
                            .skip(1)
                            .forEach(line -> text.append(line).append('\n'));
                }
            }
            return failed(text.toString().stripTrailing());
        }
        return check(web.over(new ConfigFiles()), file).reloading();
    }

    private static ServerPlan.Reloading failed(String why) {
        return new ServerPlan.Reloading(null, why, List.of());
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    /// @param isProtective whether it failed for what protects and is not built
    record Checked(ServerPlan.Reloading reloading, boolean isProtective) {}

    /// The top of whatever reads: a defect is told, so that who waits for the answer gets one.
    private Checked check(FileSource files, Path main) {
        try {
            return checked(files, main);
        } catch (RuntimeException defect) {
            LOG.error("reading {} failed by a defect", main, defect);
            return new Checked(failed(main + " cannot be read, by a defect of this program: " + defect), false);
        }
    }

    private Checked checked(FileSource files, Path main) {
        // It runs as the service's user, so what cannot be read is told by whoever reads it.
        Machine machine = ThisMachine.with(Optional.empty(), local.get(), passedOver(main));
        Report report = Check.of(files, main, strictness, machine);
        if (report.hasErrors()) {
            return new Checked(failed(ReportText.of(report).strip()), false);
        }
        List<String> refused = report.refused(accepted);
        if (!refused.isEmpty()) {
            return new Checked(
                    failed("these directives protect you and are not built yet: " + String.join(", ", refused)
                            + "; take them out, or accept to run without: --accept-unprotected "
                            + String.join(",", refused)),
                    true);
        }
        var notes = new ArrayList<String>();
        for (Problem problem : report.problems()) {
            notes.add(firstLine(ReportText.of(problem).strip()));
        }
        Configuration configuration = report.configuration().orElseThrow();
        // Before the keys are read: whose provider made a key signs fastest with it.
        String slowness = KeyFiles.areNamed(configuration) ? FastSigning.ensure() : "";
        if (!slowness.isEmpty()) {
            notes.add("warning: " + slowness);
        }
        KeyFiles keys =
                KeyFiles.read(configuration, path -> Files.readString(Path.of(path), StandardCharsets.ISO_8859_1));
        if (!keys.faults().isEmpty() && !accepted.contains("domain-key")) {
            return new Checked(
                    failed(String.join("\n", keys.faults())
                            + "\nmail that is to be signed is not sent unsigned: mend the keys, or accept to run without"
                            + " them: --accept-unprotected domain-key"),
                    true);
        }
        keys.faults().forEach(each -> notes.add("warning: " + each));
        keys.warnings().forEach(each -> notes.add("warning: " + each));
        TlsFiles tls = TlsFiles.read(
                configuration,
                path -> Files.readAllBytes(Path.of(path)),
                ConfigurationLoading::unknownCiphers,
                Instant.now());
        if (!tls.faults().isEmpty()) {
            return new Checked(failed(String.join("\n", tls.faults())), false);
        }
        tls.warnings().forEach(each -> notes.add("warning: " + each));
        Snapshot snapshot;
        try {
            snapshot = Snapshot.of(configuration, machineName(), local.get(), keys, tls);
        } catch (RouteException | ConfigException e) {
            return new Checked(failed(main + ": " + e.getMessage()), false);
        }
        notes.addAll(snapshot.warnings());
        return new Checked(new ServerPlan.Reloading(snapshot, "", notes), false);
    }

    static Optional<List<String>> unknownCiphers(String ciphers) {
        TlsLibrary.Ciphers found = TlsLibrary.ciphers(ciphers);
        return found.usable() ? Optional.of(found.unknown()) : Optional.empty();
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
