package org.sluicemta.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `sluice prepare`: what the JVM learned of a server that relayed for a moment, in a file with which the next
/// one starts in half the time (an ahead-of-time cache; JEP 483, 514 and 515).
@Command(
        name = "prepare",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Relays for two seconds on this machine's loopback and keeps what the JVM learned in FILE: a server with"
                    + " -XX:AOTCache=FILE, the same JVM and the same libraries starts in about half the time. The launcher"
                    + " and the package do this by themselves.",
            ""
        },
        footer = {"", "Exit status 0: FILE is there; 1: it could not be made; 2: usage."})
final class PrepareCommand implements Callable<Integer> {
    private static final int SESSIONS = 10;
    private static final int SIZE = 10_240;

    @Parameters(paramLabel = "FILE", description = "Made anew, in a folder that exists.")
    Path file = Path.of("sluice.aot");

    @Override
    public Integer call() throws InterruptedException {
        Path made = file.toAbsolutePath().normalize();
        Path parent = made.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            System.err.println("prepare: " + made + " is in no folder that exists");
            return 2;
        }
        try {
            Path folder = Files.createTempDirectory("sluice-prepare-");
            Path fresh = folder.resolveSibling(folder.getFileName() + ".aot");
            try {
                relay(folder, fresh);
                if (!Files.isRegularFile(fresh)) {
                    System.err.println("prepare: the JVM wrote no cache; is it a JDK 25 or later?");
                    return 1;
                }
                Files.copy(fresh, made, StandardCopyOption.REPLACE_EXISTING);
                return 0;
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (LabException | IOException e) {
            System.err.println("prepare: " + e);
            return 1;
        }
    }

    private static void relay(Path folder, Path cache) throws IOException, InterruptedException {
        // The JVM tells of each class that it leaves out.
        var flags = List.of("-XX:AOTCacheOutput=" + cache, "-Xlog:aot=off", "-Xlog:cds=off");
        try (var bench = new Bench(new Bench.Plan(folder, SIZE, SESSIONS, 1, 1, 0, 0, flags), line -> {})) {
            Runtime.getRuntime().addShutdownHook(new Thread(bench::close, "prepare-stop"));
            bench.run();
        }
    }
}
