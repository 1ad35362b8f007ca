package org.sluicemta.app;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sluicemta.config.Machine;

/// The unit of the service: as whom it runs, and what systemd keeps from it whatever the rights of files say.
/// Source: systemd.unit(5), systemd.exec(5); no specifiers, no continued lines, which our unit has none of. Blocks in
/// [#ofThisMachine].
record ServiceUnit(String user, Machine.Confinement confinement) {
    private static final String NAME = "sluice.service";
    /// The first that has the unit holds alone; later folders' additions win.
    private static final List<Path> FOLDERS = List.of(
            Path.of("/etc/systemd/system"),
            Path.of("/run/systemd/system"),
            Path.of("/usr/lib/systemd/system"),
            Path.of("/lib/systemd/system"));
    private static final List<Path> HOMES = List.of(Path.of("/home"), Path.of("/root"), Path.of("/run/user"));
    /// Where the folders stand that systemd makes, by directive.
    private static final Map<String, String> MADE = Map.of(
            "RuntimeDirectory", "/run",
            "StateDirectory", "/var/lib",
            "CacheDirectory", "/var/cache",
            "LogsDirectory", "/var/log");

    /// The unit with its additions; empty where there is none.
    static Optional<ServiceUnit> ofThisMachine() {
        for (Path folder : FOLDERS) {
            if (Files.isReadable(folder.resolve(NAME))) {
                List<String> lines = new ArrayList<>(ThisMachine.lines(folder.resolve(NAME)));
                FOLDERS.reversed().forEach(each -> lines.addAll(additions(each.resolve(NAME + ".d"))));
                return Optional.of(of(lines));
            }
        }
        return Optional.empty();
    }

    private static List<String> additions(Path folder) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.conf")) {
            found.forEach(files::add);
        } catch (IOException none) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        files.stream().sorted().forEach(each -> lines.addAll(ThisMachine.lines(each)));
        return lines;
    }

    /// @param lines of the unit, then of its additions
    static ServiceUnit of(List<String> lines) {
        Map<String, List<String>> values = new HashMap<>();
        for (String each : lines) {
            String line = each.strip();
            int equals = line.indexOf('=');
            if (equals <= 0 || line.startsWith("#") || line.startsWith(";")) {
                continue;
            }
            List<String> of = values.computeIfAbsent(line.substring(0, equals).strip(), _ -> new ArrayList<>());
            String value = line.substring(equals + 1).strip();
            if (value.isEmpty()) {
                of.clear();
            } else {
                of.add(value);
            }
        }
        List<Path> writable = new ArrayList<>();
        if (last(values, "ProtectSystem").equals("strict")) {
            for (String each : words(values, "ReadWritePaths")) {
                writable.add(Path.of(each.replaceFirst("^[-+]+", "")));
            }
            MADE.forEach(
                    (directive, top) -> words(values, directive).forEach(each -> writable.add(Path.of(top, each))));
            writable.sort(null);
        }
        boolean hidesHomes = List.of("yes", "true", "1", "on", "tmpfs").contains(last(values, "ProtectHome"));
        return new ServiceUnit(last(values, "User"), new Machine.Confinement(writable, hidesHomes ? HOMES : List.of()));
    }

    private static String last(Map<String, List<String>> values, String directive) {
        List<String> of = values.getOrDefault(directive, List.of());
        return of.isEmpty() ? "" : of.getLast();
    }

    private static List<String> words(Map<String, List<String>> values, String directive) {
        List<String> words = new ArrayList<>();
        for (String each : values.getOrDefault(directive, List.of())) {
            words.addAll(List.of(each.split("\\s+")));
        }
        return words;
    }
}
