package org.sluicemta.proof.whole;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.journal.JournalSettings;
import org.sluicemta.lab.Receipt;
import org.sluicemta.lab.ReceiverModel;
import org.sluicemta.queue.RecordedModes;
import org.sluicemta.simulation.DiskFault;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.spool.SpoolSettings;
import org.sluicemta.world.IoFailure;

/// One behaviour of the whole server each.
class ServerLifeTest {
    private static final ReceiverModel WILLING = ReceiverModel.accepting("willing", "mx.example");

    @Test
    void aTermSignalLetsTheMessageInTransferEndAndKeepsTheRest() {
        var house = new House(1, WILLING.slow(Duration.ofSeconds(3)));
        house.more = "<domain *>\n max-smtp-out 1\n</domain>\n";
        house.start().send("a.example", 5);
        house.universe.runUntil(() -> house.openConnections == 1, Duration.ofSeconds(30));
        house.advance(Duration.ofSeconds(1));
        assertThat(house.receipts).isEmpty();

        house.world().signals().raise("TERM");
        house.universe.runUntil(() -> house.isStopped, Duration.ofSeconds(25));

        assertThat(house.receipts).hasSizeBetween(1, 2);
        assertThat(house.openConnections).isZero();
        house.world().kill();
        house.start().universe.runUntil(() -> house.receipts.size() == 5, Duration.ofMinutes(5));
        house.advance(Duration.ofMinutes(1));
        assertThat(house.rows("d")).hasSize(5);
        assertThat(house.receipts)
                .extracting(Receipt::recipient)
                .doesNotHaveDuplicates()
                .hasSize(5);
    }

    @Test
    void aReloadKeepsSessionsAndBindsNewLimitsAtOnce() {
        var house = new House(2, WILLING);
        house.more = "<domain a.example>\n max-smtp-out 1\n max-msg-rate 2/s\n</domain>\n";
        house.start().send("a.example", 60);
        house.advance(Duration.ofSeconds(5));
        int taken = house.receipts.size();
        assertThat(taken).isBetween(6, 13);
        assertThat(house.connects).isEqualTo(1);

        house.more = "<domain a.example>\n max-smtp-out 1\n max-msg-rate 10/s\n</domain>\n";
        assertThat(house.command("reload")).contains("Configuration reloaded.");
        house.advance(Duration.ofSeconds(3));

        assertThat(house.receipts.size() - taken).isBetween(25, 32);
        assertThat(house.connects).isEqualTo(1);
    }

    @Test
    void operatorsSeeWhatWaitsByDomainAndVirtualMta() {
        var house = new House(21, WILLING);
        house.more = "status-gm-imprinter yes\n";
        house.start();
        house.command("pause", "queue", "a.example/v1");
        house.send("a.example", 7);
        house.advance(Duration.ofSeconds(2));

        assertThat(house.command("--dom", "show", "topdomains"))
                .contains("domain[0].name=\"a.example\"\ndomain[0].rcp=\"7\"\n");
        assertThat(house.command("show", "vmtas")).containsPattern("(?m)^v1 +1 +7 +100 +\\d+\\.\\d +0$");
        assertThat(house.command("show", "jobs")).contains("Total of 0 job(s).");
        assertThat(house.command("--dom", "show", "status"))
                .contains("status.queue.smtp.rcp=\"7\"\n")
                .contains("status.queue.gmImprinter.rcp=\"0\"\n")
                .contains("status.traffic.perf.lastMin.in.count=\"7\"\n")
                .doesNotContain("status.spool.files.inUse=\"0\"");
    }

    @Test
    void operatorsSeeWhichLimitPutsClientsOffAndWhereItStands() {
        var house = new House(22, WILLING);
        house.more = "total-max-smtp-in 1\n";
        house.start().begin("a.example", 500, 3, () -> {});
        house.advance(Duration.ofSeconds(3));

        assertThat(house.command("show", "status"))
                .containsPattern("Warning: connections answered 421: [\\d,]+, last \\d+ s ago: as many clients are"
                        + " connected as total-max-smtp-in 1 \\(.+:\\d+\\) allows");
    }

