package org.sluicemta.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.RecipientEvent;

class RowFormatTest {
    private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");
    private static final long QUEUED = Instant.parse("2024-05-01T13:30:00Z").toEpochMilli();

    @Test
    void theHeaderOfDeliveriesAndBouncesIsTheOneReadersKnow() {
        assertThat(header(file(RowType.DELIVERY, RowType.BOUNCE)))
                .isEqualTo("type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,"
                        + "srcType,srcMta,dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,"
                        + "envId,queue,vmtaPool\n");
    }

    @Test
    void theHeaderOfQueueFailuresAloneHasTheirColumnsOnly() {
        assertThat(header(file(RowType.TRANSIENT_QUEUE)))
                .isEqualTo(
                        "type,timeLogged,dsnStatus,dsnDiag,dsnMta,dlvType,dlvSourceIp,dlvDestinationIp,vmta,queue\n");
    }

    @Test
    void aDeliveryIsOneRow() {
        var event = new Event();
        event.what = RecipientEvent.What.DELIVERED;
        event.at = QUEUED + 2_000;
        event.sizeBytes = 4321;
        event.pool = "pool1";

        assertThat(row(file(RowType.DELIVERY), event.made()))
                .isEqualTo(
                        "d,2024-05-01 09:30:02-0400,2024-05-01 09:30:00-0400,news-ann=example.net@bounce.example.com,"
                                + "ann@example.net,,relayed,2.0.0 (success),smtp;250 2.0.0 ok,mx1.example.net (198.51.100.7),,"
                                + "smtp,feeder.example.com (192.0.2.10),smtp,203.0.113.5,198.51.100.7,"
                                + "\"PIPELINING,8BITMIME,SIZE,STARTTLS\",4321,mta1,job-77,,example.net/mta1,pool1\n");
    }

    @Test
    void aDeliveredRowEndsInLfAndHasNoCategoryUnlessOtherwiseAsked() {
        var event = new Event();
        event.what = RecipientEvent.What.DELIVERED;
        var usual = RowPlan.of(EnumSet.of(RowType.DELIVERY), Map.of(), NEW_YORK);
        var asked = new RowPlan(
                usual.records(),
                usual.columns(),
                List.of(),
                QueueFilter.ALL,
                PrivacyPolicy.RETAIN,
                "",
                true,
                true,
                true,
                NEW_YORK);

        assertThat(row(usual, event.made()))
                .doesNotContain("success,")
                .doesNotContain("\r")
                .endsWith("\n");
        assertThat(row(asked, event.made())).contains(",success,").endsWith("\r\n");
    }

    @Test
    void theColumnOfImprintsIsThereOnRequestAndAlwaysEmpty() {
        var plan = plan("timeImprinted,rcpt", List.of(), PrivacyPolicy.RETAIN);

        assertThat(header(plan)).isEqualTo("type,timeImprinted,rcpt\n");
        assertThat(row(plan, new Event().made())).isEqualTo("d,,ann@example.net\n");
    }

    @Test
    void aBounceQuotesOnlyWhatNeedsIt() {
        var event = new Event();
        event.what = RecipientEvent.What.BOUNCED;
        event.at = QUEUED + 3_000;
        event.status = "5.1.1";
        event.diagnostic = "smtp;550 5.1.1 <bob@example.net>, no \"such\" user";
        event.rcpt = "bob@example.net";

        assertThat(row(file(RowType.BOUNCE), event.made()))
                .isEqualTo(
                        "b,2024-05-01 09:30:03-0400,2024-05-01 09:30:00-0400,news-ann=example.net@bounce.example.com,"
                                + "bob@example.net,,failed,5.1.1 (bad destination mailbox address),"
                                + "\"smtp;550 5.1.1 <bob@example.net>, no \"\"such\"\" user\",mx1.example.net (198.51.100.7),"
                                + "bad-mailbox,smtp,feeder.example.com (192.0.2.10),smtp,203.0.113.5,198.51.100.7,"
                                + "\"PIPELINING,8BITMIME,SIZE,STARTTLS\",,mta1,job-77,,example.net/mta1,\n");
    }

