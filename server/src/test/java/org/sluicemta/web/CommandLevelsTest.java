package org.sluicemta.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