    @Test
    void aWrongConfigurationIsRefusedAsAWhole() {
        var house = new House(3, WILLING);
        house.start();
        house.more = "<domain a.example>\n max-smtp-out many\n</domain>\n";

        assertThat(house.command("reload")).contains("max-smtp-out");

        house.send("a.example", 3);
        house.universe.runUntil(() -> house.receipts.size() == 3, Duration.ofMinutes(1));
    }

    @Test
    void mailOfAVirtualMtaThatAReloadTakesAwayIsHeldAndSaid() {
        var house = new House(13, WILLING);
        house.start();
        house.command("pause", "queue", "a.example/v1");
        house.send("a.example", 7);

        String before = house.base;
        house.base = before.replace("v1", "v2");
        assertThat(house.command("reload"))
                .startsWith("0 ")
                .contains("virtual MTA v1 is taken away, and 7 recipients wait for it");
        house.command("resume", "queue", "a.example/v1");
        house.advance(Duration.ofMinutes(10));
        assertThat(house.receipts).isEmpty();

        house.base = before;
        assertThat(house.command("reload")).startsWith("0 ").doesNotContain("taken away");
        house.universe.runUntil(() -> house.receipts.size() == 7, Duration.ofMinutes(5));
    }

    @Test
    void aReloadThatWouldBounceQueuedMailIsRefusedUnlessThatManyMayBounce() {
        var house = new House(14, WILLING);
        house.start();
        house.command("pause", "queue", "a.example/v1");
        house.command("pause", "queue", "b.example/v1");
        house.send("a.example", 5);
        house.send("b.example", 2);

        String before = house.base;
        house.base = before.replace("v1", "v2");
        house.more = "removed-virtual-mta bounce\n";
        assertThat(house.command("reload"))
                .startsWith("1 ")
                .contains("7 recipients would bounce")
                .contains("v1 (7)")
                .contains("--allow-bounce=7");
        assertThat(house.command("reload", "--allow-bounce=6")).startsWith("1 ");
        house.advance(Duration.ofMinutes(1));
        assertThat(house.rows("b")).isEmpty();

        // held first: that they bounce after all is asked about as well
        house.more = "";
        assertThat(house.command("reload")).startsWith("0 ");
        house.more = "removed-virtual-mta bounce\n";
        assertThat(house.command("reload")).startsWith("1 ").contains("--allow-bounce=7");

        assertThat(house.command("reload", "--allow-bounce=7")).startsWith("0 ").contains("7 recipients");
        house.advance(Duration.ofMinutes(1));
        assertThat(house.rows("b"))
                .hasSize(7)
                .allSatisfy(row -> assertThat(row.get("dsnStatus")).startsWith("5.3.5"));
        assertThat(house.command("reload")).startsWith("0 ").doesNotContain("bounce");
    }

    @Test
    void aPauseOutlivesARestart() {
        var house = new House(4, WILLING);
        house.start();
        assertThat(house.command("pause", "queue", "a.example/v1")).startsWith("0 ");
        house.send("a.example", 4);
        house.send("b.example", 1);
        house.advance(Duration.ofSeconds(30));
        assertThat(house.receipts).extracting(Receipt::recipient).containsExactly("u0@b.example");

        house.world().cutPower();
        house.start();
        house.advance(Duration.ofMinutes(30));
        assertThat(house.receipts).hasSize(1);
        assertThat(house.command("show", "queues", "--paused=yes")).contains("a.example/v1");

        assertThat(house.command("resume", "queue", "a.example/v1")).startsWith("0 ");
        house.universe.runUntil(() -> house.receipts.size() == 5, Duration.ofMinutes(1));
    }