    @Test
    void aDeferralIsDelayedWithTheCategoryOfItsCode() {
        var event = new Event();
        event.what = RecipientEvent.What.DEFERRED;
        event.status = "4.7.0";
        event.diagnostic = "smtp;421 4.7.0 try again later";

        assertThat(row(file(RowType.TRANSIENT), event.made()))
                .startsWith("t,")
                .contains(",delayed,4.7.0 (other or undefined security status),smtp;421 4.7.0 try again later,")
                .contains(",policy-related,");
    }

    @Test
    void aFailedQueueIsARowOfItsOwnWithoutABoundAddress() {
        var failed = failed("");

        assertThat(row(file(RowType.TRANSIENT_QUEUE), failed))
                .isEqualTo("tq,2024-05-01 09:31:00-0400,4.4.1 (no answer from host),,mx.example.org (198.51.100.9),"
                        + "smtp,0.0.0.0,198.51.100.9,mta2,example.org/mta2\n");
    }

    @Test
    void inAFileOfSeveralTypesColumnsThatATypeLacksAreEmpty() {
        var file = file(RowType.DELIVERY, RowType.TRANSIENT_QUEUE);

        assertThat(row(file, failed("203.0.113.6")))
                .isEqualTo(
                        "tq,2024-05-01 09:31:00-0400,,,,,,4.4.1 (no answer from host),,mx.example.org (198.51.100.9),,"
                                + ",,smtp,203.0.113.6,198.51.100.9,,,mta2,,,example.org/mta2,\n");
    }

    @Test
    void typesThatTheFileDoesNotRecordLeaveNothing() {
        assertThat(row(file(RowType.BOUNCE), new Event().made())).isEmpty();
        assertThat(row(file(RowType.DELIVERY), failed(""))).isEmpty();
    }

    @Test
    void decisionsOfThisServerHaveTheirOwnWords() {
        var event = new Event();
        event.what = RecipientEvent.What.BOUNCED;
        event.diagnostic = "";
        event.status = "5.1.2";
        assertThat(row(file(RowType.BOUNCE), event.made()))
                .contains(",5.1.2 (bad destination system: no such domain),,")
                .contains(",bad-domain,");
        event.attempt = 0;
        event.status = "4.4.7";
        event.diagnostic = "smtp;450 4.2.2 mailbox full";
        assertThat(row(file(RowType.BOUNCE), event.made()))
                .contains(",4.4.7 (delivery time expired),smtp;450 4.2.2 mailbox full,")
                .contains(",message-expired,");
        event.status = "5.0.0";
        event.diagnostic = "deleted by administrator";
        assertThat(row(file(RowType.BOUNCE), event.made()))
                .contains(",5.0.0 (undefined status),deleted by administrator,")
                .contains(",other,");
        event.status = "5.3.5";
        event.diagnostic = "";
        assertThat(row(file(RowType.BOUNCE), event.made()))
                .contains(",5.3.5 (specified VirtualMTA does not exist),,")
                .contains(",bad-configuration,");
    }

    @Test
    void columnsCanBeChosenOrderedAndTakenFromHeaders() {
        var columns = List.of(
                column("timeQueued"), column("header_x-campaign"), column("rcpt"), column("totalSecondsQueued"));
        Map<RowType, List<Column>> chosen = new EnumMap<>(RowType.class);
        chosen.put(RowType.DELIVERY, columns);
        var file = new RowPlan(
                Set.of(RowType.DELIVERY),
                chosen,
                List.of(),
                QueueFilter.ALL,
                PrivacyPolicy.RETAIN,
                "",
                true,
                true,
                true,
                NEW_YORK);
        var event = new Event();
        event.at = QUEUED + 61_999;
        event.facts = List.of("Subject: x", "X-Campaign: spring, 2024");

        assertThat(header(file)).isEqualTo("type,timeQueued,header_x-campaign,rcpt,totalSecondsQueued\r\n");
        assertThat(row(file, event.made()))
                .isEqualTo("d,2024-05-01 09:30:00-0400,\"spring, 2024\",ann@example.net,61\r\n");
    }

