package org.sluicemta.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.queue.RecipientNote;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.Loop;
import org.xml.sax.InputSource;

/// What is listed of domains, virtual MTAs, jobs, recipients and the server, in each format, as the programs in the
/// field read it.
class ListingScreensTest {
    private static final Loop LOOP = SimulatedWorld.seeded(1).loops().getFirst();

    private final FakeOperations server = new FakeOperations();
    private Control control = new Control(LOOP, server, ZoneOffset.UTC, "mx.sluice.example");

    private CommandReply run(String command) {
        List<CommandReply> replies = new ArrayList<>();
        control.run(List.of(command.split(" ")), replies::add);
        assertThat(replies).hasSize(1);
        return replies.getFirst();
    }

    private String done(String command) {
        CommandReply reply = run(command);
        assertThat(reply.err()).isEmpty();
        assertThat(reply.status()).isZero();
        return reply.out();
    }

    // --- domains

    private void someDomains() {
        server.domains = List.of(
                new Operations.DomainRow(
                        "example.com",
                        77,
                        787_866,
                        3,
                        List.of(
                                new Operations.QueueNote(
                                        1_714_587_873_000L,
                                        "skip of MX requested: \"421 4.7.0 busy\" received from mx (192.0.2.1)"),
                                new Operations.QueueNote(1_714_587_800_000L, "connect rate limit reached"))),
                new Operations.DomainRow(
                        "a-domain-whose-name-is-longer-than-the-column.example", 3, 1024, 0, List.of()));
    }

    @Test
    void domainsAsTextHaveAHeadOfDashesAndEndWithTheirNumber() {
        someDomains();

        assertThat(done("show topdomains")).isEqualTo("""
                -----------------------------domain----#rcpt-----kbytes--conn--last error------------------------------
                                        example.com       77      769.4     3  skip of MX requested: "421 4.7.0 busy...
                a-domain-whose-name-is-longer-than-the-column.example        3        1.0     0

                2 of 3 domains shown.
                """);
        assertThat(done("show domains --errors"))
                .contains(
                        "\n    2024-05-01 18:24:33 skip of MX requested: \"421 4.7.0 busy\" received from mx (192.0.2.1)"
                                + "\n    2024-05-01 18:23:20 connect rate limit reached\n");
    }

    @Test
    void domainsAsDomLinesHaveTheOrderOfQueues() {
        someDomains();

        assertThat(done("--dom show topdomains --errors")).isEqualTo("""
                title="Top 20 domains by number of recipients"
                domain[0].name="example.com"
                domain[0].rcp="77"
                domain[0].kb="769.4"
                domain[0].conn="3"
                domain[0].event[0].type="error"
                domain[0].event[0].time="2024-05-01 18:24:33"
                domain[0].event[0].text="skip of MX requested: "421 4.7.0 busy" received from mx (192.0.2.1)"
                domain[0].event[1].type="error"
                domain[0].event[1].time="2024-05-01 18:23:20"
                domain[0].event[1].text="connect rate limit reached"
                domain[1].name="a-domain-whose-name-is-longer-than-the-column.example"
                domain[1].rcp="3"
                domain[1].kb="1.0"
                domain[1].conn="0"
                totalRcp="61078"
                totalDomainsWithRcp="3"
                """);
    }

    @Test
    void domainsAsXmlAreFoundByTheirPaths() throws XPathExpressionException {
        someDomains();
        String xml = done("--xml show topdomains");

        assertThat(xml)
                .startsWith("<rsp><data><title>Top 20 domains by number of recipients</title><domain><name>example.com"
                        + "</name><rcp>77</rcp><kb>769.4</kb><conn>3</conn></domain><domain>")
                .endsWith(
                        "<totalRcp>61078</totalRcp><totalDomainsWithRcp>3</totalDomainsWithRcp></data><succ/></rsp>\n");
        assertThat(path("count(/rsp//domain/name)", xml)).isEqualTo("2");
        assertThat(path("//domain[name='example.com']/rcp", xml)).isEqualTo("77");
    }

    @Test
    void domainsAsJsonHaveErrorsWithoutBeingAskedForThem() {
        someDomains();

        assertThat(done("--json show domains"))
                .startsWith(
                        "{\"data\":{\"title\":\"Domains by name\",\"domains\":[{\"name\":\"example.com\",\"rcp\":77,"
                                + "\"kb\":769.4,\"conn\":3,\"errors\":[{\"time\":\"2024-05-01 18:24:33\",\"text\":")
                .endsWith("\"conn\":0,\"errors\":[]}],\"totalRcp\":61078,\"totalDomainsWithRcp\":3},"
                        + "\"status\":\"success\",\"message\":\"\"}\n");
    }

