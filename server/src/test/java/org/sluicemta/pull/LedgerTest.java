package org.sluicemta.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private static final Ledger LEDGER = new Ledger(
            2,
            5,
            true,
            List.of(
                    new Version(4, 44, "c4", "\"e\"", "f4", "config", "git:/r branch=main"),
                    new Version(2, 22, "c2", "", "f2", "a b/config", "https://host/config")));

    @Test
    void whatIsWrittenIsReadAgain() {
        assertThat(Ledger.of(LEDGER.text())).isEqualTo(LEDGER);
        assertThat(Ledger.of(Ledger.EMPTY.text())).isEqualTo(Ledger.EMPTY);
    }

    @Test
    void aLedgerThatWasCutIsNotBelieved() {
        byte[] whole = LEDGER.text();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Ledger.of(cut)).isInstanceOf(PullException.class);
        }
    }

    @Test
    void aVersionWhoseMainFileLeavesItsFolderIsNotBelieved() {
        byte[] text = new String(LEDGER.text(), StandardCharsets.UTF_8)
                .replace("a b/config", "../config")
                .getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> Ledger.of(text)).isInstanceOf(PullException.class);
    }

    @Test
    void theVersionInUseIsNeverTheOneToGo() {
        Ledger ledger = Ledger.EMPTY;
        for (int i = 1; i <= Ledger.MOST_VERSIONS; i++) {
            ledger = ledger.adding(new Version(i, i, "c" + i, "", "f" + i, "config", "x"));
        }
        Ledger back = ledger.pointing(1, false);

        Ledger next = back.adding(new Version(11, 11, "c11", "", "f11", "config", "x"));

        assertThat(next.version(1)).isPresent();
        assertThat(next.version(2)).isEmpty();
        assertThat(next.versions()).hasSize(Ledger.MOST_VERSIONS);
    }

    @Test
    void anEtagThatNoLineCanHoldIsDropped() {
        assertThat(Ledger.soundEtag("W/\"abc\"")).isEqualTo("W/\"abc\"");
        assertThat(Ledger.soundEtag("\"a b\"")).isEmpty();
        assertThat(Ledger.soundEtag("\"" + "x".repeat(300) + "\"")).isEmpty();
        assertThat(Ledger.soundEtag("-")).isEmpty();
    }
}
