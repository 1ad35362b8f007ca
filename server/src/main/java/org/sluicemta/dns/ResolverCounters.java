package org.sluicemta.dns;

/// What a resolver has done since its start; a snapshot.
///
/// @param asked questions put to it
/// @param fromCache of them answered without asking a server, stale ones included
/// @param joined of them that waited for a lookup already under way
/// @param sent datagrams and connections to name servers
/// @param timedOut tries without an answer in time
/// @param failed lookups that ended without knowledge
/// @param stale lookups answered by an expired entry
/// @param refused questions turned away because too many waited
/// @param cacheEntries answers held now
/// @param outstanding lookups under way now
/// @param pending lookups that wait for their turn now
public record ResolverCounters(
        long asked,
        long fromCache,
        long joined,
        long sent,
        long timedOut,
        long failed,
        long stale,
        long refused,
        int cacheEntries,
        int outstanding,
        int pending) {}
