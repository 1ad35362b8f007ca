package org.sluicemta.config;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a check may know of the machine on which the configuration is to run.
///
/// @param addresses its own; none: they are not known, and nothing is said about them
/// @param mostOpenFiles what the operating system allows; 0: not known
/// @param passedOver the second of the two usual configuration files where both are there and the first is read;
///     else empty
/// @param account the user as whom the server will run; empty: not known
/// @param confinement what the service's manager keeps from it
public record Machine(
        List<InetAddress> addresses,
        long mostOpenFiles,
        String passedOver,
        Optional<FileRights.Account> account,
        FileRights rights,
        Confinement confinement) {
    /// Nothing is known: the configuration alone is checked.
    public static final Machine UNKNOWN = new Machine(List.of(), 0, "", Optional.empty(), FileRights.UNKNOWN);

    public Machine {
        addresses = List.copyOf(addresses);
    }

    /// A service that nothing but rights confines.
    public Machine(
            List<InetAddress> addresses,
            long mostOpenFiles,
            String passedOver,
            Optional<FileRights.Account> account,
            FileRights rights) {
        this(addresses, mostOpenFiles, passedOver, account, rights, Confinement.NONE);
    }

    /// What is kept from a service whatever the rights of files say. Source: systemd.exec(5), ProtectSystem= and
    /// ProtectHome=.
    ///
    /// @param writable folders outside of which all is read-only; none: everything may be written
    /// @param hidden folders that it does not see
    public record Confinement(List<Path> writable, List<Path> hidden) {
        /// Nothing is kept from it.
        public static final Confinement NONE = new Confinement(List.of(), List.of());

        public Confinement {
            writable = List.copyOf(writable);
            hidden = List.copyOf(hidden);
        }

        /// Whether this path is read-only for it.
        public boolean keepsFromWriting(Path path) {
            return !writable.isEmpty() && writable.stream().noneMatch(path::startsWith);
        }

        /// Whether it does not see this path.
        public boolean hides(Path path) {
            return hidden.stream().anyMatch(path::startsWith);
        }
    }
}
