package org.sluicemta.proof.whole;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.lab.ReceiverModel;

/// Senders hear what became of their mail: once, crash or not, and never about a report.
class ReportsTest {
    private static final ReceiverModel REFUSING =
            ReceiverModel.accepting("refusing", "mx.example").refusing(0, 1000);

    /// Final recipients with the ids of the reports about them.
    private static Map<String, Set<String>> reportsByRecipient(House house) {
        Map<String, Set<String>> found = new HashMap<>();
        Letterbox.reports(house.letterbox.letters).forEach((pair, ids) -> found.put(pair.recipient(), ids));
        return found;
    }

    @Test
    void aRefusedRecipientIsReportedToItsSender() {
        var house = new House(41, REFUSING);
        house.start().send("a.example", 3);
        house.advance(Duration.ofSeconds(10));

        assertThat(house.rows("b")).hasSize(3);
        assertThat(house.letterbox.letters).hasSize(3).allSatisfy(letter -> {
            assertThat(letter.reversePath()).isEmpty();
            assertThat(letter.recipients())
                    .containsExactly(letter.field("Final-Recipient")
                            .replace("rfc822;u", "m")
                            .replace("a.example", "sender.example"));
            assertThat(letter.field("Action")).isEqualTo("failed");
            assertThat(letter.field("Status")).isEqualTo("5.1.1 (bad destination mailbox address)");
            assertThat(letter.field("Diagnostic-Code")).isEqualTo("smtp;550 5.1.1 no such user here");
            assertThat(letter.field("Remote-MTA")).isEqualTo("dns;mx.example (10.1.0.1)");
            assertThat(letter.field("X-PowerMTA-VirtualMTA")).isEqualTo("v1");
            assertThat(letter.text()).contains("text/rfc822-headers");
        });
        assertThat(house.command("show", "status")).doesNotContain("Reports owed");
    }

    @Test
    void aReportThatCannotBeDeliveredIsReportedToNobody() {
        var house = new House(42, REFUSING);
        house.more = "<domain sender.example>\n smtp-hosts mx.example\n</domain>\n";
        house.start().send("a.example", 2);
        house.advance(Duration.ofMinutes(1));

        assertThat(AcctRows.on(house.host.disk()))
                .filteredOn(House::isReport)
                .hasSize(2)
                .allSatisfy(row -> assertThat(row.get("type")).isEqualTo("b"));
        assertThat(house.letterbox.letters).isEmpty();
    }

    @Test
    void reportsKeepUpWithSteadyMail() {
        var house = new House(47, REFUSING);
        house.more = "max-dsn-rate unlimited\n";
        house.start();
        boolean[] isDone = {false};
        house.begin("a.example", 1_500, 3, () -> isDone[0] = true);
        house.universe.runUntil(() -> isDone[0], Duration.ofMinutes(30));
        house.advance(Duration.ofSeconds(3));
        assertThat(reportsByRecipient(house).size()).isGreaterThan(1_450);
    }

    @Test
    void aHigherRateBindsAtTheReload() {
        var house = withFiveLeft(48);
        house.more = "";
        assertThat(house.command("reload")).startsWith("0 ");
        house.advance(Duration.ofSeconds(10));
        assertThat(reportsByRecipient(house)).hasSize(15);
    }

    /// Twice in the short time between the acceptance of a report and the event that says so.
    @Test
    void aSecondCrashMakesNoSecondReport() {
        for (int cut = 0; cut < 40; cut++) {
            var house = new House(200 + cut, REFUSING);
            house.start().send("a.example", 4);
            // The reports are accepted about half a second later.
            house.advance(Duration.ofMillis(470 + 3L * cut));
            house.world().cutPower();
            house.start();
            house.advance(Duration.ofMillis(20L * cut));
            house.world().cutPower();
            house.start();
            house.advance(Duration.ofMinutes(5));
            assertThat(reportsByRecipient(house).values())
                    .as("cut %d", cut)
                    .hasSize(4)
                    .allMatch(ids -> ids.size() == 1);
        }
    }

    @Test
    void operatorsHearThatAQueueEntersAndLeavesBackoff() {
        var house = new House(49, REFUSING);
        house.more = """
                <domain a.example>
                 backoff-notify ops@sender.example,night@sender.example
                 backoff-to-normal-after 10m
                </domain>
                """;
        house.start().send("a.example", 1);
        assertThat(house.command("set", "queue", "--mode=backoff", "a.example/v1"))
                .startsWith("0 ");
        assertThat(house.command("set", "queue", "--mode=backoff", "a.example/v1"))
                .startsWith("0 ");
        house.send("b.example", 1);
        assertThat(house.command("set", "queue", "--mode=backoff", "b.example/v1"))
                .startsWith("0 ");
        house.advance(Duration.ofMinutes(15));

        List<Letterbox.Letter> notices = house.letterbox.letters.stream()
                .filter(letter -> letter.field("Auto-Submitted").equals("auto-generated"))
                .toList();
        assertThat(notices)
                .extracting(letter -> letter.field("Subject"))
                .containsExactly(
                        "[mta.sluice.example] queue a.example/v1 entered backoff mode",
                        "[mta.sluice.example] queue a.example/v1 is back in normal mode");
        assertThat(notices.getFirst().reversePath()).isEmpty();
        assertThat(notices.getFirst().recipients())
                .containsExactlyInAnyOrder("ops@sender.example", "night@sender.example");
        assertThat(notices.getFirst().text()).contains("why: set by command", "until: ");
    }

