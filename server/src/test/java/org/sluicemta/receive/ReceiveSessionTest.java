package org.sluicemta.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.match.OperatorPattern;
import org.sluicemta.queue.Intake;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.world.MemoryUse;

class ReceiveSessionTest {
    private static final String MESSAGE = "From: a@example.com\r\nSubject: hello\r\n\r\nText.\r\n";
    private static final String FROM = "a@example.com";

    private final ReceiveStage stage = new ReceiveStage(7);

    private void wish(String name, Object value) {
        stage.wishes.put(name, value);
        stage.adopt();
    }

    private String submit(String data) {
        return stage.submit(FROM, List.of("b@example.net"), data);
    }

    @Test
    void nobodyMayRelayUnlessTheSourceSaysSo() {
        wish("always-allow-relaying", false);
        var client = stage.client();

        String answers = client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\n");

        assertThat(answers).endsWith("550 5.7.1 relaying denied\r\n");
    }

    @Test
    void withoutAnybodyWhoAsksNoReceiptIsRecorded() {
        assertThat(submit(MESSAGE)).startsWith("250 ");

        assertThat(stage.spool.receipts).isEmpty();
    }

    /// The mail is safe, and nothing can be recorded until the next start.
    @Test
    void anEventStreamThatHasEndedHoldsBackNo250() {
        stage.recordsReceipts = true;
        stage.adopt();
        stage.spool.receiptRefusals = Integer.MAX_VALUE;
        stage.spool.takesEvents = false;

        assertThat(submit(MESSAGE)).startsWith("250 ");
        assertThat(stage.arrived).hasSize(1);
    }

