package org.sluicemta.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.pace.Stage;
import org.sluicemta.queue.QueueExplanation;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.queue.Wait;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;

/// Each command in each format, as operators' tools read them.
class ControlTest {
    private final FakeOperations server = new FakeOperations();
    private final Control control =
            new Control(SimulatedWorld.seeded(1).loops().getFirst(), server, ZoneOffset.UTC, "mx.sluice.example");

    private CommandReply run(String command) {
        List<CommandReply> replies = new ArrayList<>();
        control.run(command.isEmpty() ? List.of() : List.of(command.split(" ")), replies::add);
        assertThat(replies).hasSize(1);
        return replies.getFirst();
    }

    private String done(String command) {
        CommandReply reply = run(command);
        assertThat(reply.err()).isEmpty();
        assertThat(reply.status()).isZero();
        return reply.out();
    }

    // --- show topqueues

    @Test
    void theLargestQueuesAsDomLines() {
        server.queues = List.of(FakeOperations.BUSY, FakeOperations.PAUSED);

        assertThat(done("--dom show topqueues --errors --maxitems=100")).isEqualTo("""
                title="Top 100 queues by number of recipients"
                queue[0].name="example.com/mta1"
                queue[0].rcp="77"
                queue[0].kb="769.4"
                queue[0].conn="0"
                queue[0].event[0].type="error"
                queue[0].event[0].time="2024-05-01 18:24:33"
                queue[0].event[0].text="connect rate limit reached"
                queue[0].paused="no"
                queue[0].mode="normal"
                queue[0].retryTime="2024-05-01 18:25:32"
                queue[1].name="example.net/{default}"
                queue[1].rcp="3"
                queue[1].kb="1.0"
                queue[1].conn="2"
                queue[1].paused="yes"
                queue[1].mode="normal"
                totalRcp="61078"
                totalQueuesWithRcp="1428"
                """);
    }

    @Test
    void theLargestQueuesAsXmlInOneLine() {
        server.queues = List.of(FakeOperations.PAUSED);

        assertThat(done("--xml show topqueues"))
                .isEqualTo("<rsp><data><title>Top 20 queues by number of recipients</title>"
                        + "<queue><name>example.net/{default}</name><rcp>3</rcp><kb>1.0</kb><conn>2</conn>"
                        + "<paused>yes</paused><mode>normal</mode></queue>"
                        + "<totalRcp>61078</totalRcp><totalQueuesWithRcp>1428</totalQueuesWithRcp>"
                        + "</data><succ/></rsp>\n");
    }

    @Test
    void theLargestQueuesAsJsonHaveAnArrayOfErrors() {
        server.queues = List.of(FakeOperations.BUSY);

        assertThat(done("--json show topqueues"))
                .isEqualTo("{\"data\":{\"title\":\"Top 20 queues by number of recipients\",\"queues\":[{"
                        + "\"name\":\"example.com/mta1\",\"rcp\":77,\"kb\":769.4,\"conn\":0,\"errors\":[{"
                        + "\"time\":\"2024-05-01 18:24:33\",\"text\":\"connect rate limit reached\"}],"
                        + "\"paused\":\"no\",\"mode\":\"normal\",\"retryTime\":\"2024-05-01 18:25:32\"}],"
                        + "\"totalRcp\":61078,\"totalQueuesWithRcp\":1428},\"status\":\"success\",\"message\":\"\"}\n");
    }

    @Test
    void whyAQueueWaitsStandsInJsonOnly() {
        server.queues = List.of(new Operations.QueueRow(
                "a.example/m1",
                1,
                1024,
                0,
                false,
                false,
                0,
                "max-smtp-out 1 (config:7)",
                List.of(),
                List.of(),
                List.of()));

        assertThat(done("--json show topqueues"))
                .contains("\"mode\":\"normal\",\"holding\":\"max-smtp-out 1 (config:7)\"}");
        assertThat(done("--xml show topqueues")).doesNotContain("holding");
        assertThat(done("--dom show topqueues")).doesNotContain("holding");
    }

