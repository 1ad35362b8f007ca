package org.sluicemta.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.sluicemta.dns.DnsFinding.Freshness;

class DnsCacheProperties {
    private static final long SECOND = 1_000_000_000L;
    private static final DnsQuestion QUESTION = new DnsQuestion("example.com", DnsType.A);
    private static final DnsAnswer RECORDS =
            new DnsAnswer.Records("example.com", List.of(new DnsRecord.Ip(InetAddress.ofLiteral("192.0.2.1"))));

    @Property(seed = "42")
    void recordsLiveFiveSecondsToADay(@ForAll @LongRange(min = 0, max = Long.MAX_VALUE) long ttl, @ForAll long now) {
        var cache = new DnsCache(100);

        cache.put(finding(QUESTION, RECORDS), ttl, now);

        long lives = Math.clamp(ttl, 5, 86_400);
        assertThat(cache.find(QUESTION, now + lives * SECOND - 1)).isNotNull();
        assertThat(cache.find(QUESTION, now + lives * SECOND)).isNull();
    }

    @Property(seed = "42")
    void denialsLiveFiveSecondsToAQuarterOfAnHourAndNotAtAllWithoutATtl(
            @ForAll @LongRange(min = 0, max = 1_000_000) long ttl, @ForAll boolean isOfName) {
        var cache = new DnsCache(100);
        DnsAnswer denial = isOfName ? new DnsAnswer.NoSuchDomain() : new DnsAnswer.NoRecords();

        cache.put(finding(QUESTION, denial), ttl, 0);

        if (ttl == 0) {
            assertThat(cache.find(QUESTION, 0)).isNull();
            return;
        }
        long lives = Math.clamp(ttl, 5, 900);
        assertThat(cache.find(QUESTION, lives * SECOND - 1)).isNotNull();
        assertThat(cache.find(QUESTION, lives * SECOND)).isNull();
    }

    @Property(seed = "42")
    void failuresAreQuietAtLeastASecondNeverShorterThanBeforeAndFiveMinutesAtMost(
            @ForAll @IntRange(min = 1, max = 100) int failures) {
        var cache = new DnsCache(100);
        int last = 0;
        for (int i = 0; i < failures; i++) {
            int quiet = cache.failed(finding(QUESTION, new DnsAnswer.Failed("silence")), 0)
                    .ttlSeconds();
            assertThat(quiet).isBetween(Math.max(1, last), 300);
            last = quiet;
        }
        assertThat(cache.find(QUESTION, last * SECOND - 1)).isNotNull();
        assertThat(cache.find(QUESTION, last * SECOND)).isNull();
    }

    @Property(seed = "42")
    void onlyRecordsServeWhenTheyHaveExpired(@ForAll @IntRange(min = 0, max = 2) int kind) {
        var cache = new DnsCache(100);
        DnsAnswer answer =
                switch (kind) {
                    case 0 -> RECORDS;
                    case 1 -> new DnsAnswer.NoRecords();
                    default -> new DnsAnswer.NoSuchDomain();
                };
        cache.put(finding(QUESTION, answer), 60, 0);

        DnsFinding later = cache.failed(finding(QUESTION, new DnsAnswer.Failed("silence")), 3_600 * SECOND);

        if (kind == 0) {
            assertThat(later.freshness()).isEqualTo(Freshness.STALE);
            assertThat(later.answer()).isEqualTo(RECORDS);
        } else {
            assertThat(later.answer()).isInstanceOf(DnsAnswer.Failed.class);
        }
    }

    @Property(seed = "42")
    void theCacheNeverGrowsBeyondItsBoundAndKeepsTheYoungest(
            @ForAll @Size(max = 400) List<@IntRange(min = 0, max = 300) Integer> names) {
        var cache = new DnsCache(50);
        for (int name : names) {
            var question = new DnsQuestion("n" + name + ".example", DnsType.A);
            cache.put(finding(question, RECORDS), 60, 0);
            assertThat(cache.size()).isLessThanOrEqualTo(50);
            assertThat(Objects.requireNonNull(cache.find(question, 0)).question())
                    .isEqualTo(question);
        }
    }

    private static DnsFinding finding(DnsQuestion question, DnsAnswer answer) {
        return new DnsFinding(question, answer, List.of(), 0, Freshness.ASKED, "192.0.2.53:53", 0);
    }
}