    /// What an attempt records must come behind it.
    @Test
    void mailIsHandedOnWhenItsReceiptsAreInTheStream() {
        stage.recordsReceipts = true;
        stage.adopt();
        stage.spool.receiptRefusals = 1;
        stage.receiptsAtArrival = -1;
        var client = stage.client();
        client.says("EHLO c.example\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        client.says(MESSAGE + ".\r\n");
        stage.pass(java.time.Duration.ofSeconds(1));

        assertThat(stage.receiptsAtArrival).isEqualTo(1);
    }

    @Test
    void whoHears250HasAReceiptOfEachRecipientOnDisk() {
        stage.recordsReceipts = true;
        stage.adopt();
        stage.spool.receiptRefusals = 1;
        var client = stage.client();

        client.says("EHLO c.example\r\nMAIL FROM:<a@example.com>\r\n"
                + "RCPT TO:<b@example.net>\r\nRCPT TO:<c@example.net>\r\n");
        client.says("DATA\r\n");

        assertThat(client.says(MESSAGE + ".\r\n")).isEmpty();
        assertThat(stage.arrived).hasSize(1);
        assertThat(stage.spool.receipts)
                .extracting(ReceiptEvent::index, ReceiptEvent::forwardPath)
                .containsExactly(tuple(0, "b@example.net"), tuple(1, "c@example.net"));
        ReceiptEvent first = stage.spool.receipts.getFirst();
        assertThat(first.receivedFrom()).isEqualTo("198.51.100.9");
        assertThat(first.receivedOn()).isEqualTo("192.0.2.1");
        assertThat(first.sourceMta()).isEqualTo("c.example (198.51.100.9)");
        assertThat(first.virtualMta()).isEqualTo("{default}");
        assertThat(first.headerFacts()).contains("Subject: hello");

        stage.spool.settleReceipts();
        assertThat(client.says("")).startsWith("250 ");
    }

    @Test
    void aReceiptNamesWhoHasLoggedIn() {
        stage.recordsReceipts = true;
        stage.users.put("ann", "secret");
        stage.wishes.put("allow-unencrypted-plain-auth", true);
        stage.adopt();
        var client = stage.client();
        client.says("EHLO c\r\n");
        client.says("AUTH PLAIN AGFubgBzZWNyZXQ=\r\n");
        client.says("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\n");
        client.says("DATA\r\n");
        client.says(MESSAGE + ".\r\n");

        assertThat(stage.spool.receipts).extracting(ReceiptEvent::smtpUser).containsExactly("ann");
        assertThat(stage.arrived.getFirst().message().smtpUser()).isEqualTo("ann");
    }

    @Test
    void aRelayDomainIsTakenFromAnybodyInAnyCase() {
        stage.relayDomains.add("example.net");
        wish("always-allow-relaying", false);

        assertThat(stage.submit(FROM, List.of("b@EXAMPLE.net"), MESSAGE)).startsWith("250 ");
        assertThat(stage.queues()).containsExactly(new QueueKey("example.net", "{default}"));
    }

    @Test
    void postmasterIsTakenFromAnybodyAndGoesToTheConfiguredAddress() {
        stage.postmaster = "ops@example.org";
        wish("always-allow-relaying", false);

        for (String ours : List.of("PostMaster", "postmaster@mx.sluice.example", "abuse@MX.sluice.example")) {
            assertThat(stage.submit(FROM, List.of(ours), MESSAGE)).startsWith("250 ");
        }

        var recipients = stage.arrived.stream()
                .flatMap(stored -> stored.message().recipients().stream())
                .toList();
        assertThat(recipients).hasSize(3).allSatisfy(recipient -> {
            assertThat(recipient.forwardPath()).isEqualTo("ops@example.org");
            assertThat(recipient.queue()).isEqualTo(new QueueKey("example.org", "{default}"));
        });
    }

    @Test
    void aStrangerReachesThePostmasterOnceAMessage() {
        stage.postmaster = "ops@example.org";
        wish("always-allow-relaying", false);
        var client = stage.client();

        assertThat(client.says(
                        "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nRCPT TO:<abuse@mx.sluice.example>\r\n"))
                .endsWith("250 2.1.5 RCPT ok\r\n452 4.5.3 too many recipients\r\n");
    }

    @Test
    void postmasterOfOthersIsNotOurs() {
        wish("always-allow-relaying", false);
        var client = stage.client();

        assertThat(client.says("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster@example.net>\r\n"))
                .endsWith("550 5.7.1 relaying denied\r\n");
    }

    @Test
    void aClientWithoutServiceIsToldSoInTheGreeting() {
        wish("smtp-service", false);

        assertThat(stage.client().hears()).startsWith("554 5.7.1 ");
    }

    @Test
    void connectionsOverTheTotalHear421AndDoNotCount() {
        stage.totalMaxSmtpIn = 2;
        stage.adopt();
        var first = stage.client();
        stage.client();

        assertThat(stage.client().hears()).startsWith("421 4.3.2 ");
        assertThat(stage.reception.facts().connections()).isEqualTo(2);
        assertThat(stage.reception.facts().mostConnections()).isEqualTo(2);
        assertThat(stage.reception.putOff()).containsEntry(Shortage.CONNECTIONS, 1L);

        first.says("QUIT\r\n");
        assertThat(stage.client().hears()).startsWith("220 ");
    }

    /// A 250 for it would promise what cannot be kept.
    @Test
    void whatCouldNotBeReadBackIsRefused() {
        stage.spool.largest = 1_000;
        var client = stage.client();

        assertThat(client.says("EHLO c\r\n")).contains("SIZE 1000\r\n");
        assertThat(client.says("MAIL FROM:<a@example.com> SIZE=1001\r\n")).startsWith("552 5.3.4 ");
        client.says("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        assertThat(client.says("Subject: s\r\n\r\n" + "x".repeat(1_000) + "\r\n.\r\n"))
                .startsWith("552 5.3.4 ");
        assertThat(stage.arrived).isEmpty();
    }

    /// What is left belongs to the connections that there are: they go on.
    @Test
    void newConnectionsHear421WhereMemoryIsShort() {
        var before = stage.client();
        stage.outsideHeap = new MemoryUse(57L << 20, 64L << 20);

        assertThat(stage.client().hears()).isEqualTo("421 4.3.2 short of memory, try again later\r\n");
        assertThat(stage.reception.facts().connections()).isEqualTo(1);
        assertThat(stage.reception.putOff()).containsEntry(Shortage.MEMORY, 1L);
        assertThat(before.says("EHLO c\r\n")).contains("250 ");

        stage.outsideHeap = new MemoryUse(56L << 20, 64L << 20);
        assertThat(stage.client().hears()).startsWith("220 ");
    }

    @Test
    void traceFieldsAreAddedInFrontAndOnlyWhatIsMissing() {
        submit("Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nSubject: s\r\n\r\nText.\r\n");

        assertThat(stage.onlyText())
                .matches("(?s)Received: from client\\.example \\(\\[198\\.51\\.100\\.9\\]\\)\r\n"
                        + " by mx\\.sluice\\.example with ESMTP id [0-9a-f]{32}\r\n for <b@example\\.net>;\r\n"
                        + " [A-Z][a-z]{2}, \\d{1,2} [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d \\+0000"
                        + " \\(envelope-from <a@example\\.com>\\)\r\n"
                        + "Message-ID: <[0-9a-f]{32}@mx\\.sluice\\.example>\r\n"
                        + "Date: Mon, 1 Jan 2024 00:00:00 \\+0000\r\nSubject: s\r\n\r\nText\\.\r\n");
    }

    @Test
    void severalRecipientsAreNotNamedInReceived() {
        stage.submit(FROM, List.of("b@example.net", "c@example.net"), MESSAGE);

        assertThat(stage.onlyText()).doesNotContain("for <");
    }

    @Test
    void theSourceCanBeHiddenAndTheFieldsBeLeftOut() {
        wish("hide-message-source", true);
        submit(MESSAGE);
        assertThat(stage.onlyText()).startsWith("Received: by mx.").doesNotContain("198.51.100.9");

        stage.arrived.clear();
        stage.wishes.put("add-received-header", false);
        stage.wishes.put("add-date-header", false);
        wish("add-message-id-header", false);
        submit(MESSAGE);
        assertThat(stage.onlyText()).isEqualTo(MESSAGE);
    }

    @Test
    void aMessageThatBeginsWithItsEmptyLineGetsTheTraceFieldsAsItsHeader() {
        submit("\r\nOnly text.\r\n\r\nAnd more.\r\n");

        String text = stage.onlyText();
        assertThat(text).startsWith("Received: ").endsWith("\r\n\r\nOnly text.\r\n\r\nAnd more.\r\n");
        assertThat(stage.arrived.getFirst().message().shape().headerBytes()).isEqualTo(text.indexOf("\r\n\r\n") + 4);
    }

    @Test
    void textWithoutAHeaderIsKeptApartFromOurFields() {
        submit("This is a test mailing.\r\nx-job: j1\r\n\r\nBye.\r\n");

        String text = stage.onlyText();
        assertThat(text).endsWith(">\r\n\r\nThis is a test mailing.\r\nx-job: j1\r\n\r\nBye.\r\n");
        assertThat(stage.arrived.getFirst().message().shape().headerBytes()).isEqualTo(text.indexOf("\r\n\r\n") + 4);
    }

    @Test
    void anEmptyMessageIsAMessage() {
        assertThat(submit("")).startsWith("250 ");
        assertThat(stage.onlyText()).startsWith("Received: ").endsWith(">\r\n");
    }

    @Test
    void anEmptyMessageWithoutAddedFieldsHasNoBytesAtAll() {
        stage.wishes.put("add-received-header", false);
        stage.wishes.put("add-date-header", false);
        wish("add-message-id-header", false);

        assertThat(submit("")).startsWith("250 ");
        assertThat(stage.onlyText()).isEmpty();
        assertThat(stage.arrived.getFirst().content().slices()).hasSize(1);
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void ourHeadersAreTakenAndTakenOutWhereTheSourceAllowsIt() {
        stage.wishes.put("process-x-virtual-mta", true);
        stage.wishes.put("process-x-envid", true);
        wish("process-x-job", true);

        submit("From: a@b\r\nx-virtual-mta: M2\r\nX-Job: spring\r\nx-envid: e 1\r\nSubject: s\r\n\r\nText.\r\n");

        var recipient = stage.recipients().getFirst();
        assertThat(recipient.queue()).isEqualTo(new QueueKey("example.net", "m2"));
        assertThat(recipient.jobId()).isEqualTo("spring");
        assertThat(recipient.envelopeId()).isEqualTo("e 1");
        assertThat(stage.onlyText()).endsWith("From: a@b\r\nSubject: s\r\n\r\nText.\r\n");
    }

    @Test
    void ourHeadersAreTextWhereTheSourceDoesNotAllowThem() {
        submit("x-virtual-mta: m2\r\nx-job: j\r\n\r\nText.\r\n");

        assertThat(stage.queues()).containsExactly(new QueueKey("example.net", "{default}"));
        assertThat(stage.recipients().getFirst().jobId()).isEmpty();
        assertThat(stage.onlyText()).contains("x-virtual-mta: m2\r\nx-job: j\r\n");
    }

    @Test
    void ourHeadersStayWhereTheyAreRetained() {
        stage.wishes.put("process-x-virtual-mta", true);
        stage.wishes.put("retain-x-virtual-mta", true);
        stage.wishes.put("process-x-job", true);
        wish("retain-x-job", true);

        submit("x-virtual-mta: m1\r\nx-job: j\r\n\r\nText.\r\n");

        assertThat(stage.queues()).containsExactly(new QueueKey("example.net", "m1"));
        assertThat(stage.onlyText()).contains("x-virtual-mta: m1\r\nx-job: j\r\n");
    }

    @Test
    void anUnknownVirtualMtaIsRefusedAtTheEndOfTheMessage() {
        wish("process-x-virtual-mta", true);

        assertThat(submit("x-virtual-mta: nobody\r\n\r\nText.\r\n")).startsWith("554 5.3.5 ");
        assertThat(stage.arrived).isEmpty();
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void anEmptyVirtualMtaIsRefusedUnlessAllowed() {
        wish("process-x-virtual-mta", true);
        assertThat(submit("x-virtual-mta:\r\n\r\nText.\r\n")).startsWith("554 5.6.0 ");

        stage.wishes.put("default-virtual-mta", "m1");
        wish("allow-empty-x-virtual-mta", true);
        assertThat(submit("x-virtual-mta:\r\n\r\nText.\r\n")).startsWith("250 ");
        assertThat(stage.queues()).containsExactly(new QueueKey("example.net", "{default}"));
    }

    @Test
    void aPoolTakesTurnsByDomainAndKeepsADomainTogether() {
        wish("default-virtual-mta", "both");

        stage.submit(FROM, List.of("a@x.example", "b@y.example", "c@x.example"), MESSAGE);
        stage.submit(FROM, List.of("d@x.example"), MESSAGE);
        stage.submit(FROM, List.of("e@y.example"), MESSAGE);

        List<List<String>> chosen = stage.arrived.stream()
                .map(stored -> stored.message().recipients().stream()
                        .map(recipient -> recipient.queue().toString())
                        .toList())
                .toList();
        assertThat(chosen)
                .containsExactly(
                        List.of("x.example/m1", "y.example/m1", "x.example/m1"),
                        List.of("x.example/m2"),
                        List.of("y.example/m2"));
        assertThat(stage.recipients().getFirst().pool()).isEqualTo("both");
    }

    @Test
    void aDomainInULabelsIsStoredInALabelsUnlessThatWouldBeAnother() {
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com> SMTPUTF8\r\n");
        String utf8 = new String(
                "RCPT TO:<b@b\u00fccher.example>\r\nRCPT TO:<b@fa\u00df.example>\r\n"
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8),
                java.nio.charset.StandardCharsets.ISO_8859_1);

        assertThat(client.says(utf8)).startsWith("250 ").contains("\r\n553 5.1.2 ");
        client.says("DATA\r\n");
        client.says(MESSAGE + ".\r\n");

        assertThat(stage.recipients()).hasSize(1);
        assertThat(stage.recipients().getFirst().forwardPath()).isEqualTo("b@xn--bcher-kva.example");
    }

    @Test
    void aSpoolThatIsFullRefusesMailWith452() {
        stage.spool.refusal = "Insufficient system storage";
        var client = stage.client();

        assertThat(client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\n"))
                .endsWith("452 4.3.1 Insufficient system storage\r\n");
        assertThat(stage.reception.putOff()).containsEntry(Shortage.SPOOL, 1L);
    }

    @Test
    void whereNoMoreCanWaitMailIsRefusedWith452AndCountedByWhatIsFull() {
        stage.full = Intake.Full.QUEUES;
        var client = stage.client();
        client.says("EHLO c\r\n");

        assertThat(client.says("MAIL FROM:<a@example.com>\r\n"))
                .isEqualTo("452 4.3.1 too much mail is waiting, try again later\r\n");
        stage.full = Intake.Full.TABLES;
        assertThat(client.says("MAIL FROM:<a@example.com>\r\n")).startsWith("452 4.3.1 ");
        stage.full = null;
        assertThat(client.says("MAIL FROM:<a@example.com>\r\n")).startsWith("250 ");
        assertThat(stage.reception.putOff())
                .containsEntry(Shortage.QUEUES, 1L)
                .containsEntry(Shortage.QUEUE_MEMORY, 1L)
                .containsEntry(Shortage.SPOOL, 0L);
    }

    @Test
    void aSpoolThatRefusesAtTheEndIs452AndNothingIsKept() {
        stage.spool.refusesAtEnd = "too many messages wait for the disk";

        assertThat(submit(MESSAGE)).isEqualTo("452 4.3.1 too many messages wait for the disk\r\n");
        assertThat(stage.reception.putOff()).containsEntry(Shortage.SPOOL, 1L);
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void withoutMemoryAMessageIsRefusedWith452AndTheSessionGoesOn() {
        var small = new ReceiveStage(3, 20_000);
        var client = small.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");

        assertThat(client.says(
                        "Subject: s\r\n\r\n" + "x".repeat(500).concat("\r\n").repeat(100) + ".\r\n"))
                .startsWith("452 4.3.1 ");
        assertThat(small.reception.putOff()).containsEntry(Shortage.CONTENT_MEMORY, 1L);
        assertThat(client.says("NOOP\r\n")).startsWith("250 ");
        assertThat(small.slicesOut()).isZero();
    }

    @Test
    void whereverMemoryEndsNothingIsKeptAndTheAnswerIsOneOfTwo() {
        String data = "X-Filler: 0123456789\r\n".repeat(2_000) + "\r\n" + "0123456789\r\n".repeat(25_000);
        int taken = 0;
        for (long limit = 18_000; limit < 900_000; limit += 17_000) {
            var small = new ReceiveStage(limit, limit);
            String answer = small.submit(FROM, List.of("b@example.net"), data);
            assertThat(answer).containsAnyOf("250 2.6.0 ", "452 4.3.1 ");
            taken += small.arrived.size();
            assertThat(small.slicesOut()).as("a budget of %d bytes", limit).isZero();
        }
        assertThat(taken).isPositive();
    }

    @Test
    void aDeclaredSizeReservesLittle() {
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com> SIZE=200000000\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");

        assertThat(stage.memory.usedBytes()).isBetween(1L, 64L << 10);
    }

    @Test
    void aStopGives421ToIdleClientsAndLetsAMessageInTransferEnd() {
        var idle = stage.client();
        var busy = stage.client();
        busy.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        idle.hears();
        var gone = new java.util.concurrent.atomic.AtomicInteger();

        stage.reception.stop(stage.server.loops().getFirst(), gone::incrementAndGet);
        stage.pass(Duration.ofMillis(100));

        assertThat(idle.hears()).startsWith("421 4.3.2 ");
        assertThat(idle.isClosed).isTrue();
        assertThat(gone).hasValue(0);
        assertThat(busy.says(MESSAGE + ".\r\n")).startsWith("250 ").contains("421 4.3.2 ");
        assertThat(gone).hasValue(1);
        assertThat(stage.arrived).hasSize(1);
        assertThat(stage.client().hears()).startsWith("421 ");
    }

    @Test
    void aCutDropsASessionThatDoesNotEnd() {
        var busy = stage.client();
        busy.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nSubject: s\r\n");
        var gone = new java.util.concurrent.atomic.AtomicInteger();
        stage.reception.stop(stage.server.loops().getFirst(), gone::incrementAndGet);

        stage.reception.cut();
        stage.pass(Duration.ofMillis(500));

        assertThat(gone).hasValue(1);
        assertThat(stage.slicesOut()).isZero();
    }

    /// What the operator asked for by `unsynced-acceptance`, and nothing else.
    @Test
    void only250ByWishComesBeforeTheDiskAndTheMailGoesOnWhenItIsThere() {
        stage.acknowledgesUnsynced = true;
        stage.adopt();
        stage.spool.isHolding = true;
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");

        assertThat(client.says(MESSAGE + ".\r\n")).startsWith("250 ");
        assertThat(stage.arrived).isEmpty();

        stage.spool.answer();
        assertThat(stage.onlyText()).endsWith(MESSAGE);
        assertThat(client.hears()).isEmpty();
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void mailThatIsLostAfterItsAnswerIsNotAnsweredTwice() {
        stage.acknowledgesUnsynced = true;
        stage.adopt();
        stage.spool.isHolding = true;
        stage.spool.failsLate = "the disk failed";
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        assertThat(client.says(MESSAGE + ".\r\n")).startsWith("250 ");

        stage.spool.answer();
        assertThat(client.hears()).isEmpty();
        assertThat(stage.arrived).isEmpty();
        assertThat(stage.reception.putOff()).containsEntry(Shortage.SPOOL, 0L);
        assertThat(client.says("NOOP\r\n")).startsWith("250 ");
    }

    @Test
    void whatTheSpoolDoesNotTakeIsNeverAnswered250() {
        stage.acknowledgesUnsynced = true;
        stage.adopt();
        stage.spool.refusesAtEnd = "the disk is full";
        assertThat(submit(MESSAGE)).startsWith("452 4.3.1 ");
        assertThat(stage.arrived).isEmpty();
    }

    @Test
    void aMessageHandedToTheSpoolStaysWhenTheClientVanishes() {
        stage.spool.isHolding = true;
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        assertThat(client.says(MESSAGE + ".\r\n")).isEmpty();

        client.vanishes();
        stage.spool.answer();

        assertThat(stage.onlyText()).endsWith(MESSAGE);
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void aClientThatVanishesInTheMiddleGivesItsMemoryBack() {
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n"
                + "x".repeat(70).concat("\r\n").repeat(1000));

        client.vanishes();

        assertThat(stage.server.slicesOut()).isZero();
        assertThat(stage.reception.facts().connections()).isZero();
    }

    // --- large messages

    private static String large(int bytes) {
        return "Subject: large\r\n\r\n"
                + "0123456789abcdef".repeat(4).concat("\r\n").repeat(bytes / 66);
    }

    @Test
    void aLargeMessageGoesInChunksAndStaysWhole() {
        String data = large(1_500_000);

        assertThat(submit(data)).startsWith("250 ");

        assertThat(stage.onlyText()).startsWith("Received: ").endsWith(data);
        assertThat(stage.spool.chunks).isNotEmpty();
        assertThat(stage.arrived.getFirst().message().shape().sizeBytes())
                .isEqualTo(stage.onlyText().length());
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void readingPausesWhileChunksWaitForTheDisk() {
        stage.spool.isHolding = true;
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        String data = large(4_000_000);

        assertThat(client.says(data + ".\r\n")).isEmpty();
        stage.pass(Duration.ofSeconds(20));
        assertThat(stage.memory.usedBytes()).isLessThan(2L << 20);

        for (int i = 0; i < 40; i++) {
            stage.spool.answer();
        }
        assertThat(client.hears()).startsWith("250 ");
        assertThat(stage.onlyText()).endsWith(data);
    }

    @Test
    void aChunkThatFailsRefusesTheMessageAndGivesTheOthersBack() {
        stage.spool.isHolding = true;
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        client.says(large(1_500_000) + ".\r\n");
        stage.spool.failsChunks = true;
        for (int i = 0; i < 20; i++) {
            stage.spool.answer();
        }

        assertThat(client.hears()).startsWith("452 4.3.1 ");
        assertThat(stage.reception.putOff()).containsEntry(Shortage.SPOOL, 1L);
        assertThat(stage.arrived).isEmpty();
        assertThat(stage.spool.givenBack).containsExactlyElementsOf(stage.spool.chunks.keySet());
        assertThat(stage.slicesOut()).isZero();
        stage.spool.isHolding = false;
        stage.spool.failsChunks = false;
        assertThat(submit(MESSAGE)).startsWith("250 ");
    }

    @Test
    void chunksOfAMessageThatWasBrokenOffAreGivenBackEvenWhenTheirAnswerComesLate() {
        stage.spool.isHolding = true;
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        client.says(large(400_000));
        assertThat(stage.spool.chunks).isNotEmpty();
        stage.spool.isBusyWithGivingBack = true;

        client.vanishes();
        stage.spool.answer();
        assertThat(stage.spool.givenBack).isEmpty();
        stage.spool.isBusyWithGivingBack = false;
        stage.pass(Duration.ofSeconds(1));

        assertThat(stage.spool.givenBack).containsExactlyInAnyOrderElementsOf(stage.spool.chunks.keySet());
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void aLargeMessageWhoseClientVanishesWhileItsLastChunkIsWrittenIsStoredWhole() {
        stage.spool.isHolding = true;
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        String data = large(300_000);
        client.says(data + ".\r\n");
        Runnable last = stage.spool.held.removeLast();
        stage.spool.answer();
        assertThat(client.hears()).isEmpty();

        client.vanishes();
        stage.server.loops().getFirst().post(last);
        stage.pass(Duration.ofMillis(500));
        stage.spool.answer();

        assertThat(stage.onlyText()).endsWith(data);
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void anAnswerToAChunkOfABrokenOffMessageDoesNotDisturbTheNext() {
        stage.spool.isHolding = true;
        var client = stage.client();
        String envelope = "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\n";
        client.says("EHLO c\r\n" + envelope);
        String data = large(300_000);
        client.says("BDAT " + data.length() + "\r\n" + data);
        List<Runnable> late = List.copyOf(stage.spool.held);
        assertThat(late).isNotEmpty();
        stage.spool.held.clear();
        // One answer lets the client be read again; then it thinks better of it.
        late.subList(0, late.size() - 1)
                .forEach(each -> stage.server.loops().getFirst().post(each));
        stage.pass(Duration.ofMillis(500));
        client.hears();
        client.says("RSET\r\n" + envelope + "BDAT " + data.length() + " LAST\r\n" + data);
        late.subList(late.size() - 1, late.size())
                .forEach(each -> stage.server.loops().getFirst().post(each));
        for (int i = 0; i < 10; i++) {
            stage.spool.answer();
        }

        assertThat(client.hears()).contains("250 2.6.0 ");
        assertThat(stage.onlyText()).endsWith(data);
    }

    @Test
    void aHeaderLargerThanTheFirstPieceIsReadWhole() {
        wish("process-x-job", true);
        String fields = "X-Filler: 0123456789\r\n".repeat(2_000);

        assertThat(submit(fields + "x-job: late\r\nSubject: s\r\n\r\nText.\r\n"))
                .startsWith("250 ");

        assertThat(stage.recipients().getFirst().jobId()).isEqualTo("late");
        assertThat(stage.onlyText()).endsWith(fields + "Subject: s\r\n\r\nText.\r\n");
    }

    @Test
    void aLargeHeaderBeforeALargeBodyIsReadWholeToo() {
        wish("process-x-job", true);
        String fields = "X-Filler: 0123456789\r\n".repeat(2_000);
        String body = "0123456789\r\n".repeat(40_000);

        assertThat(submit(fields + "x-job: late\r\n\r\n" + body)).startsWith("250 ");

        assertThat(stage.recipients().getFirst().jobId()).isEqualTo("late");
        assertThat(stage.onlyText()).endsWith(fields + "\r\n" + body);
    }

    @Test
    void aHeaderOver256KilobytesIsRefusedForGoodAndKeepsNoMemory() {
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");

        client.says("X-Filler: 0123456789\r\n".repeat(20_000));
        assertThat(stage.memory.usedBytes()).isZero();
        assertThat(client.says("\r\nText.\r\n.\r\n")).startsWith("552 5.3.4 ");
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void aHeaderOfThousandsOfFieldsThatAreTakenOutCostsOnePass() {
        wish("process-x-job", true);
        String text = "x-job: j\r\n".repeat(20_000) + "Subject: s\r\n\r\nText.\r\n";

        assertThat(submit(text)).startsWith("250 ");

        assertThat(stage.onlyText())
                .endsWith(">\r\nSubject: s\r\n\r\nText.\r\n")
                .doesNotContain("x-job");
    }

    @Test
    void aHostileHelloNameCannotAddAFieldOrAComment() {
        var client = stage.client();
        client.says("EHLO a(b\\c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        client.says(MESSAGE + ".\r\n");

        if (!stage.arrived.isEmpty()) {
            assertThat(stage.onlyText()).startsWith("Received: from a_b_c ([198.51.100.9])\r\n");
        }
    }

    private static PatternList patterns(PatternList.Rule... rules) {
        return new PatternList("p", Map.of("p", List.of(rules)));
    }

    private static PatternList.Rule rule(PatternList.About about, String header, String regex, String virtualMta) {
        return new PatternList.Rule(
                about, header, OperatorPattern.of(regex), virtualMta, OptionalInt.of(30), "", List.of());
    }

    @Test
    void patternsChooseVirtualMtaAndPriorityOfAllRecipients() {
        wish("pattern-list", patterns(rule(PatternList.About.RCPT_TO, "", "^c@", "m2")));

        stage.submit(FROM, List.of("b@example.net", "c@example.org"), MESSAGE);

        assertThat(stage.queues())
                .containsExactly(new QueueKey("example.net", "m2"), new QueueKey("example.org", "m2"));
        assertThat(stage.recipients()).extracting(AcceptedRecipient::priority).containsOnly(30);
    }

    @Test
    void patternsLookAtFieldsThatAreTakenOutAndFolded() {
        stage.wishes.put("remove-header", List.of("x-kind"));
        wish("pattern-list", patterns(rule(PatternList.About.HEADER, "x-kind", "^of today$", "m2")));

        submit("X-Kind: of\r\n today\r\n" + MESSAGE);

        assertThat(stage.queues()).containsExactly(new QueueKey("example.net", "m2"));
        assertThat(stage.onlyText()).doesNotContain("X-Kind");
    }

    @Test
    void theHeaderIsStrongerThanPatternsAndTheseThanTheSource() {
        stage.wishes.put("process-x-virtual-mta", true);
        stage.wishes.put("default-virtual-mta", "m1");
        wish("pattern-list", patterns(rule(PatternList.About.MAIL_FROM, "", "@example", "m2")));

        submit("X-Virtual-MTA: m1\r\n" + MESSAGE);
        assertThat(stage.queues()).containsExactly(new QueueKey("example.net", "m1"));
        assertThat(stage.recipients().getFirst().priority()).isEqualTo(30);

        submit(MESSAGE);
        assertThat(stage.queues()).containsExactly(new QueueKey("example.net", "m2"));

        stage.submit("a@elsewhere.org", List.of("b@example.net"), MESSAGE);
        assertThat(stage.queues()).containsExactly(new QueueKey("example.net", "m1"));
        assertThat(stage.recipients().getFirst().priority()).isEqualTo(50);
    }

    @Test
    void aChosenVirtualMtaThatDoesNotExistRefusesTheMessage() {
        wish("pattern-list", patterns(rule(PatternList.About.MAIL_FROM, "", "", "nowhere")));

        assertThat(submit(MESSAGE)).startsWith("554 5.3.5 ");
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void whatCannotBeMatchedIsRefusedForNow() {
        var look = new PatternList.Rule(
                PatternList.About.MAIL_FROM,
                "",
                OperatorPattern.of("(?=never)x"),
                "",
                OptionalInt.empty(),
                "",
                List.of());
        PatternList.Rule[] rules = new PatternList.Rule[1_001];
        Arrays.fill(rules, look);
        wish("pattern-list", patterns(rules));

        assertThat(submit(MESSAGE)).startsWith("452 4.5.3 ");
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void receivedFieldsThatAMessageBringsAlongAreTakenOutAndOursStays() {
        wish("remove-received-headers", true);

        submit("Received: from secret.example by other.example; now\r\nRECEIVED : from b\r\n c\r\n" + MESSAGE);

        assertThat(stage.onlyText()).startsWith("Received: from client.example").doesNotContain("secret", "RECEIVED");
    }

    @Test
    void aFieldThatIsToBeTakenOutIsNotAddedEither() {
        wish("remove-header", List.of("received", "date", "message-id"));

        submit("Received: from secret.example\r\n" + MESSAGE);

        assertThat(stage.onlyText()).isEqualTo(MESSAGE);
    }

    @Test
    void aDateIsReplacedWhereThatIsWanted() {
        wish("override-date", true);

        submit("Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n" + MESSAGE);

        assertThat(stage.onlyText()).containsOnlyOnce("\r\nDate: ").doesNotContain("1 Jan 2024");
    }

    @Test
    void theJobComesFromItsOwnFieldFirstAndGetsThePrefix() {
        stage.wishes.put("process-x-job", true);
        stage.wishes.put("jobid-header", "x-campaign");
        wish("jobid-prefix", "acme-");

        submit("X-Campaign: 7\r\nX-Job: 8\r\n" + MESSAGE);
        assertThat(stage.recipients().getFirst().jobId()).isEqualTo("acme-8");

        submit("X-Campaign: 7\r\n" + MESSAGE);
        assertThat(stage.recipients().getFirst().jobId()).isEqualTo("acme-7");
        assertThat(stage.text(stage.arrived.getLast())).contains("X-Campaign: 7");

        submit(MESSAGE);
        assertThat(stage.recipients().getFirst().jobId()).isEmpty();
    }

    @Test
    void thePrefixOfAJobMayBeWhoeverHasLoggedIn() {
        stage.users.put("ann", "secret");
        stage.wishes.put("allow-unencrypted-plain-auth", true);
        stage.wishes.put("process-x-job", true);
        wish("jobid-prefix", "{auth}");
        var client = stage.client();
        client.says("EHLO c\r\n");
        client.says("AUTH PLAIN AGFubgBzZWNyZXQ=\r\n");
        client.says("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\n");
        client.says("DATA\r\n");
        client.says("X-Job: 8\r\n" + MESSAGE + ".\r\n");

        assertThat(stage.recipients().getFirst().jobId()).isEqualTo("ann8");
    }

    @Test
    void aBlindCopyGoesAlongAndNobodyHearsOfIt() {
        wish("bcc", "archive@example.org");

        submit(MESSAGE);

        assertThat(stage.queues())
                .containsExactly(new QueueKey("example.net", "{default}"), new QueueKey("example.org", "{default}"));
        assertThat(stage.recipients().getLast().notifyBits())
                .isEqualTo(AcceptedRecipient.Notify.NEVER | AcceptedRecipient.Notify.NO_LOCAL_REPORT);
        assertThat(stage.onlyText()).contains("for <b@example.net>").doesNotContain("archive");
    }

    @Test
    void aMessageThatDoesNotNameItsVirtualMtaIsMarkedToBeToldLater() {
        stage.wishes.put("process-x-virtual-mta", true);
        stage.wishes.put("retain-x-virtual-mta", true);
        wish("add-x-virtual-mta-header", true);

        submit(MESSAGE);
        assertThat(stage.recipients().getFirst().notifyBits()).isEqualTo(AcceptedRecipient.Notify.NAMES_VIRTUAL_MTA);

        submit("X-Virtual-MTA: m1\r\n" + MESSAGE);
        assertThat(stage.recipients().getFirst().notifyBits()).isZero();
    }

    private void alias(String source, String... targets) {
        var all = new java.util.HashMap<>(stage.aliases.byAddress());
        all.put(source, Arrays.stream(targets).map(Address::ofChecked).toList());
        stage.aliases = new Aliases(all);
        stage.adopt();
    }

    private List<String> sentTo(String... to) {
        assertThat(stage.submit(FROM, List.of(to), MESSAGE)).startsWith("250 ");
        return stage.recipients().stream().map(AcceptedRecipient::forwardPath).toList();
    }

    @Test
    void mailForAnAliasGoesToItsTargets() {
        alias("bob@example.net", "eve@example.org", "ann@example.com");
        alias("@example.edu", "all@example.org");

        assertThat(sentTo("Bob@EXAMPLE.net", "x@example.edu", "sue@example.net"))
                .containsExactly("eve@example.org", "ann@example.com", "all@example.org", "sue@example.net");
    }

    @Test
    void aliasesOfAliasesAreFollowedAndCirclesComeToAnEnd() {
        alias("a@x.example", "b@x.example", "a@x.example");
        alias("b@x.example", "c@x.example", "a@x.example");

        assertThat(sentTo("a@x.example")).containsExactly("c@x.example", "a@x.example");
    }

    @Test
    void anAliasOfPostmasterIsStrongerThanThePostmasterThatIsConfigured() {
        stage.postmaster = "ops@example.org";
        alias("postmaster@mx.sluice.example", "ann@example.com");

        assertThat(sentTo("postmaster")).containsExactly("ann@example.com");
        assertThat(sentTo("abuse@mx.sluice.example")).containsExactly("ops@example.org");
    }

    @Test
    void anAliasDoesNotLetStrangersRelay() {
        alias("bob@example.net", "eve@example.org");
        wish("always-allow-relaying", false);

        assertThat(stage.client().says("EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<bob@example.net>\r\n"))
                .endsWith("550 5.7.1 relaying denied\r\n");
    }

    @Test
    void whatTheClientSaysOfItsRecipientHoldsForTheTargets() {
        alias("bob@example.net", "eve@example.org");
        var client = stage.client();
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\n");
        client.says("RCPT TO:<bob@example.net> NOTIFY=SUCCESS ORCPT=rfc822;bob@example.net\r\n");
        client.says("DATA\r\n");
        client.says(MESSAGE + ".\r\n");

        AcceptedRecipient only = stage.recipients().getFirst();
        assertThat(only.originalRecipient()).isEqualTo("rfc822;bob@example.net");
        assertThat(only.notifyBits()).isEqualTo(AcceptedRecipient.Notify.SUCCESS);
    }

    @Test
    void theAddressThatTheClientConnectedToMayChooseTheVirtualMta() {
        wish("default-virtual-mta", "by-smtp-source-ip");

        submit(MESSAGE);

        assertThat(stage.queues()).containsExactly(new QueueKey("example.net", "m2"));
    }
}