    @Test
    void aPausedJobOutlivesAPowerCutAndAnOrderlyStop() {
        var house = new House(44, WILLING);
        house.base = house.base.replace("always-allow-relaying yes", "always-allow-relaying yes\n process-x-job yes");
        house.start();
        assertThat(house.command("pause", "job", "news")).startsWith("0 ").contains("paused job.");
        house.dictate(ofJob("news", "1") + ofJob("bill", "2") + ofJob("news", "3") + "QUIT\r\n");
        house.advance(Duration.ofSeconds(30));
        assertThat(house.receipts).extracting(Receipt::recipient).containsExactly("2@a.example");
        assertThat(house.command("show", "jobs")).contains("news");
        assertThat(house.command("explain", "queue", "a.example/v1")).contains("2 of paused jobs");

        house.world().cutPower();
        house.start();
        house.advance(Duration.ofMinutes(30));
        house.dictate(ofJob("news", "4") + "QUIT\r\n");
        house.advance(Duration.ofSeconds(30));
        assertThat(house.receipts).hasSize(1);

        house.isStopped = false;
        house.world().signals().raise("TERM");
        house.universe.runUntil(() -> house.isStopped, Duration.ofMinutes(1));
        house.world().kill();
        house.start();
        house.advance(Duration.ofMinutes(30));
        assertThat(house.receipts).hasSize(1);

        assertThat(house.command("resume", "job", "news")).startsWith("0 ").contains("resumed job.");
        house.universe.runUntil(() -> house.receipts.size() == 4, Duration.ofMinutes(1));
        house.advance(Duration.ofMinutes(1));
        assertThat(house.rows("d"))
                .extracting(row -> row.get("rcpt"))
                .doesNotHaveDuplicates()
                .hasSize(4);
        assertThat(house.command("resume", "job", "news")).startsWith("1 ").contains("job news is not paused");
    }

    private static String ofJob(String job, String name) {
        String content = "x-job: " + job + "\r\nSubject: " + name + "\r\n\r\nbody\r\n";
        return "MAIL FROM:<m@sender.example>\r\nRCPT TO:<" + name + "@a.example>\r\nBDAT " + content.length()
                + " LAST\r\n" + content;
    }

    @Test
    void aPauseForATimeAndAPriorityOutliveAPowerCut() {
        var house = new House(45, WILLING);
        house.more = "<domain a.example>\n max-smtp-out 1\n</domain>\n";
        house.start();
        assertThat(house.command("pause", "queue", "--for=1h", "a.example/v1")).contains("Queue(s) paused.");
        house.send("a.example", 4);
        assertThat(house.command("set", "priority", "--rcpt=u3@*", "90")).contains("Priority set for 1 recipient(s).");
        house.advance(Duration.ofSeconds(1));

        house.world().cutPower();
        house.start();
        house.advance(Duration.ofMinutes(50));
        assertThat(house.receipts).isEmpty();
        assertThat(house.command("--dom", "show", "queues", "a.example/v1")).contains("pausedUntil=");
        house.universe.runUntil(() -> house.receipts.size() == 4, Duration.ofMinutes(15));
        assertThat(house.receipts.getFirst().recipient()).isEqualTo("u3@a.example");
    }

    @Test
    void whatIsDeletedWithoutAccountingHasNoRowAndWithADsnItsSenderHears() {
        var house = new House(46, WILLING);
        house.start();
        house.command("pause", "queue", "a.example/v1");
        house.send("a.example", 2);
        assertThat(house.command("delete", "--queue=a.example/*", "--rcpt=u0@*", "--no-accounting", "--dsn"))
                .contains("1 recipient(s) deleted.");
        assertThat(house.command("delete", "--queue=a.example/*")).contains("1 recipient(s) deleted.");
        house.advance(Duration.ofMinutes(2));
        assertThat(house.rows("b")).extracting(row -> row.get("rcpt")).containsExactly("u1@a.example");
        assertThat(house.letterbox.letters)
                .extracting(letter -> letter.field("Final-Recipient"))
                .containsExactly("rfc822;u0@a.example");
    }

