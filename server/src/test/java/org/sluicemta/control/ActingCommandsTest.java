package org.sluicemta.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.simulation.SimulatedWorld;

/// Commands that change something, in each format.
class ActingCommandsTest {
    private final FakeOperations server = new FakeOperations();
    private final Control control =
            new Control(SimulatedWorld.seeded(1).loops().getFirst(), server, ZoneOffset.UTC, "mx.sluice.example");

    private CommandReply run(String command) {
        List<CommandReply> replies = new ArrayList<>();
        control.run(Arrays.asList(command.split(" ")), replies::add);
        assertThat(replies).hasSize(1);
        return replies.getFirst();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pause job J7 | pause job J7 | paused job.",
                "resume job J7 | resume job J7 | resumed job.",
                "res j J7 | resume job J7 | resumed job.",
                "pause queue --for=1h30m a/b | pause a/b for 5400000 | Queue(s) paused.",
                "pause queue a/b | pause a/b | Queue(s) paused.",
                "reset counters | reset | Traffic counters reset.",
                "reset count | reset | Traffic counters reset.",
                "reset status | reset with connections | Traffic counters reset.",
                "rotate log | rotate log | Logging file rotated.",
                "rotate acct acct.csv | rotate accounting acct.csv | Accounting file rotated.",
                "clear dnscache * | clear * | DNS cache cleared.",
                "clear dns example.com | clear example.com | Cleared example.com from DNS cache.",
                "test config | test | The configuration has no errors; reload would load it."
            })
    void whatIsDoneIsSaidInEveryFormat(String command, String asked, String said) {
        assertThat(run(command)).isEqualTo(new CommandReply(0, said + "\n", ""));
        assertThat(run("--xml " + command))
                .isEqualTo(new CommandReply(0, "<rsp><data></data><succ>" + said + "</succ></rsp>\n", ""));
        assertThat(run("--dom " + command)).isEqualTo(new CommandReply(0, "", ""));
        assertThat(run("--json " + command))
                .isEqualTo(
                        new CommandReply(0, "{\"data\":{},\"status\":\"success\",\"message\":\"" + said + "\"}\n", ""));
        assertThat(server.asked).containsExactly(asked, asked, asked, asked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pause job J7", "resume job J7", "rotate acct x", "rotate log"})
    void whatIsRefusedIsSaidInEveryFormatAndFails(String command) {
        server.refusal = "not now; ask again later";
        assertThat(run(command)).isEqualTo(new CommandReply(1, "", "not now; ask again later\n"));
        assertThat(run("--dom " + command)).isEqualTo(new CommandReply(1, "", "not now; ask again later\n"));
        assertThat(run("--xml " + command))
                .isEqualTo(new CommandReply(1, "<rsp><fail>not now; ask again later</fail></rsp>\n", ""));
        assertThat(run("--json " + command))
                .isEqualTo(new CommandReply(
                        1, "{\"data\":{},\"status\":\"error\",\"message\":\"not now; ask again later\"}\n", ""));
    }

    @Test
    void aResumeSaysFirstHowManyExpired() {
        server.resumed = new QueueRoom.Resumed(1, 12, 3);
        String said = "12 recipient(s) expired in the pause, 3 expire within the hour. Queue(s) resumed.";
        assertThat(run("resume queue a/b")).isEqualTo(new CommandReply(0, said + "\n", ""));
        assertThat(run("--xml resume queue a/b").out())
                .isEqualTo("<rsp><data></data><succ>" + said + "</succ></rsp>\n");
        server.resumed = new QueueRoom.Resumed(0, 0, 0);
        assertThat(run("resume queue a/b")).isEqualTo(new CommandReply(1, "", "no queue matches a/b\n"));
    }

    @Test
    void aPriorityIsSetForWhatTheOptionsName() {
        assertThat(run("set priority --queue=*/mta1 --jobId=J7 --orig=a@* --rcpt=*@b --envId=E 90")
                        .out())
                .isEqualTo("Priority set for 2 recipient(s).\n");
        assertThat(server.asked)
                .containsExactly(
                        new Operations.RecipientQuery("*/mta1", "a@*", "*@b", "J7", "E", 0, Integer.MAX_VALUE),
                        "priority 90");
        assertThat(run("--json set prio 1").out())
                .isEqualTo("{\"data\":{},\"status\":\"success\",\"message\":\"Priority set for 2 recipient(s).\"}\n");
    }

    @Test
    void aDeletionMayTellTheSendersAndMakeNoRows() {
        assertThat(run("delete --dsn --no-accounting --queue=*/*").out()).isEqualTo("2 recipient(s) deleted.\n");
        assertThat(run("delete --dsn --jobId=J7").status()).isZero();
        assertThat(server.asked).contains("with reports, without rows", "with reports, with rows");
    }

    @Test
    void digestsAreThoseOfTheRecordsOfPowerMta() {
        assertThat(run("digest --hmac-sha256 --key=secretkey port25"))
                .isEqualTo(new CommandReply(
                        0, "Result: 614648A140A88192D375C22E606BEC922E8CFA71A5063C067E6BE7CB49C506AA\n", ""));
        assertThat(run("digest --siphash --key=secretkey port25").out()).isEqualTo("Result: EB938A2508145899\n");
        assertThat(run("digest --hexkey=1234abcd port25").out())
                .isEqualTo("Result: 3BB5D751EB1C3ECCD12C10B315DADEBA35C3A6DF822E44A347FC01B38001477A\n");
        assertThat(run("--dom digest --siphash --hexkey=1234abcd port25").out())
                .isEqualTo("result=\"D343D887797D2CFB\"\n");
        assertThat(run("--xml digest --siphash --hexkey=1234abcd port25").out())
                .isEqualTo("<rsp><data><result>D343D887797D2CFB</result></data><succ/></rsp>\n");
        assertThat(run("--json digest --siphash --hexkey=1234abcd port25").out())
                .isEqualTo("{\"data\":{\"result\":\"D343D887797D2CFB\"},\"status\":\"success\",\"message\":\"\"}\n");
    }

    @Test
    void aConfigurationWithErrorsFailsTheTestAndRemarksFollowAGoodOne() {
        server.tested =
                new Upkeep.Tested("Error in line 11 of /etc/pmta/config: argument missing\n    mend: x", List.of());
        assertThat(run("test config"))
                .isEqualTo(new CommandReply(
                        1, "", "Error in line 11 of /etc/pmta/config: argument missing\n    mend: x\n"));
        server.tested = new Upkeep.Tested("", List.of("warning: one"));
        assertThat(run("test config").out())
                .isEqualTo("The configuration has no errors; reload would load it.\nwarning: one\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pause queue --for=soon a/b",
                "pause queue --for=0 a/b",
                "pause queue --for=400d a/b",
                "resume queue --for=1h a/b",
                "set priority",
                "set priority 0",
                "set priority 101",
                "set priority high",
                "set priority --older-than=1h 50",
                "delete --dsn",
                "reset",
                "reset all",
                "rotate",
                "test",
                "clear dnscache",
                "clear dnscache *.example.com",
                "digest",
                "digest port25",
                "digest --siphash --hmac-sha256 --key=a port25",
                "digest --siphash --key=12345678901234567 port25",
                "digest --siphash --hexkey=123 port25",
                "digest --siphash --hexkey=12 --key=a port25"
            })
    void whatIsNotUnderstoodIsAUsageErrorThatHelps(String command) {
        CommandReply reply = run(command);

        assertThat(reply.status()).isEqualTo(2);
        assertThat(reply.out()).isEmpty();
        assertThat(reply.err()).isNotBlank();
        assertThat(server.asked).isEmpty();
    }
}
