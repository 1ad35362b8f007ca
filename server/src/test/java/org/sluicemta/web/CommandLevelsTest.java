package org.sluicemta.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLevelsTest {
    @ParameterizedTest
    @CsvSource({
        "show status,MONITOR",
        "explain queue,MONITOR",
        "list,MONITOR",
        "pause queue,OPERATOR",
        "set queue,OPERATOR",
        "disable source,OPERATOR",
        "delete,ADMIN",
        "reload,ADMIN",
        "shutdown,ADMIN",
        "config pull,ADMIN",
        "what comes next year,ADMIN"
    })
    void whatIsNotKnownNeedsAnAdministrator(String name, AccessLevel level) {
        assertThat(CommandLevels.needed(name, List.of())).isEqualTo(level);
    }

    @Test
    void aListThatChangesOrIsEndlessNeedsMore() {
        assertThat(CommandLevels.needed("list", List.of("list", "--PAUSE"))).isEqualTo(AccessLevel.OPERATOR);
        assertThat(CommandLevels.needed("list", List.of("list", "--maxitems=10000")))
                .isEqualTo(AccessLevel.MONITOR);
        assertThat(CommandLevels.needed("list", List.of("list", "--maxItems=10001")))
                .isEqualTo(AccessLevel.ADMIN);
        assertThat(CommandLevels.needed("show queues", List.of("--maxitems=99999999999")))
                .isEqualTo(AccessLevel.ADMIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--maxitems=+2000000",
                "--maxitems=\u0669\u0669\u0669\u0669\u0669\u0669",
                "--maxitems",
                "--maxitems="
            })
    void aNumberInAnotherSpellingIsNoWayAround(String option) {
        assertThat(CommandLevels.needed("show queues", List.of("show", "queues", option)))
                .isEqualTo(AccessLevel.ADMIN);
    }

    @Test
    void aListWithoutAnEndGetsOne() {
        assertThat(CommandLevels.bounded("show jobs", List.of("sh", "jobs")))
                .containsExactly("sh", "jobs", "--maxitems=10000");
        assertThat(CommandLevels.bounded("show jobs", List.of("show", "jobs", "--maxItems=3")))
                .containsExactly("show", "jobs", "--maxItems=3");
        assertThat(CommandLevels.bounded("show status", List.of("show", "status")))
                .containsExactly("show", "status");
    }
}
