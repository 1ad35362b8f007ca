package org.sluicemta.config;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// What a check may know of the machine on which the configuration is to run.
///
/// @param addresses its own; none: they are not known, and nothing is said about them
/// @param mostOpenFiles what the operating system allows; 0: not known
/// @param passedOver the second of the two usual configuration files where both are there and the first is read;
///     else empty
/// @param account the user as whom the server will run; empty: not known
public record Machine(
        List<InetAddress> addresses,
        long mostOpenFiles,
        String passedOver,
        Optional<FileRights.Account> account,
        FileRights rights) {
    /// Nothing is known: the configuration alone is checked.
    public static final Machine UNKNOWN = new Machine(List.of(), 0, "", Optional.empty(), FileRights.UNKNOWN);

    public Machine {
        addresses = List.copyOf(addresses);
    }
}
