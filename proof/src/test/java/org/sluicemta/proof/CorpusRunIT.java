package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sluicemta.lab.AccountTail;
import org.sluicemta.lab.Mood;
import org.sluicemta.lab.Receipt;
import org.sluicemta.lab.Receiver;
import org.sluicemta.lab.Refusal;

/// Configurations that others wrote for PowerMTA, run for real: a server process, receivers on loopback that keep
/// books, and the accounting. What each file promises is asserted in both. The files are read from beside the
/// project and changed in the test's folder only.
class CorpusRunIT {
    private static final String LOCAL = "127.0.9.1";
    /// How much nearer to the one before it a copy may seem to arrive: a busy machine stops receivers for moments.
    private static final double JITTER_SECONDS = 0.5;

    @TempDir
    Path folder;

    private static String corpus(String file) throws IOException {
        return Files.readString(CorpusFolder.required().resolve(file));
    }

    // --- 01: a virtual MTA for each sender's domain, a long list of replies

    @Test
    void eachVirtualMtaOfKira41LeavesByItsOwnAddressKeepsItsRateAndBacksOff() throws Exception {
        String file = "01-Kira41-pmta.conf";
        String text = corpus(file);
        Map<String, String> addresses = Map.of(
                "pmta-sender1", "127.0.9.5",
                "pmta-sender2", "127.0.9.1",
                "pmta-sender3", "127.0.9.2",
                "pmta-sender4", "127.0.9.3",
                "pmta-sender5", "127.0.9.4");
        try (var run = new CorpusRun(folder)) {
            run.receiver("plain.example");
            run.receiver("gmail.com");
            Receiver hotmail = run.receiver("hotmail.com");
            Receiver yahoo = run.receiver("yahoo.com");
            yahoo.mood(new Mood(
                    Set.of(Refusal.Stage.MAIL),
                    421,
                    "4.7.0 [TSS04] Messages from {source} temporarily deferred due to user complaints"));
            Files.writeString(run.config(), run.moved(text) + run.ours() + """
                    <source 127.0.0.1>
                        always-allow-relaying yes
                    </source>
                    """);
            run.start(file);

            List<String> gmail = run.hand(LOCAL, run.smtpPort, "pmta-sender2", "gmail.com", 24);
            List<String> refused = run.hand(LOCAL, run.smtpPort, "pmta-sender4", "yahoo.com", 6);
            List<String> hot = run.hand(LOCAL, run.smtpPort, "pmta-sender3", "hotmail.com", 8);
            for (String virtualMta : addresses.keySet()) {
                List<String> own = run.hand(LOCAL, run.smtpPort, virtualMta, "plain.example", 2);
                assertLeaves(run, own, virtualMta, addresses.get(virtualMta));
            }
            List<String> loggedIn = run.handLoggedIn(LOCAL, "scampia", "example-password", "plain.example", 2);

            // Whoever logs in may not choose, and has the default of that source.
            assertLeaves(run, loggedIn, "pmta-sender1", "127.0.9.5");

            // A list of 200 replies: the one that matches is the file's own, and the limit that then binds as well.
            run.await("yahoo.com is in backoff", () -> run.inBackoff().contains("yahoo.com/pmta-sender4"));
            assertThat(run.ruleOf("yahoo.com/pmta-sender4"))
                    .isEqualTo("reply /421 4\\.7\\.0 \\[TSS04\\] Messages from .* temporarily deferred/ mode=backoff");
            assertThat(run.ask("--json", "show", "queues", "--mode=backoff")).contains("\"yahoo.com/pmta-sender4\"");
            run.awaitBinding("yahoo.com/pmta-sender4", "backoff-max-msg-rate 1/m");

            // 10000/h stands in the virtual MTA and so is stronger than the file's 250/h for gmail.com.
            assertLeaves(run, gmail, "pmta-sender2", "127.0.9.1");
            assertSpaced("01 gmail.com", run.taken("gmail.com"), 0.36);

            assertLeaves(run, hot, "pmta-sender3", "127.0.9.2");
            assertThat(hotmail.counts().mostConnections).isEqualTo(1);

            // Meanwhile 24 permits of 0.36 s passed: without backoff all six would have been tried.
            int tried = run.refused("yahoo.com").size();
            assertThat(tried).isBetween(1, 3);
            run.await("each refusal has its row", () -> run.rows("t", refused).size() == tried);
            assertThat(run.rows("t", refused))
                    .allSatisfy(row -> assertThat(row.cell("dsnDiag")).contains("[TSS04] Messages from 127.0.9.3"));

            yahoo.mood(Mood.GOOD);
            String unused = run.ask("set", "queue", "--mode=normal", "yahoo.com/*");
            unused = run.ask("schedule", "--retry-recipients", "yahoo.com/*");
            assertLeaves(run, refused, "pmta-sender4", "127.0.9.3");
            System.out.println("CorpusRunIT: 01 yahoo.com: " + tried + " attempts in backoff, then all of 6 delivered");
        }
    }

