package org.sluicemta.app;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.config.FileRights;
import org.sluicemta.config.Machine;

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