    @Test
    void theOptionsOfDomainsReachTheServer() {
        done("show domains --vmta=mta1 --connected=yes --maxitems=7 --sort=size --errors *.com");
        done("show topdomains");

        assertThat(server.asked)
                .containsExactly(
                        new Operations.DomainQuery("*.com", "mta1", Operations.Order.SIZE, 7, true, true),
                        new Operations.DomainQuery("", "", Operations.Order.RECIPIENTS, 20, null, false));
        assertThat(run("show topdomains --sort=name").status()).isEqualTo(2);
    }

    private static String path(String path, String xml) throws XPathExpressionException {
        return XPathFactory.newInstance().newXPath().evaluate(path, new InputSource(new StringReader(xml)));
    }

    // --- virtual MTAs

    private void twoVirtualMtas() {
        server.virtualMtas = List.of(
                new Operations.VirtualMtaRow("mta1", 13, 18, 64, 100, 16),
                new Operations.VirtualMtaRow("mta2", 1, 10, 36, 150, 8));
    }

    @Test
    void virtualMtasAsTextAreTheTableThatScriptsCutUp() {
        twoVirtualMtas();

        assertThat(done("show vmtas")).isEqualTo("""
                name    domains #rcpt % total kbytes conn
                ------- ------- ----- ------- ------ ----
                mta1         13    18      64    0.1   16
                mta2          1    10      36    0.1    8

                2 of 2 virtual MTAs.
                """);
    }

    /// A script in the field drops two lines at the head and two at the end and takes the columns 1 and 3.
    @Test
    void withoutTheFirstTwoAndLastTwoLinesTheTableIsNamesAndNumbers() {
        server.virtualMtas = List.of(
                new Operations.VirtualMtaRow("{default}", 100_000_000, 12_345_678, 100, 1L << 50, 100_000),
                new Operations.VirtualMtaRow("m", 0, 0, 0, 0, 0));
        List<String> lines = done("show vmtas").lines().toList();

        List<String> read = lines.subList(2, lines.size() - 2).stream()
                .map(line -> line.strip().split(" +"))
                .map(columns -> columns[0] + "=" + columns[2])
                .toList();

        assertThat(read).containsExactly("{default}=12345678", "m=0");
    }

    @Test
    void virtualMtasForPrograms() throws XPathExpressionException {
        twoVirtualMtas();

        assertThat(done("--dom show vmtas --maxitems=2")).isEqualTo("""
                title="Virtual MTAs"
                vmta[0].name="mta1"
                vmta[0].rcp="18"
                vmta[0].kb="0.1"
                vmta[0].pctOfTotal="64"
                vmta[0].conn="16"
                vmta[0].dom="13"
                vmta[1].name="mta2"
                vmta[1].rcp="10"
                vmta[1].kb="0.1"
                vmta[1].pctOfTotal="36"
                vmta[1].conn="8"
                vmta[1].dom="1"
                """);
        String xml = done("--xml show vmtas");
        assertThat(path("//rsp//vmta[name='mta2']/rcp", xml)).isEqualTo("10");
        assertThat(done("--json show vmtas"))
                .isEqualTo("{\"data\":{\"title\":\"Virtual MTAs\",\"vmtas\":["
                        + "{\"name\":\"mta1\",\"rcp\":18,\"kb\":0.1,\"pctOfTotal\":64,\"conn\":16,\"dom\":13},"
                        + "{\"name\":\"mta2\",\"rcp\":10,\"kb\":0.1,\"pctOfTotal\":36,\"conn\":8,\"dom\":1}]},"
                        + "\"status\":\"success\",\"message\":\"\"}\n");
        assertThat(server.asked)
                .containsExactly(
                        "virtual MTAs, 2", "virtual MTAs, " + Integer.MAX_VALUE, "virtual MTAs, " + Integer.MAX_VALUE);
    }

    // --- jobs