    // --- 09: a pool whose members the owner's installer writes

    @Test
    void thePoolOfWill383842TakesTurnsPacesItselfAndBacksOff() throws Exception {
        String file = "09-will383842-cold_email-engine-pmta-config-20260216.conf";
        String text = corpus(file);
        try (var run = new CorpusRun(folder)) {
            run.receiver("plain.example");
            run.receiver("gmail.com");
            Receiver moody = run.receiver("moody.example");
            moody.mood(new Mood(Set.of(Refusal.Stage.MAIL), 421, "4.3.2 busy. Please try again later"));
            Files.writeString(run.config(), run.moved(text) + run.ours() + """
                    <virtual-mta pmta-vmta0>
                        smtp-source-host 127.0.9.1 mail0.sender.example
                    </virtual-mta>
                    <virtual-mta pmta-vmta1>
                        smtp-source-host 127.0.9.2 mail1.sender.example
                    </virtual-mta>
                    """);
            run.start(file);

            List<String> refused =
                    run.handLoggedIn(LOCAL, "admin@SMTP_AUTH_DOMAIN", "example-password", "moody.example", 4);
            List<String> gmail = run.handLoggedIn(LOCAL, "admin@SMTP_AUTH_DOMAIN", "example-password", "gmail.com", 4);
            List<String> plain =
                    run.handLoggedIn(LOCAL, "admin@SMTP_AUTH_DOMAIN", "example-password", "plain.example", 6);

            run.await(
                    "both queues of moody.example are in backoff",
                    () -> run.inBackoff().containsAll(List.of("moody.example/pmta-vmta0", "moody.example/pmta-vmta1")));
            assertThat(run.ruleOf("moody.example/pmta-vmta0"))
                    .isEqualTo("reply /421 .* Please try again later/ mode=backoff");
            run.awaitBinding("moody.example/pmta-vmta0", "backoff-max-msg-rate 1/m");

            // In turn, domain by domain, each from its own address, each at its own pace.
            run.await("plain.example has all", () -> run.rows("d", plain).size() == plain.size());
            assertTurns(run, plain);
            for (String address : List.of("127.0.9.1", "127.0.9.2")) {
                assertSpaced("09 plain.example from " + address, from(run.taken("plain.example"), address), 3.6);
            }

            // Two queues at 1/m, for about 8 s; at their usual 1000/h it would have been all four.
            assertThat(run.refused("moody.example")).hasSize(2);
            moody.mood(Mood.GOOD);
            String unused = run.ask("set", "queue", "--mode=normal", "moody.example/*");
            unused = run.ask("schedule", "--retry-recipients", "moody.example/*");
            run.await("moody.example has all", () -> run.rows("d", refused).size() == refused.size());
            assertTurns(run, refused);
            System.out.println("CorpusRunIT: 09 moody.example: 2 attempts in backoff, then all of 4 delivered");

            run.await("gmail.com has all", () -> run.rows("d", gmail).size() == gmail.size());
            assertTurns(run, gmail);
            for (String address : List.of("127.0.9.1", "127.0.9.2")) {
                assertSpaced("09 gmail.com from " + address, from(run.taken("gmail.com"), address), 14.4);
            }
        }
    }