    @Test
    void aHeaderFieldTakesThePlaceOfAFieldWhereTheMessageHasIt() {
        var plan = plan(
                "jobId,rcpt,header_Subject,userString,seq",
                List.of(
                        new RowPlan.Mapping(RowType.DELIVERY, "X-First", Column.Field.JOB_ID),
                        new RowPlan.Mapping(RowType.DELIVERY, "x-second", Column.Field.JOB_ID)),
                PrivacyPolicy.RETAIN);
        var event = new Event();
        assertThat(row(plan, event.made())).isEqualTo("d,job-77,ann@example.net,,host 7,4711\n");

        event.facts = List.of("X-Second: two", "Subject: =?utf-8?Q?J=C3=BCrgen=2C_hello?=");
        assertThat(row(plan, event.made())).isEqualTo("d,two,ann@example.net,\"Jürgen, hello\",host 7,4711\n");

        event.facts = List.of("X-Second: two", "x-first: one");
        assertThat(row(plan, event.made())).startsWith("d,one,");
    }

    @Test
    void aRecipientIsHiddenEverywhereInTheRow() {
        var plan = plan("orig,rcpt,dsnDiag,header_Subject", List.of(), PrivacyPolicy.of("redact", "xx"));
        var event = new Event();
        event.diagnostic = "smtp;250 ok, ann <ann@example.net> will annul it";
        event.facts = List.of("Subject: Dear Ann");

        assertThat(row(plan, event.made()))
                .isEqualTo("d,news-xx=example.net@bounce.example.com,xx@example.net,"
                        + "\"smtp;250 ok, xx <xx@example.net> will annul it\",Dear xx\n");
    }

    /// ORCPT is xtext, and may name somebody else.
    @Test
    void whoeverTheMailWasForAtFirstIsHiddenToo() {
        var plan = plan("rcpt,orcpt", List.of(), PrivacyPolicy.of("redact", "xx"));
        var event = new Event();
        event.rcpt = "bob+promo@example.net";
        event.orcpt = "rfc822;Bob+2Bpromo@example.net";
        assertThat(row(plan, event.made())).isEqualTo("d,xx@example.net,rfc822;xx@example.net\n");
        event.orcpt = "rfc822;carol@example.org";
        assertThat(row(plan, event.made())).isEqualTo("d,xx@example.net,rfc822;xx@example.org\n");
    }

    @Test
    void timesMayBeSecondsSince1970() {
        var plan = new RowPlan(
                Set.of(RowType.DELIVERY),
                Map.of(RowType.DELIVERY, List.of(column("timeLogged"), column("timeQueued"))),
                List.of(),
                QueueFilter.ALL,
                PrivacyPolicy.RETAIN,
                "",
                false,
                false,
                false,
                NEW_YORK);
        var event = new Event();
        event.at = QUEUED + 1_999;

        assertThat(row(plan, event.made())).isEqualTo("d," + (QUEUED / 1000 + 1) + "," + QUEUED / 1000 + "\n");
    }

    @Test
    void anExpiredRecipientIsExpiredWhateverTheLastReplySaid() {
        var event = new Event();
        event.what = RecipientEvent.What.BOUNCED;
        event.status = "4.4.7";
        event.attempt = 0;
        event.diagnostic = "smtp;452 4.2.2 mailbox full";
        assertThat(row(file(RowType.BOUNCE), event.made())).contains(",message-expired,");

        event.attempt = 3;
        event.status = "4.2.2";
        assertThat(row(file(RowType.BOUNCE), event.made())).contains(",quota-issues,");
    }