    @Test
    void jobsInEachFormat() {
        server.jobs = List.of(
                new Operations.JobRow("news", 1200, 12_288_000, 4, false),
                new Operations.JobRow("old", 3, 30_720, 0, true));

        assertThat(done("show jobs")).isEqualTo("""
                -----------------------------job-id----#rcpt-----kbytes--conn--st
                                               news     1200    12000.0     4
                                                old        3       30.0     0  P

                Total of 2 job(s).
                """);
        assertThat(done("--dom show jobs")).isEqualTo("""
                title="Jobs"
                job[0].name="news"
                job[0].rcp="1200"
                job[0].kb="12000.0"
                job[0].conn="4"
                job[0].paused="no"
                job[1].name="old"
                job[1].rcp="3"
                job[1].kb="30.0"
                job[1].conn="0"
                job[1].paused="yes"
                totalJobsWithRcp="2"
                totalRcp="61078"
                """);
        assertThat(done("--xml show jobs --maxitems=1"))
                .startsWith("<rsp><data><title>Jobs</title><job><name>news</name><rcp>1200</rcp><kb>12000.0</kb>"
                        + "<conn>4</conn><paused>no</paused></job>");
        assertThat(done("--json show jobs"))
                .contains("\"jobs\":[{\"name\":\"news\",\"rcp\":1200,\"kb\":12000.0,\"conn\":4,\"paused\":\"no\"},")
                .contains("],\"totalJobsWithRcp\":2,\"totalRcp\":61078}");
    }

    // --- status

    private void startedAs(About about) {
        server.about = about;
        control = new Control(LOOP, server, ZoneOffset.UTC, "mx.sluice.example");
    }

    @Test
    void theWholeStatusTreeHasItsOrder() {
        startedAs(new About(
                "0.1",
                "2026-11-28",
                "1a2b3c4",
                "Linux",
                "6.1.0",
                "#1 SMP",
                "A \"fast\" CPU",
                2,
                8_000_000,
                "0badcafe"));
        String dom = done("--dom show status");

        assertThat(dom).startsWith("""
                mta.product.name="Sluice"
                mta.product.version="0.1"
                mta.product.buildDate="2026-11-28"
                mta.product.revision="1a2b3c4"
                mta.product.bits="64"
                mta.lak.serial="none"
                mta.lak.instances="1"
                mta.os.name="Linux"
                mta.os.version="6.1.0"
                mta.os.build="#1 SMP"
                mta.cpu.type="A "fast" CPU"
                mta.cpu.count="2"
                mta.ram.real="8000000"
                mta.fullHostName="mx.sluice.example"
                mta.userString=""
                mta.hostId="0badcafe"
                status.timeNow="2024-05-01 18:25:32"
                status.startupTime="2024-04-30 18:25:27"
                status.shuttingDown="0"
                status.traffic.total.out.rcp="3"
                """);
        assertThat(dom.lines()
                        .map(line -> line.substring(0, line.indexOf('=')))
                        .filter(path -> path.startsWith("status.traffic"))
                        .map(path -> path.split("\\.")[2])
                        .distinct())
                .containsExactly("total", "lastHr", "lastMin", "topPerHr", "topPerMin", "perf");
        assertThat(dom).endsWith("""
                status.traffic.perf.lastMin.in.count="12"
                status.traffic.perf.lastMin.in.mailFromTime="3"
                status.traffic.perf.lastMin.in.dataTime="40"
                status.traffic.perf.lastMin.in.totalTime="43"
                status.conn.smtpIn.cur="1"
                status.conn.smtpIn.max="100"
                status.conn.smtpIn.top="7"
                status.conn.smtpOut.cur="2"
                status.conn.smtpOut.max="1200"
                status.conn.smtpOut.top="9"
                status.resolver.namesCached="12"
                status.resolver.queriesPending="0"
                status.resolver.queriesActive="3"
                status.queue.smtp.rcp="80"
                status.queue.smtp.dom="2"
                status.queue.smtp.kb="770.4"
                status.queue.pipe.rcp="0"
                status.queue.pipe.dom="0"
                status.queue.pipe.kb="0.0"
                status.queue.discard.rcp="5"
                status.queue.discard.dom="1"
                status.queue.discard.kb="2.0"
                status.queue.file.rcp="1"
                status.queue.file.dom="1"
                status.queue.file.kb="0.5"
                status.queue.alias.rcp="0"
                status.queue.alias.dom="0"
                status.queue.alias.kb="0.0"
                status.queue.bounceProcessor.rcp="0"
                status.queue.bounceProcessor.dom="0"
                status.queue.bounceProcessor.kb="0.0"
                status.queue.feedbackLoopProcessor.rcp="0"
                status.queue.feedbackLoopProcessor.dom="0"
                status.queue.feedbackLoopProcessor.kb="0.0"
                status.spool.initPct="100"
                status.spool.dirs="1"
                status.spool.files.inUse="4"
                status.spool.files.recycled="1"
                status.spool.files.total="5"
                status.spool.totalRcp="87"
                status.spool.maxRcp="25165824"
                status.spool.reportsOwed="0"
                status.status="running"
                """);
    }