    /// Half of them by each member of the pool, from its own address.
    private static void assertTurns(CorpusRun run, List<String> recipients) {
        Map<String, Long> members = run.rows("d", recipients).stream()
                .collect(Collectors.groupingBy(row -> row.cell("vmta"), Collectors.counting()));
        assertThat(members)
                .isEqualTo(Map.of("pmta-vmta0", recipients.size() / 2L, "pmta-vmta1", recipients.size() / 2L));
        Map<String, String> addresses = Map.of("pmta-vmta0", "127.0.9.1", "pmta-vmta1", "127.0.9.2");
        for (AccountTail.Row row : run.rows("d", recipients)) {
            assertThat(row.cell("dlvSourceIp")).isEqualTo(addresses.get(row.cell("vmta")));
            assertThat(row.cell("vmtaPool")).isEqualTo("pmta-pool");
            assertThat(receiptOf(run, row.cell("rcpt")).sourceAddress()).isEqualTo(row.cell("dlvSourceIp"));
        }
    }

    // --- 10: queues that join domains; the file is included by one of ours

    @Test
    void theJoinedQueuesOfZcherradi2SendToOneRouteAndBackOffTogether() throws Exception {
        String file = "10-zcherradi2-iresponseV2-pmta_isps.conf";
        String text = corpus(file);
        try (var run = new CorpusRun(folder)) {
            run.receiver("gmail.com");
            Receiver hotmail = run.receiver("hotmail.com");
            Receiver japan = run.receiver("hotmail.jp");
            run.elsewhere("hotmail.be");
            run.elsewhere("hotmail.ch");
            japan.mood(new Mood(Set.of(Refusal.Stage.RCPT), 550, "5.7.1 Unfortunately, messages were not sent"));
            Files.writeString(folder.resolve("pmta_isps.conf"), run.moved(text));
            Files.writeString(
                    run.config(), """
                    host-name mail.sender.example
                    smtp-listener %s:%d
                    <source 127.0.0.1>
                        always-allow-relaying yes
                        process-x-virtual-mta yes
                    </source>
                    <virtual-mta one>
                        smtp-source-host 127.0.9.1 mail1.sender.example
                    </virtual-mta>
                    <virtual-mta two>
                        smtp-source-host 127.0.9.2 mail2.sender.example
                    </virtual-mta>
                    <acct-file %s>
                        records d,b,t,tq
                    </acct-file>
                    include pmta_isps.conf
                    """.formatted(LOCAL, run.smtpPort, folder.resolve("log/acct.csv")) + run.ours());
            run.start(file);

            // Three domains, one queue, one route.
            List<String> belgium = run.hand(LOCAL, run.smtpPort, "one", "hotmail.be", 3);
            List<String> swiss = run.hand(LOCAL, run.smtpPort, "one", "hotmail.ch", 3);
            List<String> mail = run.hand(LOCAL, run.smtpPort, "one", "hotmail.com", 3);
            List<String> gmail = run.hand(LOCAL, run.smtpPort, "two", "gmail.com", 2);
            for (List<String> each : List.of(belgium, swiss, mail)) {
                assertLeaves(run, each, "one", "127.0.9.1");
                assertThat(run.rows("d", each))
                        .allMatch(row -> row.cell("queue").equals("hotmail.queue/one"));
            }
            assertLeaves(run, gmail, "two", "127.0.9.2");
            assertThat(run.rows("d", gmail)).allMatch(row -> row.cell("queue").equals("gmail.queue/two"));
            assertThat(run.taken("hotmail.com")).hasSize(9);

            // A refusal of one domain's mail slows the joint queue down to 10000/h.
            hotmail.mood(new Mood(Set.of(Refusal.Stage.MAIL), 451, "4.7.650 you have exceeded the rate"));
            List<String> slowed = run.hand(LOCAL, run.smtpPort, "one", "hotmail.be", 40);
            run.await("hotmail.queue is in backoff", () -> run.inBackoff().contains("hotmail.queue/one"));
            assertThat(run.ruleOf("hotmail.queue/one")).isEqualTo("reply /exceeded/ mode=backoff");
            run.awaitBinding("hotmail.queue/one", "backoff-max-msg-rate 10000/h");
            run.await(
                    "some attempts at that rate",
                    () -> run.refused("hotmail.com").size() >= 18);
            hotmail.mood(Mood.GOOD);
            run.await("a delivery ends it", () -> run.inBackoff().isEmpty());
            String unused = run.ask("schedule", "--retry-recipients", "hotmail.queue/*");
            assertLeaves(run, slowed, "one", "127.0.9.1");
            assertBackoffRate(
                    run.refused("hotmail.com"), 0.36, run.taken("hotmail.com").size());

            // One that blames the address: it is disabled in that queue, for the seven minutes of the rule.
            List<String> blamed = run.hand(LOCAL, run.smtpPort, "two", "hotmail.jp", 2);
            run.await(
                    "the address is disabled",
                    () -> run.ask("show", "disabled", "sources").contains("127.0.9.2"));
            assertThat(run.ask("--dom", "show", "disabled", "sources"))
                    .contains("hotmailjp.queue/two", "127.0.9.2")
                    .doesNotContain("hotmail.queue");
            run.await("its refusal bounced", () -> !run.rows("b", blamed).isEmpty());
            assertThat(run.rows("b", blamed))
                    .allMatch(row -> row.cell("queue").equals("hotmailjp.queue/two"))
                    .allMatch(row -> row.cell("dsnDiag").contains("550 5.7.1"));
        }
    }

