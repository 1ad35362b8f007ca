package org.sluicemta.app;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.FileRights;
import org.sluicemta.config.Machine;
import org.sluicemta.control.About;

/// The machine on which the program runs, for a check of a configuration. Blocks; never on a loop.
final class ThisMachine {
    /// The users of the service, the usual one first.
    private static final List<String> SERVICE_USERS = List.of("sluice", "pmta");
    /// A list of users that is longer is no list of users.
    private static final long LONGEST_LIST_BYTES = 4L << 20;

    private ThisMachine() {}

    /// @param account the user as whom files are judged; empty: none is known, and only what is not there is told
    static Machine with(Optional<FileRights.Account> account, List<InetAddress> addresses, String passedOver) {
        Machine.Confinement confinement = account.flatMap(ThisMachine::unitOf)
                .map(ServiceUnit::confinement)
                .orElse(Machine.Confinement.NONE);
        return new Machine(addresses, mostOpenFiles(), passedOver, account, ThisMachine::look, confinement);
    }

    /// The unit that runs the server as this user.
    private static Optional<ServiceUnit> unitOf(FileRights.Account account) {
        return ServiceUnit.ofThisMachine().filter(unit -> unit.user().equals(account.name()));
    }

    /// The addresses of all network interfaces that are up.
    static List<InetAddress> addresses() {
        try {
            var all = new ArrayList<InetAddress>();
            for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
                if (each.isUp()) {
                    each.inetAddresses().forEach(all::add);
                }
            }
            return all;
        } catch (SocketException unknown) {
            return List.of();
        }
    }

    /// What memory the server may take here.
    static MemoryBudgets budgets(Configuration configuration) {
        long all = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean known
                ? known.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
        Runtime jvm = Runtime.getRuntime();
        return MemoryBudgets.of(configuration, all, jvm.maxMemory(), jvm.availableProcessors());
    }

    /// What this program is and where it runs.
    static About about() {
        var build = new Properties();
        try (InputStream in = ThisMachine.class.getResourceAsStream("build.properties")) {
            if (in != null) {
                build.load(in);
            }
        } catch (IOException unknown) {
            build.clear();
        }
        return new About(
                Sluice.VERSION,
                told(build.getProperty("date", "")),
                told(build.getProperty("revision", "")),
                System.getProperty("os.name", ""),
                System.getProperty("os.version", ""),
                first(lines(Path.of("/proc/sys/kernel/version")), ""),
                first(lines(Path.of("/proc/cpuinfo")), "model name"),
                Runtime.getRuntime().availableProcessors(),
                ramKilobytes(),
                hostId(first(lines(Path.of("/etc/machine-id")), "")));
    }

    /// Empty where the build put nothing in its place.
    private static String told(String value) {
        return value.startsWith("$") ? "" : value.strip();
    }

    /// The first line that begins so, or what stands behind its colon.
    private static String first(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> name.isEmpty() ? line : line.substring(line.indexOf(':') + 1))
                .map(String::strip)
                .findFirst()
                .orElse("");
    }

    private static long ramKilobytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean machine
                ? machine.getTotalMemorySize() / 1024
                : 0;
    }

    /// The machine's own id is not to be told to everybody, so it is a digest.
    private static String hostId(String machineId) {
        if (machineId.isEmpty()) {
            return "";
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(("sluice host id " + machineId).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static long mostOpenFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : 0;
    }

    /// The user of the service, as far as there is one.
    static Optional<FileRights.Account> serviceUser() {
        return SERVICE_USERS.stream().flatMap(name -> account(name).stream()).findFirst();
    }

    /// @param name as in the system's list of users
    static Optional<FileRights.Account> account(String name) {
        return account(name, lines(Path.of("/etc/passwd")), lines(Path.of("/etc/group")));
    }

    static Optional<FileRights.Account> account(String name, List<String> users, List<String> groups) {
        for (String line : users) {
            String[] f = line.split(":", -1);
            if (f.length >= 4 && f[0].equals(name) && f[2].matches("\\d{1,9}") && f[3].matches("\\d{1,9}")) {
                Set<Integer> numbers = new HashSet<>();
                numbers.add(Integer.valueOf(f[3]));
                for (String group : groups) {
                    String[] g = group.split(":", -1);
                    if (g.length >= 4
                            && g[2].matches("\\d{1,9}")
                            && List.of(g[3].split(",")).contains(name)) {
                        numbers.add(Integer.valueOf(g[2]));
                    }
                }
                return Optional.of(new FileRights.Account(name, Integer.parseInt(f[2]), numbers));
            }
        }
        return Optional.empty();
    }

    static List<String> lines(Path file) {
        try {
            return Files.size(file) > LONGEST_LIST_BYTES ? List.of() : Files.readAllLines(file);
        } catch (IOException unknown) {
            return List.of();
        }
    }

    private static FileRights.Look look(Path path) {
        try {
            Path real = path.toRealPath();
            Map<String, Object> facts = Files.readAttributes(real, "unix:isDirectory,uid,gid,mode,owner,group");
            return new FileRights.Look.Found(
                    real,
                    Boolean.TRUE.equals(facts.get("isDirectory")),
                    number(facts.get("uid")),
                    number(facts.get("gid")),
                    number(facts.get("mode")) & 0777,
                    facts.get("owner") + ":" + facts.get("group"));
        } catch (NoSuchFileException missing) {
            return new FileRights.Look.Missing();
        } catch (IOException | UnsupportedOperationException closed) {
            return new FileRights.Look.Hidden();
        }
    }

    private static int number(@Nullable Object value) {
        return value instanceof Integer number ? number : -1;
    }
}