    /// Monitors of the days of 3.5 and 4.0 stop without it.
    @Test
    void oldMonitorsAreShownTheElementThatTheyInsistOn() throws XPathExpressionException {
        assertThat(done("--xml show status")).doesNotContain("gmImprinter");

        server.isWithGmImprinter = true;

        assertThat(path("/rsp/data/status/queue/gmImprinter/rcp", done("--xml show status")))
                .isEqualTo("0");
    }

    @ParameterizedTest
    @CsvSource({
        "Total, 5;4;10.0;3;2;1.5",
        "Last Hour, 5;4;10.0;3;2;1.5",
        "Inbound, 1;7;100;12;0",
        "Outbound, 2;9;1200",
        "SMTP, 80;2;770.4;4;1",
        "other, 6;2;2.5"
    })
    void theScreenHasTheWordsAndNumbersThatScriptsLookFor(String word, String numbers) {
        Matcher line = Pattern.compile("(?m)^" + word + "\\s+(.*)$").matcher(done("show status"));

        assertThat(line.find()).isTrue();
        List<String> found = new ArrayList<>();
        for (String part : line.group(1).split("\\s+")) {
            if (part.matches("[\\d.]+")) {
                found.add(part);
            }
        }
        assertThat(found).containsExactly(numbers.split(";"));
    }

    // --- version, license, what there is not

    @Test
    void theVersionTellsTheBuildWhereItIsKnown() {
        assertThat(done("show ver")).isEqualTo("Sluice v0.1 (64-bit).\n");

        startedAs(new About("0.1", "2026-11-28", "1a2b3c4", "", "", "", "", 0, 0, ""));

        assertThat(done("show version")).isEqualTo("Sluice v0.1 (build 2026-11-28, 64-bit; 1a2b3c4).\n");
    }

    @Test
    void theLicenceHasTheKeysThatToolsReadAndSaysThatThereIsNone() {
        assertThat(done("show license").lines().map(line -> line.substring(0, line.indexOf(':'))))
                .containsExactly(
                        "  product",
                        "  version",
                        " platform",
                        "    units",
                        "instances",
                        " licensee",
                        "   serial",
                        "   issued",
                        "  expires",
                        "  comment",
                        "copyright");
        assertThat(done("--dom show license"))
                .contains("\nexpires=\"never\"\n")
                .contains("licensee=\"everybody: Sluice needs no licence file");
    }

    @Test
    void whatThereIsNotIsAnsweredHonestly() {
        assertThat(done("show precache")).startsWith("Nothing is precached");
        assertThat(done("--json show registration")).contains("\"registered\":false");
        assertThat(done("--dom show registration")).contains("registered=\"0\"\n");
    }

    @ParameterizedTest
    @CsvSource({
        "show stats, show status",
        "show summary, show status",
        "show disk, show status",
        "show config, show settings",
        "show pattern-lists, show settings",
        "flush, schedule",
        "kick, schedule",
        "move a b, reload",
        "expunge, delete",
        "configtest, sluice check"
    })
    void whatWasInventedElsewhereIsRefusedWithTheRightCommand(String invention, String instead) {
        CommandReply reply = run(invention);

        assertThat(reply.status()).isEqualTo(2);
        assertThat(reply.out()).isEmpty();
        assertThat(reply.err()).contains("; use " + instead);
    }

    @ParameterizedTest
    @ValueSource(strings = {"show top", "show v", "sh", "re"})
    void aWordThatMayBeTwoCommandsRunsNeither(String command) {
        assertThat(run(command).status()).isEqualTo(2);
        assertThat(server.asked).isEmpty();
    }

    // --- recipients, their events

    @Test
    void aListTellsPriorityAndScheduleWhereAskedTo() {
        server.recipients = List.of(recipient("a@example.com", 1_714_587_932_000L), recipient("b@example.com", 0));
        server.unreadable = 2;

        List<String> lines = done("list --priority --schedule --pause").lines().toList();
        assertThat(lines.get(0)).matches("queue +orig +rcpt +file +timeQueued +priority +nextAttempt +job");
        assertThat(lines.get(1)).matches("example.com/mta1 .* 50 2024-05-01 18:25:32 +j1");
        assertThat(lines.get(2)).matches("example.com/mta1 .* 50 queue +j1");
        assertThat(lines.getLast()).startsWith("2 recipient(s) are missing");
        assertThat(done("--dom list --schedule"))
                .contains("msg[0].attempts=\"2\"\nmsg[0].nextAttempt=\"2024-05-01 18:25:32\"\n");
        assertThat(done("list")).doesNotContain("priority", "nextAttempt");
    }