    @Test
    void theCategoryFollowsTheConfigurationFromRowToRow() {
        var policies = new ChangingPolicies();
        var format = new RowFormat(file(RowType.BOUNCE), policies);
        var event = new Event();
        event.what = RecipientEvent.What.BOUNCED;
        event.status = "5.1.1";
        event.diagnostic = "smtp;550 5.1.1 no such user";
        var before = new RowBuffer();
        format.row(SEQ, event.made(), before);
        policies.categories = BounceCategories.of(
                List.of(new BounceCategories.Rule(org.sluicemta.match.OperatorPattern.of("such"), "own")));
        var after = new RowBuffer();
        format.row(SEQ, event.made(), after);

        assertThat(new String(before.toBytes(), StandardCharsets.UTF_8)).contains(",bad-mailbox,");
        assertThat(new String(after.toBytes(), StandardCharsets.UTF_8)).contains(",own,");
    }

    @Test
    void theUserAndTheSessionsTlsAreToldOnRequest() {
        var plan = plan("rcvSmtpUser,dlvTlsProtocol,dlvTlsCipher", List.of(), PrivacyPolicy.RETAIN);

        assertThat(row(plan, new Event().made())).isEqualTo("d,ann,TLSv1.3,TLS_AES_128_GCM_SHA256\n");
    }

    @Test
    void aReceiptIsOneRow() {
        var receipt = receipt();
        var rows = new RowBuffer();
        new RowFormat(file(RowType.RECEIPT), AccountPolicies.NONE).row(SEQ, receipt, rows);

        assertThat(header(file(RowType.RECEIPT)))
                .isEqualTo("type,timeLogged,orig,rcpt,orcpt,srcType,srcMta,rcvSourceIp,rcvDestinationIp,vmta,jobId,"
                        + "envId,vmtaPool\n");
        assertThat(new String(rows.toBytes(), StandardCharsets.UTF_8))
                .isEqualTo("r,2024-05-01 09:30:00-0400,news@bounce.example.com,ann@example.net,,smtp,"
                        + "feeder.example.com (192.0.2.10),192.0.2.10,192.0.2.25,mta1,job-77,env-1,\n");
    }

    @Test
    void rowsOfASilencedQueueAndOfOthersThanTheFiltersAreNotTaken() {
        var policies = new ChangingPolicies();
        policies.silenced = new QueueKey("example.net", "mta1");
        assertThat(new RowFormat(file(RowType.DELIVERY), AccountPolicies.NONE).takes(new Event().made()))
                .isTrue();
        assertThat(new RowFormat(file(RowType.DELIVERY), policies).takes(new Event().made()))
                .isFalse();
        var unaccounted = new Event();
        unaccounted.isUnaccounted = true;
        assertThat(new RowFormat(file(RowType.DELIVERY), AccountPolicies.NONE).takes(unaccounted.made()))
                .as("an operator wants no row of it")
                .isFalse();
        assertThat(new RowFormat(file(RowType.BOUNCE), AccountPolicies.NONE).takes(new Event().made()))
                .isFalse();
    }

    private static final class ChangingPolicies implements AccountPolicies {
        BounceCategories categories = BounceCategories.DEFAULT;
        QueueKey silenced = new QueueKey("nobody.example", "mta1");

        @Override
        public BounceCategories categories() {
            return categories;
        }

        @Override
        public boolean isDisabled(QueueKey queue, RowType type) {
            return queue.equals(silenced);
        }
    }

    private static RowPlan plan(String fields, List<RowPlan.Mapping> mappings, PrivacyPolicy privacy) {
        return new RowPlan(
                Set.of(RowType.DELIVERY),
                Map.of(RowType.DELIVERY, RecordFields.of(RowType.DELIVERY, List.of(fields.split(",")))),
                mappings,
                QueueFilter.ALL,
                privacy,
                "host 7",
                true,
                false,
                false,
                NEW_YORK);
    }

