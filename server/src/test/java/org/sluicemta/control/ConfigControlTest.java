package org.sluicemta.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.SimulatedWorld;

/// The config commands in each format.
class ConfigControlTest {
    private final FakeOperations server = new FakeOperations();
    private final Control control =
            new Control(SimulatedWorld.seeded(1).loops().getFirst(), server, ZoneOffset.UTC, "mx.sluice.example");

    private CommandReply run(String command) {
        List<CommandReply> replies = new ArrayList<>();
        control.run(List.of(command.split(" ")), replies::add);
        assertThat(replies).hasSize(1);
        return replies.getFirst();
    }

    @Test
    void theStatusAsText() {
        assertThat(run("config status").out()).isEqualTo("""
                Source        git:/srv/repo.git branch=main
                In use        version 2 (c2) of 2024-05-01 18:25:32
                Pulling       next at 2024-05-01 18:25:32
                Last pull     2024-05-01 18:25:32
                Last failure  none
                Refused       c3, seen at 2024-05-01 18:25:32
                  open-relay: everybody may send

                Versions kept
                     2  2024-05-01 18:25:32  c2            git:/srv/repo.git branch=main  (in use)
                     1  2024-05-01 18:25:32  c1            git:/srv/repo.git branch=main
                     0  the local file
                """);
    }

    @Test
    void theStatusForPrograms() {
        assertThat(run("--dom config status").out())
                .contains("version=\"2\"\n")
                .contains("held=\"0\"\n")
                .contains("pending.revision=\"c3\"\n")
                .contains("pending.refusal[0].guard=\"open-relay\"\n")
                .contains("kept[1].inUse=\"0\"\n");
        assertThat(run("--json config status").out())
                .contains("\"refusals\":[{\"guard\":\"open-relay\",\"text\":\"everybody may send\"}]")
                .contains("\"versions\":[{\"number\":2");
        assertThat(run("--xml config status").out()).contains("<pending><revision>c3</revision>");
    }

    @Test
    void requestsArePassedOn() {
        run("config pull --accept=open-relay,removed");
        run("config pull --allow-bounce=3");
        run("config rollback");
        run("config roll 7");
        run("config resume");
        run("config show-effect");

        assertThat(server.configuration.asked)
                .containsExactly(
                        "pull [open-relay, removed]",
                        "pull [] and 3 may bounce",
                        "rollback -1",
                        "rollback 7",
                        "resume",
                        "effect");
    }

    @Test
    void anEffectIsCountedAndItsNamesAreBounded() {
        List<String> many = IntStream.range(0, 25).mapToObj(i -> "m" + i).toList();
        server.configuration.outcome = new ConfigCommands.PullOutcome(
                true,
                "Revision c3 is not in use.",
                List.of(new ConfigCommands.EffectRows(
                        many, List.of("old"), List.of(), List.of(), List.of("max-smtp-out 1 -> 2"))),
                List.of(new ConfigCommands.RefusalRow("queued-mail", "3 recipients wait")),
                List.of("smtp-listener changed: takes effect at the next start"));

        assertThat(run("config show-effect").out())
                .contains("25 virtual MTAs added: m0, ")
                .contains(" and 5 more\n")
                .contains("1 virtual MTAs removed: old\n")
                .contains("1 settings changed\n  max-smtp-out 1 -> 2\n")
                .contains("Refused by\n  queued-mail: 3 recipients wait\n")
                .endsWith("smtp-listener changed: takes effect at the next start\n");
        assertThat(run("--dom config show-effect").out())
                .contains("effect.virtualMtasAdded=\"25\"")
                .contains("effect.setting[0].text=\"max-smtp-out 1 -> 2\"")
                .doesNotContain("m20");
    }

    @Test
    void aRefusedPullFailsWithItsReasons() {
        server.configuration.outcome = new ConfigCommands.PullOutcome(
                false,
                "Revision c3 is refused.",
                List.of(),
                List.of(new ConfigCommands.RefusalRow("error", "config:3: no")),
                List.of());

        CommandReply reply = run("config pull");

        assertThat(reply.status()).isEqualTo(1);
        assertThat(reply.err()).contains("Revision c3 is refused.").contains("error: config:3: no");
    }

    @Test
    void whatIsNotUnderstoodSaysWhatThereIs() {
        assertThat(run("config").err()).contains("config status");
        assertThat(run("config rollback yesterday").status()).isEqualTo(2);
        assertThat(run("config pull --force").err()).contains("--accept");
    }
}