    private static Operations.RecipientRow recipient(String to, long due) {
        return new Operations.RecipientRow(
                "example.com/mta1", "s@b.example", to, "id", 1_714_587_873_000L, "", 50, "j1", "", due, 2);
    }

    @Test
    void recipientEventsAreShownNewestFirstUnlessUnwanted() {
        server.queues = List.of(new Operations.QueueRow(
                "example.com/mta1",
                1,
                10,
                0,
                false,
                false,
                0,
                "",
                List.of(),
                List.of(),
                List.of(
                        new RecipientNote(
                                RecipientNote.What.DEFERRED,
                                1_714_587_932_000L,
                                "198.51.100.1",
                                "a@example.com",
                                "j1",
                                "mx.example.com (192.0.2.1)",
                                "smtp;450 \"later\""),
                        new RecipientNote(
                                RecipientNote.What.DELIVERED, 1_714_587_931_000L, "", "b@example.com", "", "", ""))));

        assertThat(done("show queues example.com/mta1")).contains("""
                Recipient Events (deliveries:1, bounces:0, deferrals:1)
                -------------------------------------------------------
                deferred | 2024-05-01 18:25:32 | 198.51.100.1 | a@example.com | j1 | mx.example.com (192.0.2.1) | smtp;450 "later"
                delivered | 2024-05-01 18:25:31 |  | b@example.com |  |  |
                """);
        assertThat(done("--dom show queues example.com/mta1")).contains("""
                queue[0].recipientEvent[0].type="deferred"
                queue[0].recipientEvent[0].time="2024-05-01 18:25:32"
                queue[0].recipientEvent[0].sourceIp="198.51.100.1"
                queue[0].recipientEvent[0].rcpt="a@example.com"
                queue[0].recipientEvent[0].jobId="j1"
                queue[0].recipientEvent[0].host="mx.example.com (192.0.2.1)"
                queue[0].recipientEvent[0].dsnDiag="smtp;450 "later""
                """);
        assertThat(done("--json show queues")).contains("\"recipientEvents\":[{\"type\":\"deferred\",");
        for (String format : List.of("", "--dom ", "--xml ", "--json ")) {
            assertThat(done(format + "show queues --no-rcpt-events")).doesNotContainIgnoringCase("recipientEvent");
        }
    }

    // --- long answers

    @Test
    void aLongAnswerIsWrittenAside() {
        server.queues = Collections.nCopies(500, FakeOperations.PAUSED);
        done("show topqueues --maxitems=500");
        assertThat(server.aside).isZero();

        server.queues = Collections.nCopies(501, FakeOperations.PAUSED);
        assertThat(done("show topqueues --maxitems=600")).endsWith("501 of 502 matching queues.\n");
        assertThat(server.aside).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "show status",
                "show topqueues --errors",
                "show domains --errors",
                "show vmtas",
                "show jobs",
                "list",
                "show license",
                "show version",
                "show precache",
                "show registration"
            })
    void noDomValueHasALineOfItsOwnAndXmlIsOneDocument(String command) throws XPathExpressionException {
        var note = new Operations.QueueNote(0, "two\nlines \"quoted\" <and> \u0007steering");
        server.domains = List.of(new Operations.DomainRow("d\n.example", 1, 1, 1, List.of(note)));
        server.virtualMtas = List.of(new Operations.VirtualMtaRow("v\nw", 1, 1, 1, 1, 1));
        server.jobs = List.of(new Operations.JobRow("j\nk", 1, 1, 1, false));
        server.queues = List.of(
                new Operations.QueueRow("q\n/v", 1, 1, 1, false, false, 0, "", List.of(note), List.of(), List.of()));
        server.recipients = List.of(recipient("a\nb@example.com", 0));

        assertThat(done("--dom " + command).lines()).allMatch(line -> line.matches("[\\w.\\[\\]]+=\".*\""));
        assertThat(done("--xml " + command))
                .hasLineCount(1)
                .startsWith("<rsp><data>")
                .endsWith("</data><succ/></rsp>\n");
        assertThat(path("count(/rsp/succ)", done("--xml " + command))).isEqualTo("1");
        assertThat(done("--json " + command)).hasLineCount(1).endsWith("},\"status\":\"success\",\"message\":\"\"}\n");
    }
}