    @Test
    void operatorsRotateFilesCountAnewAndTestTheConfiguration() {
        var house = new House(47, WILLING);
        house.start().send("a.example", 3);
        house.universe.runUntil(() -> house.rows("d").size() == 3, Duration.ofMinutes(1));
        assertThat(house.command("rotate", "acct", "other.csv"))
                .startsWith("1 ")
                .contains("no acct-file is other.csv; there are: /acct/acct.csv");
        assertThat(house.command("rotate", "acct", "acct.csv")).contains("Accounting file rotated.");
        house.send("a.example", 1);
        house.universe.runUntil(() -> house.rows("d").size() == 4, Duration.ofMinutes(1));
        assertThat(house.host.disk().files())
                .filteredOn(file -> file.startsWith(AcctRows.FOLDER))
                .hasSize(2);

        house.advance(Duration.ofSeconds(2));
        assertThat(house.command("--dom", "show", "status")).contains("status.traffic.total.out.rcp=\"4\"");
        assertThat(house.command("reset", "counters")).contains("Traffic counters reset.");
        assertThat(house.command("--dom", "show", "status"))
                .contains("status.traffic.total.out.rcp=\"0\"", "status.traffic.topPerHr.in.rcp=\"0\"");
        assertThat(house.command("clear", "dnscache", "a.example")).contains("Cleared a.example from DNS cache.");

        house.command("pause", "queue", "a.example/v1");
        house.send("a.example", 2);
        house.base = house.base.replace("v1", "v2");
        house.more = "removed-virtual-mta bounce\n";
        assertThat(house.command("test", "config"))
                .as("as a reload would be refused")
                .startsWith("1 ")
                .contains("2 recipients would bounce");
        house.more = "max-smtp-ouz 20\n";
        assertThat(house.command("test", "config")).startsWith("1 ").contains("max-smtp-ouz");
        house.base = house.base.replace("v2", "v1");
        house.more = "";
        assertThat(house.command("test", "config")).startsWith("0 ");
    }

    @Test
    void aStartWithFreshModesForgetsAPauseForGood() {
        var house = new House(15, WILLING);
        house.start();
        house.command("pause", "queue", "a.example/v1");
        house.send("a.example", 4);
        house.world().cutPower();

        house.modes = RecordedModes.FORGOTTEN;
        house.start();
        house.universe.runUntil(() -> house.receipts.size() == 4, Duration.ofMinutes(1));
        house.advance(Duration.ofSeconds(1));
        house.world().cutPower();

        house.modes = RecordedModes.KEPT;
        house.start().send("a.example", 2);
        house.universe.runUntil(() -> house.receipts.size() == 6, Duration.ofMinutes(1));
    }

    @Test
    void mailThatNobodyTakesExpiresWithItsLastReply() {
        var house = new House(5, WILLING.greylisting(Duration.ofDays(1)));
        house.more = "<domain *>\n bounce-after 10m\n retry-recipients-after 2m\n</domain>\n";
        house.start().send("a.example", 2);
        house.advance(Duration.ofMinutes(9));
        assertThat(house.rows("b")).isEmpty();

        house.advance(Duration.ofMinutes(3));

        assertThat(house.rows("b")).hasSize(2).allSatisfy(row -> {
            assertThat(row.get("dsnStatus")).startsWith("4.4.7");
            assertThat(row.get("dsnDiag")).contains("greylisted");
        });
        assertThat(house.receipts).isEmpty();
    }

    @Test
    void aJumpOfTheWallClockMovesNoDueTime() {
        var house = new House(6, WILLING.greylisting(Duration.ofMinutes(1)));
        house.more = "<domain *>\n retry-recipients-after 10m\n</domain>\n";
        house.start().send("a.example", 1);
        house.universe.runUntil(() -> !house.rows("t").isEmpty(), Duration.ofMinutes(1));
        long deferredNanos = house.universe.nanos();

        house.host.jumpWallClock(Duration.ofHours(5));
        house.advance(Duration.ofMinutes(3));
        house.host.jumpWallClock(Duration.ofHours(-9));
        house.universe.runUntil(() -> house.receipts.size() == 1, Duration.ofMinutes(15));

        assertThat(Duration.ofNanos(house.takenNanos.getFirst() - deferredNanos))
                .isBetween(
                        Duration.ofMinutes(9).plusSeconds(55),
                        Duration.ofMinutes(10).plusSeconds(5));
    }

    @Test
    void aSecondServerOnOneSpoolIsRefused() {
        var house = new House(7, WILLING);
        house.start();
        var first = house.server();

        house.start();

        assertThat(house.failure).contains("/spool/a");
        assertThat(first).isNotNull();
        assertThat(house.server).isNull();
    }

    @Test
    void aDiskThatIsReadOnlyIsSaidAtTheStart() {
        var house = new House(8, WILLING);
        house.host.disk().readOnly(true);

        house.start();

        assertThat(house.failure).contains("/spool/a").containsIgnoringCase("read-only");
    }

