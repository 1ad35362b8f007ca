package org.sluicemta.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/// How the resolver asks and what it keeps.
///
/// @param nameServers one or more, asked in turn
/// @param tryTimeout how long the first question to each server waits, 10 ms to 30 s; each further round waits twice as
///     long as the one before, 8 s or `tryTimeout` at most
/// @param tries the most questions sent for one name, 1 to 10
/// @param ednsOctets the answer's size that we offer to take by datagram, 512 to 4096; 0 asks without EDNS. 1232
///     passes every path without fragments. Source: RFC 6891 section 6.2.5, RFC 9715
/// @param mixesCase whether the letters of a name are sent in random case, which the answer must repeat: makes a forged
///     answer harder to guess; a few old servers answer in lower case and are asked again without
/// @param maxOutstanding the most names asked for at one time, 1 to 10,000
/// @param maxWaiting the most names that may wait for that, 0 or more
/// @param cacheEntries the most answers kept, 100 or more; about 400 bytes each
public record ResolverSettings(
        List<InetSocketAddress> nameServers,
        Duration tryTimeout,
        int tries,
        int ednsOctets,
        boolean mixesCase,
        int maxOutstanding,
        int maxWaiting,
        int cacheEntries) {
    public ResolverSettings {
        nameServers = List.copyOf(nameServers);
        require(!nameServers.isEmpty(), "no name server is given; write name-server with an address");
        long ms = tryTimeout.toMillis();
        require(ms >= 10 && ms <= 30_000, "the time-out for a name server is " + ms + "ms; write 10ms to 30s");
        require(tries >= 1 && tries <= 10, "a name is asked for " + tries + " times; write 1 to 10");
        require(
                ednsOctets == 0 || (ednsOctets >= 512 && ednsOctets <= 4096),
                "the EDNS size is " + ednsOctets + "; write 512 to 4096, or 0 for no EDNS");
        require(maxOutstanding >= 1 && maxOutstanding <= 10_000, "outstanding questions: write 1 to 10000");
        require(maxWaiting >= 0, "waiting questions: write 0 or more");
        require(cacheEntries >= 100, "cached answers: write 100 or more");
    }

    /// The values for everyday use: 2 s, 4 tries, EDNS 1232, 512 outstanding, 100,000 answers (40 MB at most).
    public static ResolverSettings of(List<InetSocketAddress> nameServers) {
        return new ResolverSettings(nameServers, Duration.ofSeconds(2), 4, 1232, false, 512, 65_536, 100_000);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new DnsException(message);
        }
    }
}
