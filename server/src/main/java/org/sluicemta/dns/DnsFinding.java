package org.sluicemta.dns;

import java.util.List;

/// A question, its answer, and how it was come by: enough for "why did this mail go there?".
///
/// @param aliases the CNAME targets passed, in order; at most 8
/// @param ttlSeconds how long from now it may be used; 0 when it is not to be kept
/// @param server the name server that said it, or empty where none did
/// @param answeredMillis server time at which it said so
public record DnsFinding(
        DnsQuestion question,
        DnsAnswer answer,
        List<String> aliases,
        int ttlSeconds,
        Freshness freshness,
        String server,
        long answeredMillis) {
    public DnsFinding {
        aliases = List.copyOf(aliases);
    }

    /// Where the answer was just now.
    public enum Freshness {
        /// Asked for.
        ASKED,
        /// In the cache and valid.
        CACHED,
        /// In the cache and expired, used because no name server answers. Source: RFC 8767 section 4.
        STALE
    }

    DnsFinding taken(Freshness from, int ttlLeftSeconds) {
        return new DnsFinding(question, answer, aliases, ttlLeftSeconds, from, server, answeredMillis);
    }
}