    @Test
    void aFolderWithStrangeFilesIsLeftAlone() {
        var house = new House(9, WILLING);
        house.host.disk().put(Path.of("/spool/a/holiday.jpg"), new byte[] {1, 2, 3});

        house.start();

        assertThat(house.failure).contains("holiday.jpg");
        assertThat(house.host.disk().files())
                .filteredOn(path -> path.startsWith("/spool"))
                .containsExactly(Path.of("/spool/a/holiday.jpg"));
    }

    /// Rooms for one or a few everywhere that settings reach, and many more sessions than rooms.
    @Test
    void fullMailboxesRefuseNewMailButNothingStandsStill() {
        var house = new House(10, WILLING);
        JournalSettings usual = JournalSettings.defaults();
        house.spool = House.spool(
                new JournalSettings(
                        1 << 20,
                        64 << 10,
                        64 << 10,
                        512 << 10,
                        usual.eventDelay(),
                        2,
                        usual.suspectAfter(),
                        1 << 20,
                        1,
                        usual.eventRetention(),
                        usual.stragglerShare(),
                        usual.copyBytesPerSecond(),
                        8 << 10),
                1);
        house.contentBytes = 2 << 20;
        house.more = "<domain *>\n max-smtp-out 20\n</domain>\n";
        house.sizes = number -> number % 10 == 0 ? 300_000 : 1_000;
        house.start();
        boolean[] isDone = {false};
        house.begin("a.example", 400, 40, () -> isDone[0] = true);

        house.universe.runUntil(() -> isDone[0], Duration.ofMinutes(30));
        house.universe.runUntil(() -> house.receipts.size() >= house.accepted.size(), Duration.ofMinutes(30));
        house.advance(Duration.ofMinutes(1));

        assertThat(house.refused).isPositive();
        assertThat(house.accepted.size() + house.refused).isEqualTo(400);
        assertThat(house.receipts)
                .extracting(Receipt::recipient)
                .containsExactlyInAnyOrderElementsOf(List.copyOf(house.accepted));
        assertThat(house.rows("d")).hasSize(house.accepted.size());
    }

    @Test
    void aStopEndsThoughTheDiskNeverAnswersAgain() {
        var house = new House(11, WILLING.slow(Duration.ofSeconds(2)));
        house.start().send("a.example", 3);
        house.advance(Duration.ofSeconds(1));
        assertThat(house.openConnections).isPositive();
        house.host.disk().injectSometimes(SimulatedDisk.Operation.WRITE, path -> true, 1, new DiskFault.Hangs());

        house.world().signals().raise("TERM");
        house.universe.runUntil(() -> house.isStopped, Duration.ofSeconds(31));

        house.world().cutPower();
        house.host.disk().clearFaults();
        house.start().universe.runUntil(() -> house.rows("d").size() == 3, Duration.ofMinutes(5));
        assertThat(house.receipts)
                .extracting(Receipt::recipient)
                .contains("u0@a.example", "u1@a.example", "u2@a.example");
    }

    /// A lost event must not be confirmed by a checkpoint: the next start has to find the recipient again.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void bouncesWhoseEventsTheDiskRefusedAreToldAfterARestart(int write) {
        var house = new House(12, WILLING.refusing(0, 1000));
        JournalSettings usual = JournalSettings.defaults();
        house.spool = new SpoolSettings(List.of(House.SPOOL.resolve("a")), usual, 64 << 20, 50_000, 16_384, 1 << 10, 1);
        house.start();
        house.command("pause", "queue", "a.example/v1");
        house.command("pause", "queue", "b.example/v1");
        house.send("a.example", 20);
        house.send("b.example", 20);
        house.host
                .disk()
                .inject(
                        SimulatedDisk.Operation.WRITE,
                        path -> path.toString().contains("/events-"),
                        write,
                        new DiskFault.WritesShort(0, IoFailure.Kind.ERROR));
        house.command("resume", "queue", "a.example/v1");
        house.advance(Duration.ofSeconds(10));
        // These make the next checkpoint due.
        house.command("resume", "queue", "b.example/v1");
        house.advance(Duration.ofMinutes(2));

        house.world().kill();
        house.start();
        // That they were resumed may be among what the disk refused.
        house.command("resume", "queue", "a.example/v1");
        house.command("resume", "queue", "b.example/v1");
        house.advance(Duration.ofMinutes(2));