    @Test
    void timesFollowTheZoneThroughItsChanges() {
        var times = new LocalTimes(NEW_YORK);
        long autumn = Instant.parse("2024-11-03T05:59:59Z").toEpochMilli();

        assertThat(text(times, autumn)).isEqualTo("2024-11-03 01:59:59-0400");
        assertThat(text(times, autumn + 1_000)).isEqualTo("2024-11-03 01:00:00-0500");
        assertThat(times.nextMidnightMillis(autumn) - autumn)
                .isEqualTo(Duration.ofHours(23).plusSeconds(1).toMillis());
        assertThat(text(new LocalTimes(ZoneId.of("Asia/Kolkata")), QUEUED)).isEqualTo("2024-05-01 19:00:00+0530");
    }

    @Test
    void textBeyondAsciiIsWrittenAsUtf8() {
        var event = new Event();
        event.rcpt = "jürgen@exämple.net";

        assertThat(row(file(RowType.DELIVERY), event.made())).contains(",jürgen@exämple.net,");
    }

    @Test
    void unknownCodesGetTheWordsOfTheirSubject() {
        assertThat(StatusWords.of("5.7.26", false)).isEqualTo("5.7.26 (other or undefined security status)");
        assertThat(StatusWords.of("2.6.0", false)).isEqualTo("2.6.0 (success)");
        assertThat(StatusWords.of("4.9.9", false)).isEqualTo("4.9.9 (undefined status)");
        assertThat(StatusWords.of("nonsense", false)).isEqualTo("nonsense (undefined status)");
    }

    @Test
    void theCodeAloneTellsACategory() {
        assertThat(StatusWords.category("5.5.3")).isEqualTo("policy-related");
        assertThat(StatusWords.category("5.5.1")).isEqualTo("protocol-errors");
        assertThat(StatusWords.category("5.6.9")).isEqualTo("content-related");
        assertThat(StatusWords.category("5.1.10")).isEqualTo("bad-domain");
        assertThat(StatusWords.category("4.2.2")).isEqualTo("quota-issues");
        assertThat(StatusWords.category("5.9.9")).isEqualTo("other");
    }

    private static Column column(String name) {
        return Column.named(name).orElseThrow();
    }

    private static String text(LocalTimes times, long millis) {
        return new String(times.text(millis), StandardCharsets.US_ASCII);
    }

    private static ReceiptEvent receipt() {
        return new ReceiptEvent(
                new MessageId(1, 2),
                0,
                QUEUED,
                "news@bounce.example.com",
                "ann@example.net",
                "",
                "job-77",
                "env-1",
                "mta1",
                "",
                "smtp",
                "feeder.example.com (192.0.2.10)",
                "192.0.2.10",
                "192.0.2.25",
                "ann",
                List.of("Subject: hello"));
    }

    // ---- whole files, by the position of their columns: readers without a header line go by it