    @Test
    void theLargestQueuesAsTextEndWithTheirNumber() {
        server.queues = List.of(FakeOperations.BUSY, FakeOperations.PAUSED);

        List<String> lines = done("show topqueues").lines().toList();

        assertThat(lines.get(0))
                .startsWith("queue ")
                .contains("#rcpt")
                .contains("kbytes")
                .endsWith("last error");
        assertThat(lines.get(1)).startsWith("-----");
        assertThat(lines.get(2)).isEqualTo("*/*");
        assertThat(lines.get(3)).matches("example\\.com/mta1 +77 +769\\.4 +0 +18:25:32 connect rate limit reached");
        assertThat(lines.get(4)).matches("example\\.net/\\{default} +3 +1\\.0 +2 P");
        assertThat(lines.getLast()).isEqualTo("2 of 3 matching queues.");
    }

    @Test
    void theOptionsOfShowQueuesReachTheServer() {
        done("show queues --maxitems=40 --sort=rcpt --connected=yes --paused=no --mode=backoff */mta1");

        assertThat(server.asked)
                .containsExactly(
                        new Operations.QueueQuery("*/mta1", Operations.Order.RECIPIENTS, 40, true, false, true));
    }

    // --- show status

    @Test
    void theStatusTreeHasTheOrderThatToolsExpect() {
        assertThat(done("--dom show status"))
                .contains("""
                        status.timeNow="2024-05-01 18:25:32"
                        status.startupTime="2024-04-30 18:25:27"
                        status.shuttingDown="0"
                        status.traffic.total.out.rcp="3"
                        status.traffic.total.out.msg="2"
                        status.traffic.total.out.kb="1.5"
                        status.traffic.total.in.rcp="5"
                        status.traffic.total.in.msg="4"
                        status.traffic.total.in.kb="10.0"
                        status.traffic.total.bounceProcessed="0"
                        status.traffic.total.feedbackLoopProcessed="0"
                        status.traffic.lastHr.out.rcp="3"
                        """)
                .contains("""
                        status.conn.smtpIn.cur="1"
                        status.conn.smtpIn.max="100"
                        status.conn.smtpIn.top="7"
                        status.conn.smtpOut.cur="2"
                        """)
                .contains("""
                        status.queue.smtp.rcp="80"
                        status.queue.smtp.dom="2"
                        status.queue.smtp.kb="770.4"
                        status.queue.pipe.rcp="0"
                        """)
                .endsWith("status.status=\"running\"\n");
    }

    @Test
    void theStatusInJsonHasRealNumbersAndFlags() {
        assertThat(done("--json show status"))
                .startsWith("{\"data\":{\"mta\":{\"product\":{\"name\":\"Sluice\",\"version\":\"0.1\",")
                .contains("\"shuttingDown\":false,\"traffic\":{\"total\":{\"out\":{\"rcp\":3,\"msg\":2,\"kb\":1.5}")
                .endsWith("\"status\":\"running\"}},\"status\":\"success\",\"message\":\"\"}\n");
    }

    @Test
    void theStatusScreenHasTheWordsThatScriptsLookFor() {
        String screen = done("show status");

        assertThat(screen)
                .startsWith("Sluice v0.1 status on mx.sluice.example on 2024-05-01 18:25:32\n")
                .containsPattern("(?m)^Total +5 +4 +10\\.0 +3 +2 +1\\.5$")
                .containsPattern("(?m)^Last Hour +5 +4 ")
                .containsPattern("(?m)^Top/Min\\. +0 +0 ")
                .containsPattern("(?m)^Inbound +1 +7 +100 +Names +12 +0$")
                .containsPattern("(?m)^Outbound +2 +9 +1200$")
                .containsPattern("(?m)^SMTP +80 +2 +770\\.4 +Files +4 +1$")
                .endsWith("Status running  Started 2024-04-30 18:25:27  Uptime 1 0:00:05\n")
                .doesNotContain("Reports owed");
    }

