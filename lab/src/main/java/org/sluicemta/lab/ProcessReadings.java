package org.sluicemta.lab;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// What the kernel tells of a process of this user: processor time, bytes written, resident memory. Needs Linux.
///
/// Blocks on `/proc`, which is memory. Threads: any.
final class ProcessReadings {
    /// Source: proc(5): times are in clock ticks, of which user space has 100 a second on every architecture that
    /// matters here.
    private static final double TICK_MICROS = 10_000;

    private static final int COLLECTION_SECONDS = 60;

    private final Path folder;
    private final long pid;

    ProcessReadings(long pid) {
        this.pid = pid;
        this.folder = Path.of("/proc", Long.toString(pid));
    }

    /// User and system time of all its threads so far.
    double processorMicros() throws IOException {
        String stat = Files.readString(folder.resolve("stat"));
        // The name in brackets may hold blanks. Source: proc_pid_stat(5), fields 14 and 15; the third follows.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MICROS;
    }

    /// Bytes that it caused to be sent to the disk, by direct writes or through the page cache.
    long writtenBytes() throws IOException {
        return field(Files.readString(folder.resolve("io")), "write_bytes:");
    }

    /// Resident memory with all mapped pages, counted page by page.
    long residentBytes() throws IOException {
        return field(Files.readString(folder.resolve("smaps_rollup")), "Rss:") * 1024;
    }

    /// Processor time that all processes of the machine spent so far.
    static double machineMicros() throws IOException {
        String first =
                Files.readString(Path.of("/proc/stat")).lines().findFirst().orElse("");
        String[] fields = first.split("\\s+", -1);
        // user, nice, system. What follows is idle, or work for interrupts, which belongs to nobody: on loopback mostly
        // to those who are measured. Source: proc_stat(5)
        long busy = 0;
        for (int i : List.of(1, 2, 3)) {
            busy += i < fields.length ? Long.parseLong(fields[i]) : 0;
        }
        return busy * TICK_MICROS;
    }

    /// Asks its JVM for a full collection, by the tool that every JDK and the package bring.
    ///
    /// @return false when that tool is missing or did not do it
    boolean collect() throws IOException, InterruptedException {
        Path tool = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.isExecutable(tool)) {
            return false;
        }
        Process asking = new ProcessBuilder(tool.toString(), Long.toString(pid), "GC.run")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!asking.waitFor(COLLECTION_SECONDS, TimeUnit.SECONDS)) {
            asking.destroyForcibly();
            return false;
        }
        return asking.exitValue() == 0;
    }

    /// The kind of file system, e.g. `ext4`.
    static String fileSystem(Path folder) {
        try {
            FileStore store = Files.getFileStore(folder);
            return store.type().toLowerCase(Locale.ROOT);
        } catch (IOException unknown) {
            return "a file system of unknown kind";
        }
    }

    static boolean isInMemory(Path folder) {
        return List.of("tmpfs", "ramfs").contains(fileSystem(folder));
    }

    private static long field(String text, String name) throws IOException {
        for (String line : text.split("\n", -1)) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.substring(name.length()).strip().split(" ", 2)[0]);
            }
        }
        throw new IOException("/proc tells no " + name);
    }
}