    @Test
    void whoAsksForItHearsThatMailIsLateAndThenThatItFailed() {
        var house = new House(46, ReceiverModel.accepting("down", "mx.example"));
        house.more = "<domain *>\n notify-of-delay-every 1h\n bounce-after 150m\n</domain>\n";
        house.start();
        house.receiverHost.worlds().getFirst().kill();
        String content = "Subject: late\r\n\r\nnews\r\n";
        String asked = "MAIL FROM:<m@sender.example> ENVID=env+2B1\r\nRCPT TO:<u@a.example> NOTIFY=DELAY,FAILURE\r\n"
                + "BDAT " + content.length() + " LAST\r\n" + content;
        assertThat(house.dictate(asked + "QUIT\r\n")).contains("250 DSN", "250 2.6.0 message received");
        house.advance(Duration.ofHours(4));

        assertThat(house.letterbox.letters)
                .extracting(letter -> letter.field("Action"))
                .containsExactly("delayed", "delayed", "failed");
        Letterbox.Letter notice = house.letterbox.letters.getFirst();
        assertThat(notice.field("Status")).isEqualTo("4.4.1 (no answer from host)");
        assertThat(notice.field("Original-Envelope-Id")).isEqualTo("env+1");
        assertThat(notice.field("Will-Retry-Until")).isEqualTo("Sun, 1 Mar 2026 02:30:00 +0000");
        assertThat(house.letterbox.letters.getLast().field("Status")).isEqualTo("4.4.7 (delivery time expired)");
        assertThat(house.letterbox.letters.getLast().field("Will-Retry-Until")).isEmpty();
    }

    @Test
    void reportsComeNoFasterThanTheConfigurationAllows() {
        var house = new House(43, REFUSING);
        house.more = "max-dsn-rate 2/s\n";
        house.start().send("a.example", 40);
        house.advance(Duration.ofSeconds(10));
        assertThat(house.rows("b")).hasSize(40);
        // Ten at once after the pause, then two a second.
        assertThat(house.letterbox.letters).hasSizeBetween(22, 32);
        house.advance(Duration.ofSeconds(20));
        assertThat(reportsByRecipient(house)).hasSize(40);
    }

    @Test
    void noPowerCutLosesAReportOrMakesASecondOne() {
        int reports = 0;
        for (int cut = 0; cut < 60; cut++) {
            var house = new House(100 + cut, REFUSING);
            house.start().send("a.example", 8);
            // From the first refusals over the gathering to the delivery of the reports.
            house.advance(Duration.ofMillis(20L * cut));
            house.world().cutPower();
            house.start().send("b.example", 1);
            house.advance(Duration.ofSeconds(1));
            house.world().cutPower();
            house.start();
            house.advance(Duration.ofMinutes(30));

            Map<String, Set<String>> found = reportsByRecipient(house);
            List<String> refused = new ArrayList<>(new HashSet<>(house.accepted));
            assertThat(found.keySet()).as("cut %d", cut).containsAll(refused);
            assertThat(found.values()).as("cut %d", cut).allMatch(ids -> ids.size() == 1);
            reports += found.size();
        }
        assertThat(reports).isGreaterThan(400);
    }

    @Test
    void whatIsStillOwedAtAStopIsSentAfterTheStart() {
        var house = withFiveLeft(44);
        house.world().cutPower();

        house.more = "";
        house.start();
        house.advance(Duration.ofMinutes(1));
        assertThat(reportsByRecipient(house)).hasSize(15);
        assertThat(house.letterbox.letters)
                .allSatisfy(letter -> assertThat(letter.field("Status")).startsWith("5.1.1"));
    }

    /// As after years without reports: all events are read and gone.
    @Test
    void whatIsOwedWithoutAnEventIsReportedWithoutAReason() {
        var house = withFiveLeft(45);
        house.world().cutPower();
        new PassedReader(house.host, house.spool, "reports").run(house.universe);

        house.more = "";
        house.start();
        house.advance(Duration.ofMinutes(1));
        assertThat(reportsByRecipient(house)).hasSize(15);
        assertThat(house.letterbox.letters)
                .filteredOn(letter -> letter.field("Status").equals("5.0.0 (undefined status)"))
                .hasSize(5);
        assertThat(house.command("show", "status")).doesNotContain("Reports owed");
    }

    /// Fifteen refused, ten of them reported.
    private static House withFiveLeft(long seed) {
        var house = new House(seed, REFUSING);
        house.more = "max-dsn-rate 1/d\n";
        house.start().send("a.example", 15);
        house.advance(Duration.ofSeconds(5));
        assertThat(house.letterbox.letters).hasSize(10);
        assertThat(house.command("show", "status")).contains("Reports owed to senders: 5");
        return house;
    }
}