    @Test
    void reportsOwedAndWarningsAreOnTheScreen() {
        server.reportsOwed = 3;
        server.warnings = List.of("new mail is refused: Insufficient system storage");

        assertThat(done("show status"))
                .contains("Reports owed to senders: 3\n")
                .contains("Warning: new mail is refused: Insufficient system storage\n");
        assertThat(done("--dom show status")).contains("status.spool.reportsOwed=\"3\"\n");
        assertThat(done("--json show status"))
                .contains("\"status\":\"running\",\"warnings\":[{\"text\":\"new mail is refused: Insufficient system"
                        + " storage\"}]}}");
    }

    @Test
    void theVersionIsOneLine() {
        assertThat(done("show ver")).isEqualTo("Sluice v0.1 (64-bit).\n");
        assertThat(done("--xml show version"))
                .isEqualTo("<rsp><data><name>Sluice</name><version>0.1</version>"
                        + "<buildDate></buildDate><revision></revision><bits>64</bits></data><succ/></rsp>\n");
    }

    // --- list, delete

    @Test
    void aListHasARowForEachRecipient() {
        server.recipients = List.of(new Operations.RecipientRow(
                "example.com/mta1",
                "a@b.example",
                "c@example.com",
                "",
                1_714_587_873_000L,
                "Sale \"now\" <b>",
                50,
                "j1",
                "",
                1_714_587_932_000L,
                2));

        assertThat(done("--dom list --queue=example.com/mta1")).isEqualTo("""
                title="Recipients"
                msg[0].queue="example.com/mta1"
                msg[0].orig="a@b.example"
                msg[0].rcpt="c@example.com"
                msg[0].file=""
                msg[0].timeQueued="2024-05-01 18:24:33"
                msg[0].header_subject="Sale "now" <b>"
                msg[0].priority="50"
                msg[0].jobId="j1"
                """);
        assertThat(done("--xml list")).contains("<header_subject>Sale &quot;now&quot; &lt;b&gt;</header_subject>");
        assertThat(done("--json list")).contains("\"header_subject\":\"Sale \\\"now\\\" <b>\",\"priority\":50,");
        assertThat(done("list")).endsWith("\n1 recipient(s) listed.\n");
    }

    @Test
    void theConditionsOfAListReachTheServer() {
        done("list --queue=*/m1 --orig=a@* --rcpt=*@b --jobId=J7 --envId=e --older-than=1d12h --maxitems=90000");

        assertThat(server.asked)
                .containsExactly(new Operations.RecipientQuery("*/m1", "a@*", "*@b", "J7", "e", 129_600_000L, 90_000));
    }

    @Test
    void whatStrangersWroteCannotSteerTheTerminal() {
        server.recipients = List.of(new Operations.RecipientRow(
                "example.com/mta1",
                "\u001b[2Ja@b",
                "c@d\u009b31m",
                "",
                0,
                "x\r\ny\u001b]0;t\u0007",
                50,
                "j\u001b",
                "",
                0,
                0));

        for (String format : List.of("", "--dom ", "--xml ")) {
            String out = done(format + "list");
            assertThat(out.chars().filter(c -> Character.isISOControl(c) && c != '\n'))
                    .isEmpty();
        }
    }

    @Test
    void nothingIsDeletedByAccident() {
        CommandReply reply = run("delete");

        assertThat(reply.status()).isEqualTo(2);
        assertThat(reply.err()).contains("--queue=").contains("--jobId=");
        assertThat(server.asked).isEmpty();
    }

    @Test
    void aDeletionTellsHowManyItConcerned() {
        assertThat(done("delete --queue=*/*")).isEqualTo("2 recipient(s) deleted.\n");
        assertThat(done("--xml delete --jobId=J7"))
                .isEqualTo("<rsp><data></data><succ>2 recipient(s) deleted.</succ></rsp>\n");
        assertThat(run("delete --queue=*/* --all").status()).isEqualTo(2);
    }

    // --- actions

