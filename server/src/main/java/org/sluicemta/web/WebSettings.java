package org.sluicemta.web;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// How the management port works.
///
/// @param port 0 for none
/// @param address on which it listens; empty: on all
/// @param hostName the server's
/// @param hosts names by which the port may be addressed, in lower case, besides addresses and localhost
/// @param access the first rule that fits an address holds; where none does there is no access
/// @param redirectsToTls whether plain HTTP is sent to HTTPS
/// @param checksForgery whether a change needs a token that only our own pages have
/// @param hstsSeconds of the header Strict-Transport-Security; 0 for none
/// @param isLogged whether each request is a line in the log
/// @param maxItems rows of lists where nobody says how many, 1 or more
/// @param sortOrder rcpt, name or size
public record WebSettings(
        int port,
        Optional<InetAddress> address,
        String hostName,
        Set<String> hosts,
        List<AccessRule> access,
        Secrets secrets,
        WebTls tls,
        boolean redirectsToTls,
        boolean checksForgery,
        long hstsSeconds,
        boolean isLogged,
        int maxItems,
        String sortOrder) {
    public WebSettings {
        hosts = Set.copyOf(hosts);
        access = List.copyOf(access);
    }

    /// @param apiKeys each gives a program everything
    /// @param password that people log in with; empty: nobody needs to
    /// @param pull with which calls for a pull are signed; empty: there are none
    public record Secrets(List<String> apiKeys, String password, String pull) {
        public Secrets {
            apiKeys = List.copyOf(apiKeys);
        }

        @Override
        public String toString() {
            return "Secrets[" + apiKeys.size() + " keys]";
        }
    }

    boolean needsLogin() {
        return !secrets.password.isEmpty();
    }
}
