package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.account.AccountFile;
import org.sluicemta.account.AccountPolicies;
import org.sluicemta.account.Column;
import org.sluicemta.account.PrivacyPolicy;
import org.sluicemta.account.RowType;
import org.sluicemta.mail.QueueKey;

class AcctPlansTest {
    private static AccountFile first(String text) {
        return AcctPlans.file(MemoryFiles.load(text).acctFiles().getFirst(), ZoneOffset.UTC);
    }

    @Test
    void aFileOfWhichNothingIsSaidHasTheDefaults() {
        assertThat(first("<acct-file /var/log/a.csv>\n</acct-file>"))
                .isEqualTo(AccountFile.named(Path.of("/var/log/a.csv"), ZoneOffset.UTC));
    }

    @Test
    void everyDirectiveReachesItsFile() {
        AccountFile file = first("""
                <acct-file /var/log/a.csv>
                    records delivery, t
                    record-fields d timeQueued, rcpt ,header_X-Job
                    record-fields delivery !rcpt
                    record-fields tq *
                    map-header-to-field d header_X-Customer jobId
                    iso-times no
                    user-string "host 7"
                    queue-filter !example.com/*
                    privacy-policy siphash secretkey
                    acct-line-end crlf
                    acct-success-category yes
                    max-size 2M
                    move-to /var/log/done
                    move-interval 5m
                    delete-after never
                    world-readable yes
                    count-moved-records yes
                </acct-file>
                """);

        assertThat(file.rows().records()).containsExactly(RowType.DELIVERY, RowType.TRANSIENT);
        assertThat(file.rows().columns().get(RowType.DELIVERY))
                .extracting(Column::name)
                .containsExactly("timeQueued", "header_X-Job");
        assertThat(file.rows().columns().get(RowType.TRANSIENT)).isEqualTo(Column.RECIPIENT_DEFAULTS);
        assertThat(file.rows().mappings()).hasSize(1);
        assertThat(file.rows().hasIsoTimes()).isFalse();
        assertThat(file.rows().userString()).isEqualTo("host 7");
        assertThat(file.rows().queues().items()).hasSize(1);
        assertThat(file.rows().privacy()).isEqualTo(PrivacyPolicy.of("siphash", "secretkey"));
        assertThat(file.rows().isCrlf()).isTrue();
        assertThat(file.rows().hasSuccessCategory()).isTrue();
        assertThat(file.rotation().maxSizeBytes()).isEqualTo(2 << 20);
        assertThat(file.rotation().moveTo()).isEqualTo(Path.of("/var/log/done"));
        assertThat(file.rotation().moveInterval()).isEqualTo(Duration.ofMinutes(5));
        assertThat(file.rotation().deleteAfter()).isZero();
        assertThat(file.rotation().isWorldReadable()).isTrue();
        assertThat(file.rotation().countsMoved()).isTrue();
    }

    @Test
    void aNameWithABarIsAProgramWithItsArgumentsQuotedOrNot() {
        var configuration = MemoryFiles.load("""
                <acct-file "|/usr/bin/etl --all 'x'">
                    retry-interval 1m
                    write-timeout 30s
                </acct-file>
                <acct-file |/usr/bin/other --log etl.log>
                </acct-file>
                """);
        var first = configuration.acctFiles().get(0);
        assertThat(AcctPlans.isPipe(first)).isTrue();
        assertThat(AcctPlans.pipe(first, ZoneOffset.UTC).command()).containsExactly("/usr/bin/etl", "--all", "'x'");
        assertThat(AcctPlans.pipe(first, ZoneOffset.UTC).retryInterval()).isEqualTo(Duration.ofMinutes(1));
        assertThat(AcctPlans.pipe(first, ZoneOffset.UTC).writeTimeout()).isEqualTo(Duration.ofSeconds(30));
        var second = configuration.acctFiles().get(1);
        assertThat(AcctPlans.pipe(second, ZoneOffset.UTC).command())
                .containsExactly("/usr/bin/other", "--log", "etl.log");
        assertThat(AcctPlans.pipe(second, ZoneOffset.UTC).writeTimeout()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void anUnknownFieldIsAnErrorThatNamesTheRightOne() {
        assertThat(ValueType.RECORD_FIELDS.parse("d rcpt, timeQueuedd"))
                .isEqualTo(new Parsed.Bad<>(
                        "record-fields d has timeQueuedd, which is no field", "write timeQueued", 8, 11));
        assertThat(ValueType.RECORD_FIELDS.parse("tq rcpt")).isInstanceOf(Parsed.Bad.class);
        assertThat(ValueType.RECORD_FIELDS.parse("x rcpt")).isInstanceOf(Parsed.Bad.class);
        assertThat(ValueType.RECORD_FIELDS.parse("d")).isInstanceOf(Parsed.Bad.class);
        assertThat(ValueType.RECORD_FIELDS.parse("f *,arf_Source-IP")).isInstanceOf(Parsed.Good.class);
        assertThat(ValueType.FIELD_MAPPING.parse("d header_X-A jobbId"))
                .isEqualTo(new Parsed.Bad<>("\"jobbId\" is no field of rows d", "write jobId", 13, 6));
        assertThat(ValueType.FIELD_MAPPING.parse("tq header_X-A queue")).isInstanceOf(Parsed.Bad.class);
        assertThat(ValueType.FIELD_MAPPING.parse("d X-A jobId")).isInstanceOf(Parsed.Bad.class);
        assertThat(ValueType.PRIVACY.parse("siphash-hexkey xyz")).isInstanceOf(Parsed.Bad.class);
        assertThat(ValueType.QUEUE_RECORDS.parse("d,r")).isInstanceOf(Parsed.Bad.class);
    }

    @Test
    void headersThatAnyFileNamesAreCopied() {
        assertThat(AcctPlans.headers(MemoryFiles.load("""
                <acct-file /a>
                    record-fields d *,header_Subject,header_subject
                    map-header-to-field b header_X-Customer jobId
                </acct-file>
                <acct-file /b>
                    record-fields f header_X-Complaint
                </acct-file>
                """))).isEqualTo(List.of("subject", "x-customer"));
        assertThat(AcctPlans.headers(MemoryFiles.load("acct-file /a"))).isEmpty();
    }

    @Test
    void silencedQueuesAndOwnCategoriesAreTold() {
        AccountPolicies policies = AcctPlans.policies(MemoryFiles.load("""
                <domain example.com>
                    disable-acct-records d,transient
                </domain>
                <bounce-category-patterns>
                    /gone fishing/ fishing
                </bounce-category-patterns>
                """));

        var silenced = new QueueKey("example.com", "mta1");
        assertThat(policies.isDisabled(silenced, RowType.DELIVERY)).isTrue();
        assertThat(policies.isDisabled(silenced, RowType.TRANSIENT)).isTrue();
        assertThat(policies.isDisabled(silenced, RowType.BOUNCE)).isFalse();
        assertThat(policies.isDisabled(new QueueKey("example.net", "mta1"), RowType.DELIVERY))
                .isFalse();
        assertThat(policies.categories().of("5.1.1", "smtp;550 Gone Fishing", false))
                .isEqualTo("fishing");
    }
}