    @ParameterizedTest
    @CsvSource({
        "pause queue a/b, pause a/b, Queue(s) paused.",
        "resume queue */b, resume */b, Queue(s) resumed.",
        "schedule a/b, schedule a/b, 154 of 3888 matching queues scheduled.",
        "schedule --retry-recipients */*, schedule */* with recipients, 154 of 3888 matching queues scheduled.",
        "reload, reload, Configuration reloaded.",
        "reload --allow-bounce=12, reload and 12 may bounce, Configuration reloaded.",
        "shutdown, shutdown, Shutting down.",
        "sched a/b, schedule a/b, 154 of 3888 matching queues scheduled.",
        "pa q a/b, pause a/b, Queue(s) paused.",
    })
    void anActionSaysWhatItDid(String command, String asked, String said) {
        assertThat(done(command)).isEqualTo(said + "\n");
        assertThat(server.asked).containsExactly(asked);
    }

    @Test
    void aPauseThatFindsNoQueueFailsInTheFormatAskedFor() {
        server.concerned = 0;

        assertThat(run("pause queue a/b")).isEqualTo(new CommandReply(1, "", "no queue matches a/b\n"));
        assertThat(run("--xml pause queue a/b"))
                .isEqualTo(new CommandReply(1, "<rsp><fail>no queue matches a/b</fail></rsp>\n", ""));
        assertThat(run("--json pause queue a/b"))
                .isEqualTo(new CommandReply(
                        1, "{\"data\":{},\"status\":\"error\",\"message\":\"no queue matches a/b\"}\n", ""));
    }

    @Test
    void aRefusedReloadSaysWhyAndFails() {
        server.reloaded = new Operations.Reloaded("config:41: retry-after has 0s; write 1s or more", List.of());
        assertThat(run("reload"))
                .isEqualTo(new CommandReply(1, "", "config:41: retry-after has 0s; write 1s or more\n"));

        server.reloaded = new Operations.Reloaded("", List.of("spool changed: takes effect at the next start"));
        assertThat(done("reload"))
                .isEqualTo("Configuration reloaded.\nspool changed: takes effect at the next start\n");
    }

