package org.sluicemta.receive;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.sluicemta.settings.Setting;

/// One snapshot of what reception may and must do. Immutable; safe from any thread.
public interface ReceivePolicies {
    /// @param names the sources whose settings are laid over those of the address, the strongest last: the one that
    ///     the listener asks for, the one of the user who has logged in. Unknown ones are passed over
    SourcePolicy source(InetAddress client, List<String> names);

    /// @param name as the client gave it
    Optional<SmtpUser> user(String name);

    /// Whether a user is configured who has this name, though perhaps without a password.
    default boolean isUserName(String name) {
        return user(name).isPresent();
    }

    /// Whether any user is configured who can log in.
    boolean hasUsers();

    /// The virtual MTA that sends from an address; empty where none does.
    ///
    /// @param address of this machine, as text
    default String virtualMtaAt(String address) {
        return "";
    }

    /// Whether mail for this domain is taken from anybody (`relay-domain`).
    boolean isRelayDomain(String canonicalDomain);

    /// Whether accounting tells of each recipient that is accepted.
    default boolean recordsReceipts() {
        return false;
    }

    /// Whether mail is answered 250 before it is on disk, at the operator's wish.
    default boolean acknowledgesUnsynced() {
        return false;
    }

    /// Header fields whose values accounting tells, in lower case; they are copied when a message is accepted. The few
    /// that are copied anyway need not stand here.
    default List<String> headersToCopy() {
        return List.of();
    }

    /// The name in the greeting and in Received.
    String hostName();

    /// Who gets mail for the server's own postmaster and abuse mailboxes; empty when none is configured.
    Setting<String> postmaster();

    /// Addresses whose mail goes elsewhere; domains in them are canonical.
    default Aliases aliases() {
        return Aliases.NONE;
    }

    Setting<Integer> totalMaxSmtpIn();
}