    // --- what all share

    /// All are delivered, by this virtual MTA, from its address: so say the receiver and the accounting.
    private static void assertLeaves(CorpusRun run, List<String> recipients, String virtualMta, String address) {
        run.await(
                recipients.size() + " rows of " + recipients.getFirst(),
                () -> run.rows("d", recipients).size() == recipients.size());
        assertThat(run.rows("d", recipients)).allSatisfy(row -> {
            assertThat(row.cell("vmta")).isEqualTo(virtualMta);
            assertThat(row.cell("dlvSourceIp")).isEqualTo(address);
        });
        for (String recipient : recipients) {
            assertThat(receiptOf(run, recipient).sourceAddress()).isEqualTo(address);
        }
    }

    private static Receipt receiptOf(CorpusRun run, String recipient) {
        List<Receipt> all = run.receipts().stream()
                .filter(each -> each.recipient().equals(recipient))
                .toList();
        assertThat(all).as(recipient).hasSize(1);
        return all.getFirst();
    }

    private static List<Receipt> from(List<Receipt> receipts, String address) {
        return receipts.stream()
                .filter(each -> each.sourceAddress().equals(address))
                .toList();
    }

    /// A rate is one permit each `seconds`: no stretch of the receiver's book holds more, and the whole is not slower.
    private static void assertSpaced(String what, List<Receipt> receipts, double seconds) {
        List<Long> times = receipts.stream().map(Receipt::atNanos).sorted().toList();
        assertStretches(times, seconds);
        double took = (times.getLast() - times.getFirst()) / 1e9;
        assertThat(took).as(what).isLessThan((times.size() - 1) * seconds + 2);
        System.out.printf("CorpusRunIT: %s: %d copies in %.2f s, one each %.2f s%n", what, times.size(), took, seconds);
    }

    private static void assertStretches(List<Long> times, double seconds) {
        for (int from = 0; from < times.size(); from++) {
            for (int to = from + 1; to < times.size(); to++) {
                assertThat((times.get(to) - times.get(from)) / 1e9)
                        .as("copies %d to %d of %d", from, to, times.size())
                        .isGreaterThan((to - from) * seconds - JITTER_SECONDS);
            }
        }
    }

    /// Refused attempts after those that had their permit before the mode began.
    private static void assertBackoffRate(List<Refusal> refusals, double seconds, int taken) {
        List<Long> times = refusals.stream().map(Refusal::atNanos).sorted().toList();
        double took = (times.getLast() - times.getFirst()) / 1e9;
        System.out.printf(
                "CorpusRunIT: 10 hotmail.queue: %d refused attempts in %.2f s of backoff, then %d copies taken%n",
                times.size(), took, taken);
        // The rate counts from the moment at which the mode is entered; half a second belongs to what was under way.
        long begun = times.getFirst() + 500_000_000L;
        assertStretches(times.stream().filter(each -> each > begun).toList(), seconds);
    }
}