    private static String golden(String name) throws IOException {
        try (InputStream in = RowFormatTest.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Event delivery() {
        var event = new Event();
        event.what = RecipientEvent.What.DELIVERED;
        event.at = QUEUED + 2_000;
        event.sizeBytes = 4321;
        event.pool = "pool1";
        return event;
    }

    private static String rows(RowPlan file, Object... events) {
        var format = new RowFormat(file, AccountPolicies.NONE);
        var rows = new RowBuffer();
        format.header(rows);
        for (Object event : events) {
            switch (event) {
                case RecipientEvent recipient -> format.row(SEQ, recipient, rows);
                case QueueEvent.Failed failed -> format.row(SEQ, failed, rows);
                case ReceiptEvent receipt -> format.row(SEQ, receipt, rows);
                default -> throw new AssertionError(event);
            }
        }
        return new String(rows.toBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void eachTypeKeepsItsColumns() throws IOException {
        var bounce = new Event();
        bounce.what = RecipientEvent.What.BOUNCED;
        bounce.at = QUEUED + 3_000;
        bounce.status = "5.1.1";
        bounce.diagnostic = "smtp;550 5.1.1 <bob@example.net>, no such user";
        bounce.rcpt = "bob@example.net";
        var deferral = new Event();
        deferral.what = RecipientEvent.What.DEFERRED;
        deferral.at = QUEUED + 4_000;
        deferral.status = "4.7.0";
        deferral.diagnostic = "smtp;421 4.7.0 try again later";

        assertThat(rows(file(RowType.DELIVERY), delivery().made())).isEqualTo(golden("d.csv"));
        assertThat(rows(file(RowType.BOUNCE), bounce.made())).isEqualTo(golden("b.csv"));
        assertThat(rows(file(RowType.TRANSIENT), deferral.made())).isEqualTo(golden("t.csv"));
        assertThat(rows(file(RowType.TRANSIENT_QUEUE), failed(""))).isEqualTo(golden("tq.csv"));
        assertThat(rows(file(RowType.RECEIPT), receipt())).isEqualTo(golden("r.csv"));
    }

    @Test
    void aFileOfSeveralTypesKeepsTheUnionOfTheirColumns() throws IOException {
        assertThat(rows(
                        file(RowType.DELIVERY, RowType.TRANSIENT_QUEUE, RowType.RECEIPT),
                        delivery().made(),
                        failed(""),
                        receipt()))
                .isEqualTo(golden("all.csv"));
    }

    private static RowPlan file(RowType... types) {
        return RowPlan.of(EnumSet.copyOf(List.of(types)), Map.of(), NEW_YORK);
    }

    private static final long SEQ = 4711;

    private static String header(RowPlan file) {
        var rows = new RowBuffer();
        new RowFormat(file, AccountPolicies.NONE).header(rows);
        return new String(rows.toBytes(), StandardCharsets.UTF_8);
    }

    private static String row(RowPlan file, RecipientEvent event) {
        var rows = new RowBuffer();
        new RowFormat(file, AccountPolicies.NONE).row(SEQ, event, rows);
        return new String(rows.toBytes(), StandardCharsets.UTF_8);
    }

    private static String row(RowPlan file, QueueEvent.Failed event) {
        var rows = new RowBuffer();
        new RowFormat(file, AccountPolicies.NONE).row(SEQ, event, rows);
        return new String(rows.toBytes(), StandardCharsets.UTF_8);
    }

    private static QueueEvent.Failed failed(String sourceIp) {
        return new QueueEvent.Failed(
                new QueueKey("example.org", "mta2"),
                QUEUED + 60_000,
                QUEUED + 660_000,
                1,
                "4.4.1",
                "",
                "mx.example.org (198.51.100.9)",
                "smtp",
                sourceIp,
                "198.51.100.9",
                "ETIMEDOUT connecting");
    }

    /// A delivery, to be changed by a test.
    private static final class Event {
        RecipientEvent.What what = RecipientEvent.What.DELIVERED;
        long at = QUEUED;
        int attempt = 1;
        String status = "2.0.0";
        String diagnostic = "smtp;250 2.0.0 ok";
        String rcpt = "ann@example.net";
        String orcpt = "";
        String pool = "";
        long sizeBytes;
        List<String> facts = List.of();
        boolean isUnaccounted;

        RecipientEvent made() {
            return new RecipientEvent(
                    what,
                    new MessageId(1, 2),
                    0,
                    attempt,
                    at,
                    0,
                    QUEUED,
                    new QueueKey("example.net", "mta1"),
                    "mta1",
                    pool,
                    "news-ann=example.net@bounce.example.com",
                    rcpt,
                    orcpt,
                    "job-77",
                    "",
                    "smtp",
                    "feeder.example.com (192.0.2.10)",
                    status,
                    diagnostic,
                    "mx1.example.net (198.51.100.7)",
                    "smtp",
                    "203.0.113.5",
                    "198.51.100.7",
                    "PIPELINING,8BITMIME,SIZE,STARTTLS",
                    sizeBytes,
                    false,
                    facts,
                    "ann",
                    "TLSv1.3",
                    "TLS_AES_128_GCM_SHA256",
                    isUnaccounted);
        }
    }
}
