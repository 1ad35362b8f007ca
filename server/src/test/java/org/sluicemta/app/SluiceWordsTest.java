package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SluiceWordsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "show status",
                "sh topq",
                "--xml show status",
                "--socket /x list",
                "rotate log",
                "reset counters",
                "clear dnscache *",
                "digest x",
                "test config",
                "explain queue a/b",
                "explain message 1",
                "check spf 192.0.2.1 a",
                "frobnicate"
            })
    void whatThisProgramDoesNotDoItselfIsForTheServer(String words) {
        assertThat(Sluice.isForServer(words.split(" ", -1))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run --config x",
                "check",
                "check file",
                "explain a/b",
                "spool count x",
                "dkim new s d",
                "--help",
                "-V"
            })
    void itsOwnCommandsAreNot(String words) {
        assertThat(Sluice.isForServer(words.split(" ", -1))).isFalse();
        assertThat(Sluice.isForServer()).isFalse();
    }
}
