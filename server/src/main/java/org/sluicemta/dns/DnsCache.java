package org.sluicemta.dns;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dns.DnsFinding.Freshness;

/// Answers by question, the least recently used leaves first. Pure over the clock values given. Owner: the resolver.
///
/// An entry holds the last good answer and, beside it, the run of failures since: while a failure is young nobody asks
/// again (RFC 9520 section 3.2: at least 1 s, growing, at most 5 min), and an answer that has expired meanwhile serves
/// for up to a day (RFC 8767 section 4). **A negative answer never serves stale**: an old NXDOMAIN must not bounce mail
/// because today's resolver is down.
final class DnsCache {
    static final long LEAST_TTL_SECONDS = 5;
    static final long MOST_TTL_SECONDS = Duration.ofDays(1).toSeconds();
    static final long MOST_NEGATIVE_TTL_SECONDS = Duration.ofMinutes(15).toSeconds();
    static final int STALE_TTL_SECONDS = 30;
    private static final long STALE_LIMIT_NANOS = Duration.ofDays(1).toNanos();
    private static final long FIRST_FAILURE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long MOST_FAILURE_NANOS = Duration.ofMinutes(5).toNanos();

    private final Map<Key, Held> entries;

    DnsCache(int maxEntries) {
        entries = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, Held> eldest) {
                return size() > maxEntries;
            }
        };
    }

    /// What can be said without asking: a valid answer, the absence of the whole name, a young failure, or, while the
    /// failure is young, the stale answer.
    @Nullable
    DnsFinding find(DnsQuestion question, long nanos) {
        // NXDOMAIN is about the name, whatever the type. Source: RFC 2308 section 5, RFC 8020.
        Held noName = entries.get(new Key(question.name(), null));
        if (noName != null && noName.isFresh(nanos)) {
            return noName.taken(question, Freshness.CACHED, noName.secondsLeft(nanos));
        }
        Held entry = entries.get(Key.of(question));
        if (entry == null) {
            return null;
        }
        if (entry.isFresh(nanos)) {
            return entry.taken(question, Freshness.CACHED, entry.secondsLeft(nanos));
        }
        if (entry.failures > 0 && entry.quietUntil - nanos > 0) {
            DnsFinding stale = entry.stale(question, nanos);
            return stale != null ? stale : entry.failure;
        }
        return null;
    }

    /// Keeps a good answer; forgets failures before it.
    ///
    /// @param ttlSeconds as it came; 0 of a negative answer means that it is not kept (RFC 2308 section 5)
    /// @return the finding with the lifetime that it was given
    DnsFinding put(DnsFinding finding, long ttlSeconds, long nanos) {
        boolean isPositive = finding.answer() instanceof DnsAnswer.Records;
        boolean isWholeName = finding.answer() instanceof DnsAnswer.NoSuchDomain
                && finding.aliases().isEmpty();
        entries.remove(Key.of(finding.question()));
        if (!isWholeName) {
            entries.remove(new Key(finding.question().name(), null));
        }
        if (!isPositive && ttlSeconds == 0) {
            return finding.taken(finding.freshness(), 0);
        }
        long most = isPositive ? MOST_TTL_SECONDS : MOST_NEGATIVE_TTL_SECONDS;
        long ttl = Math.clamp(ttlSeconds, LEAST_TTL_SECONDS, most);
        DnsFinding kept = finding.taken(finding.freshness(), (int) ttl);
        Key key = isWholeName ? new Key(finding.question().name(), null) : Key.of(finding.question());
        entries.put(key, new Held(kept, nanos + Duration.ofSeconds(ttl).toNanos()));
        return kept;
    }

    /// Notes that nobody could say; gives the stale answer, or the failure.
    DnsFinding failed(DnsFinding failure, long nanos) {
        Held entry = entries.get(Key.of(failure.question()));
        if (entry == null) {
            entry = new Held(null, nanos);
            entries.put(Key.of(failure.question()), entry);
        }
        entry.failures++;
        DnsFinding stale = entry.stale(failure.question(), nanos);
        long quiet = Math.min(FIRST_FAILURE_NANOS << Math.min(entry.failures - 1, 20), MOST_FAILURE_NANOS);
        if (stale != null) {
            quiet = Math.max(quiet, Duration.ofSeconds(STALE_TTL_SECONDS).toNanos());
        }
        entry.quietUntil = nanos + quiet;
        int seconds = (int) Math.max(1, Duration.ofNanos(quiet).toSeconds());
        entry.failure = failure.taken(Freshness.CACHED, seconds);
        return stale != null ? stale : failure.taken(failure.freshness(), seconds);
    }

    /// Forgets all about a name, of every type.
    void forget(String name) {
        entries.keySet().removeIf(key -> key.name().equals(name));
    }

    void clear() {
        entries.clear();
    }

    int size() {
        return entries.size();
    }

    /// @param type null for the absence of the whole name
    private record Key(String name, @Nullable DnsType type) {
        static Key of(DnsQuestion question) {
            return new Key(question.name(), question.type());
        }

        @Override
        public int hashCode() {
            return name.hashCode() * 31 + (type == null ? 0 : type.code());
        }
    }

    private static final class Held {
        private final @Nullable DnsFinding finding;
        private final long expires;
        private int failures;
        private long quietUntil;
        private @Nullable DnsFinding failure;

        Held(@Nullable DnsFinding finding, long expires) {
            this.finding = finding;
            this.expires = expires;
        }

        boolean isFresh(long nanos) {
            return finding != null && expires - nanos > 0;
        }

        int secondsLeft(long nanos) {
            return (int) Math.max(1, (expires - nanos) / 1_000_000_000L);
        }

        /// The answer in the words of `question`, which may be of another type where the whole name is absent.
        DnsFinding taken(DnsQuestion question, Freshness from, int ttlSeconds) {
            DnsFinding known = java.util.Objects.requireNonNull(finding, "only an entry with an answer is taken");
            return new DnsFinding(
                    question,
                    known.answer(),
                    known.aliases(),
                    ttlSeconds,
                    from,
                    known.server(),
                    known.answeredMillis());
        }

        @Nullable
        DnsFinding stale(DnsQuestion question, long nanos) {
            boolean serves = finding != null
                    && finding.answer() instanceof DnsAnswer.Records
                    && nanos - expires < STALE_LIMIT_NANOS;
            return serves ? taken(question, Freshness.STALE, STALE_TTL_SECONDS) : null;
        }
    }
}