    // --- usage

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "show",
                "show nonsense",
                "frobnicate",
                "show stats",
                "flush",
                "s",
                "pause",
                "pause queue",
                "pause job",
                "schedule",
                "re",
                "res job",
                "show queues --maxitems=many",
                "show queues --maxitems=0",
                "show queues --sort=colour",
                "show queues --paused=perhaps",
                "show queues --mode=slow",
                "show status --fast",
                "list --older-than=soon",
                "list --older-than=99999999999d",
                "reload --force",
                "reload --allow-bounce",
                "reload --allow-bounce=-1",
                "reload --allow-bounce=all",
                "pause queue a/b --now"
            })
    void whatIsNotUnderstoodIsAUsageErrorThatHelps(String command) {
        CommandReply reply = run(command);

        assertThat(reply.status()).isEqualTo(2);
        assertThat(reply.out()).isEmpty();
        assertThat(reply.err()).isNotBlank().endsWith("\n");
        assertThat(server.asked).isEmpty();
    }

    @Test
    void aUsageErrorHasTheFormatAskedForToo() {
        assertThat(run("--xml show nonsense").out()).startsWith("<rsp><fail>&quot;show nonsense&quot; is not known");
        assertThat(run("--json frob").out()).startsWith("{\"data\":{},\"status\":\"error\",\"message\":\"there is no");
    }

    @Test
    void helpIsAnAnswerAndNoError() {
        assertThat(done("--help")).contains("show status").contains("pause queue [--for=1h30m] DOMAIN/VMTA");
        assertThat(done("help")).isEqualTo(done("show --help"));
    }

    // --- show settings

    private static final Operations.QueueSettings SETTINGS = new Operations.QueueSettings(
            "",
            "example.com/mta1",
            List.of(),
            List.of(
                    new Operations.SettingRow(
                            "max-smtp-out",
                            List.of(
                                    new Operations.SettingSource("5", "/etc/sluice/config", 12, "<domain example.com>"),
                                    new Operations.SettingSource("20", "", 0, "")),
                            true),
                    new Operations.SettingRow("queue-to", List.of(new Operations.SettingSource("", "", 0, "")), false)),
            List.of("A note."));

    @Test
    void settingsAreLinesOfNameValueAndPlaceWithWhatTheyOverrode() {
        server.settings = SETTINGS;

        assertThat(done("show settings --name=Max-SMTP-out example.com/mta1")).isEqualTo("""
                Queue Settings
                --------------
                max-smtp-out                         5                        /etc/sluice/config:12 <domain example.com>
                    overrides                        20                       built in
                queue-to                             ""                       built in (no effect in this version)

                A note.
                """);
        assertThat(server.asked).containsExactly("example.com/mta1 max-smtp-out");
    }

    @Test
    void settingsForProgramsHaveTheirChain() {
        server.settings = SETTINGS;

        assertThat(done("--json show sett example.com/mta1"))
                .contains("\"queueSettings\":[{\"name\":\"max-smtp-out\",\"value\":\"5\",\"builtIn\":false,"
                        + "\"file\":\"/etc/sluice/config\",\"line\":12,\"scope\":\"<domain example.com>\","
                        + "\"hasEffect\":true,\"overrode\":[{\"value\":\"20\",\"builtIn\":true,\"file\":\"\","
                        + "\"line\":0,\"scope\":\"\"}]}");
        assertThat(done("--dom show settings example.com/mta1")).contains("queueSetting[0].overrode[0].value=\"20\"\n");
        assertThat(done("--xml show settings example.com/mta1"))
                .contains("<queueSetting><name>max-smtp-out</name><value>5</value>");
    }

    @Test
    void settingsOfAnUnknownVirtualMtaFail() {
        server.settings =
                new Operations.QueueSettings("there is no virtual MTA \"b\"", "x/b", List.of(), List.of(), List.of());

        assertThat(run("show settings x/b").status()).isEqualTo(1);
        assertThat(run("show settings x/b").err()).isEqualTo("there is no virtual MTA \"b\"\n");
        assertThat(run("show settings").status()).isEqualTo(2);
    }

    // --- modes, sources, explain

    @Test
    void aModeIsSetForQueuesThatMatch() {
        assertThat(done("set queue --mode=backoff gmail.com/*")).isEqualTo("Mode set for 2 queue(s).\n");
        assertThat(done("set queue --mode=normal gmail.com/mta1")).isEqualTo("Mode set for 2 queue(s).\n");
        assertThat(server.asked).containsExactly("backoff gmail.com/*", "normal gmail.com/mta1");
        assertThat(run("set queue gmail.com/mta1").err()).contains("usage: set queue --mode=normal|backoff");
        assertThat(run("set queue --mode=fast gmail.com/mta1").err()).contains("--mode takes backoff or normal");
    }

    @Test
    void aSourceIsDisabledForAWhileAndEnabledAgain() {
        assertThat(done("disable source --reenable-after=2h 192.0.2.1 gmail.com/mta1"))
                .isEqualTo("Source disabled in 2 queue(s).\n");
        assertThat(done("enable source 192.0.2.1 */*")).isEqualTo("Source enabled in 2 queue(s).\n");
        assertThat(server.asked)
                .containsExactly("disable 192.0.2.1 in gmail.com/mta1 for 7200000", "enable 192.0.2.1 in */* for 0");
        assertThat(run("disable source host gmail.com/mta1").err()).contains("is no IP address");
    }

    @Test
    void disabledSourcesAreListed() {
        server.disabled = List.of(new QueueRoom.DisabledSource(
                new QueueKey("gmail.com", "mta1"), "192.0.2.1", 1_714_587_932_000L, "a rule"));
        assertThat(done("show disabled sources")).contains("gmail.com/mta1", "192.0.2.1", "1 disabled source(s).");
        assertThat(done("--json show disabled sources")).contains("\"ip\":\"192.0.2.1\"", "\"reason\":\"a rule\"");
    }

    @Test
    void aQueueIsExplainedWithTheLimitThatBinds() {
        var wait = new Wait(
                Wait.Cause.LIMIT,
                "max-msg-rate",
                "/etc/pmta/config:41",
                "max-msg-rate of queue gmail.com/mta1",
                60_000);
        server.explanation = Optional.of(new QueueExplanation(
                new QueueKey("gmail.com", "mta1"),
                12,
                0,
                3,
                1,
                0,
                2,
                wait,
                30_000,
                60_000,
                true,
                "\"421 busy\" matches /etc/pmta/config:80",
                10_000,
                3_610_000,
                0,
                "",
                List.of(
                        new QueueExplanation.Bound(
                                "queue",
                                "max-msg-rate",
                                "100/h",
                                "/etc/pmta/config:41",
                                List.of("500/h (/etc/pmta/config:12)"),
                                true,
                                ""),
                        new QueueExplanation.Bound(
                                "queue", "max-smtp-out", "20", "built-in", List.of(), false, "2 open")),
                List.of(new QueueExplanation.SourceState("192.0.2.1", 0, true, 0, "a \u001brule")),
                List.of(),
                List.of()));

        assertThat(done("explain queue gmail.com/mta1")).isEqualTo("""
                gmail.com/mta1
                  recipients    12 ready, 3 put off, 1 being delivered
                  connections   2
                  mode          backoff since 1970-01-01 00:00:10, until 1970-01-01 01:00:10 (in 59m 40s)
                  because       "421 busy" matches /etc/pmta/config:80
                  waits for     max-msg-rate of queue gmail.com/mta1 (max-msg-rate, /etc/pmta/config:41)
                  next attempt  1970-01-01 00:01:00 (in 30s)
                limits that apply
                  > queue                        max-msg-rate                 100/h        /etc/pmta/config:41  <- binds
                        overrode 500/h (/etc/pmta/config:12)
                    queue                        max-smtp-out                 20           built-in  [2 open]
                  source 192.0.2.1: 0 open, disabled until somebody enables it: a  rule
                """);
        assertThat(done("--json explain queue gmail.com/mta1"))
                .contains(
                        "\"directive\":\"max-msg-rate\"",
                        "\"binds\":true",
                        "\"earliestAttempt\":\"1970-01-01 00:01:00\"");
        assertThat(done("--xml explain queue gmail.com/mta1")).contains("<binds>1</binds>");
    }

    @Test
    void aQueueOrMessageThatDoesNotWaitIsAFailureThatSaysSo() {
        assertThat(run("explain queue nobody.example/x").err()).contains("there is no queue nobody.example/x now");
        assertThat(run("explain message 00000000000000010000000000000002").err())
                .contains("no recipient of message 00000000000000010000000000000002 waits");
        assertThat(run("explain message 7").err()).contains("is no message id");
        assertThat(run("explain").err()).contains("usage: explain queue DOMAIN/VMTA");
    }

    @Test
    void aReloadWithManyRemarksTellsTheFirstAndHowManyMore() {
        List<String> notes = new ArrayList<>();
        for (int i = 0; i < 485; i++) {
            notes.add("remark " + i);
        }
        server.reloaded = new Operations.Reloaded("", notes);
        assertThat(done("reload").lines())
                .hasSize(32)
                .endsWith("remark 29", "... and 455 more; sluice check tells them all");
    }

    private static String answerOf(Engine engine) {
        var line = new CommandEngineProperties.Line();
        engine.opened(line);
        engine.bytes(ByteBuffer.wrap("help\0\0".getBytes(StandardCharsets.US_ASCII)));
        return line.text();
    }

    @Test
    void connectionsAreBoundedAndOnesThatGoMakeRoom() {
        var loop = new Stage().loop();
        var bounded = new Control(loop, server, ZoneOffset.UTC, "mx.sluice.example");
        var nobody = new IoFailure(IoFailure.Kind.CLOSED_THERE, "gone");
        var address = UnixDomainSocketAddress.of("control.sock");
        var engines = new ArrayList<Engine>();
        for (int i = 0; i < Control.MOST_AT_A_TIME; i++) {
            engines.add(bounded.deal(address, address).engine());
        }
        assertThat(answerOf(bounded.deal(address, address).engine())).startsWith("1 0 ");

        engines.forEach(each -> each.failed(nobody));
        assertThat(answerOf(bounded.deal(address, address).engine())).startsWith("0 ");
    }
}