        assertThat(house.rows("b"))
                .extracting(row -> row.get("rcpt"))
                .doesNotHaveDuplicates()
                .hasSize(40);
    }

    @Test
    void mailOfAQueueBecomesFilesAndTheirRowsSaySo() {
        var house = new House(41, WILLING);
        Path folder = Path.of("/in/a.example");
        house.host.disk().makeFolders(folder);
        house.more = "<domain *>\n type file\n file-destination /in/$domain\n</domain>\n";
        house.start().send("a.example", 20);

        house.universe.runUntil(() -> house.rows("d").size() == 20, Duration.ofMinutes(1));

        assertThat(house.host.disk().files().stream().filter(each -> each.startsWith(folder)))
                .hasSize(20)
                .allMatch(each -> each.toString().endsWith(".msg"));
        assertThat(house.rows("d")).allSatisfy(row -> {
            assertThat(row.get("dlvType")).isEqualTo("file");
            assertThat(row.get("dsnAction")).isEqualTo("delivered");
        });
        assertThat(house.connects).isZero();
    }

    @Test
    void discardedMailMayCountAsBouncedAndNobodyHearsOfIt() {
        var house = new House(42, WILLING);
        house.more = "<domain *>\n type discard\n discard-as-bounce yes\n</domain>\n";
        house.start().send("a.example", 5);

        house.universe.runUntil(() -> house.rows("b").size() == 5, Duration.ofMinutes(1));
        house.advance(Duration.ofMinutes(5));

        assertThat(house.rows("b")).allMatch(row -> row.get("dlvType").equals("discard"));
        assertThat(house.letterbox.letters).isEmpty();
        assertThat(house.connects).isZero();
    }

    @Test
    void patternsChooseByWhichVirtualMtaAMessageLeaves() {
        var house = new House(43, WILLING);
        house.more = """
                <virtual-mta v2>
                 smtp-source-host 10.0.1.1 out.v2.example
                </virtual-mta>
                <pattern-list choice>
                 mail-from /^m[13]@/ virtual-mta=v2
                </pattern-list>
                <source 10.2.0.1/32>
                 pattern-list choice
                </source>
                """;
        house.start().send("a.example", 4);

        house.universe.runUntil(() -> house.rows("d").size() == 4, Duration.ofMinutes(1));

        assertThat(house.rows("d"))
                .filteredOn(row -> row.get("vmta").equals("v2"))
                .extracting(row -> row.get("orig"))
                .containsExactlyInAnyOrder("m1@sender.example", "m3@sender.example");
    }

    @Test
    void filesOfThePickupFolderAreDeliveredAndAKillLosesNone() {
        var house = new House(44, WILLING);
        Path folder = Path.of("/pickup");
        house.host.disk().makeFolders(folder);
        house.host.disk().makeFolders(Path.of("/bad"));
        house.more = "pickup /pickup /bad\n<source {pickup}>\n default-virtual-mta v1\n</source>\n";
        house.start();
        for (int i = 0; i < 100; i++) {
            String text =
                    "x-sender: m@sender.example\nx-receiver: u" + i + "@a.example\nx-job: j\nSubject: s\n\ntext\n";
            house.host.disk().put(folder.resolve("f" + i), text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        house.host
                .disk()
                .put(folder.resolve("other"), "no message".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        house.universe.runUntil(() -> house.receipts.size() >= 20, Duration.ofMinutes(1));

        house.world().kill();
        house.start();
        house.universe.runUntil(
                () -> house.host.disk().files().stream().noneMatch(each -> each.startsWith(folder)),
                Duration.ofMinutes(1));
        house.advance(Duration.ofMinutes(2));

        assertThat(house.receipts.stream().map(Receipt::recipient).distinct()).hasSize(100);
        assertThat(house.host.disk().files()).contains(Path.of("/bad/other"));
        assertThat(house.rows("d")).allSatisfy(row -> {
            assertThat(row.get("srcType")).isEqualTo("pickup");
            assertThat(row.get("jobId")).isEqualTo("j");
            assertThat(row.get("vmta")).isEqualTo("v1");
        });
    }
}
