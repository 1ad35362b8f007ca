package org.sluicemta.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.QueueKey;

class RecordFieldsTest {
    @Test
    void theListGivesTheOrderAndTheStarTheDefaults() {
        assertThat(names("timeQueued,bounceCat,vmta")).containsExactly("timeQueued", "bounceCat", "vmta");
        assertThat(names("*"))
                .hasSize(22)
                .startsWith("timeLogged", "timeQueued", "orig")
                .endsWith("queue", "vmtaPool");
        assertThat(names("bounceCat,rcpt,*")).hasSize(22).startsWith("bounceCat", "rcpt", "timeLogged", "timeQueued");
        assertThat(names("*,header_X-Job,USERSTRING")).hasSize(24).endsWith("header_X-Job", "userString");
    }

    @Test
    void namesAreTakenAwayWhereverTheyStand() {
        assertThat(names("*,!dlvSize,!orig")).hasSize(20).doesNotContain("dlvSize", "orig");
        assertThat(names("!orig,*")).hasSize(21).doesNotContain("orig");
        assertThat(names("!orig")).hasSize(21).doesNotContain("orig");
    }

    @Test
    void headersAreSpelledAsWrittenAndNotMerged() {
        assertThat(names("header_Subject,header_subject")).containsExactly("header_Subject", "header_subject");
    }

    @Test
    void theTypeStandsFirstAnywayAndIsNoColumnOfItsOwn() {
        assertThat(names("type,rcpt")).containsExactly("rcpt");
    }

    @Test
    void whatRowsOfTheTypeDoNotHaveIsRefused() {
        assertThatThrownBy(() -> names("rcptt")).hasMessageContaining("rcptt, which is no field");
        assertThatThrownBy(() -> RecordFields.of(RowType.TRANSIENT_QUEUE, List.of("rcpt")))
                .hasMessageContaining("rows tq do not have");
        assertThatThrownBy(() -> names("rcpt,!rcpt")).hasMessageContaining("leaves no column");
    }

    @Test
    void theFirstPatternOfAQueueFilterThatMatchesDecides() {
        QueueFilter filter = QueueFilter.of(List.of("!example.com/*", "*/mta1"));

        assertThat(filter.takes(new QueueKey("example.com", "mta1"))).isFalse();
        assertThat(filter.takes(new QueueKey("example.net", "mta1"))).isTrue();
        assertThat(filter.takes(new QueueKey("example.net", "mta2"))).isFalse();
        assertThat(QueueFilter.of(List.of("!example.com")).takes(new QueueKey("example.net", "mta2")))
                .isTrue();
        assertThat(QueueFilter.ALL.takes(new QueueKey("example.net", "mta2"))).isTrue();
        assertThatThrownBy(() -> QueueFilter.of(List.of("!"))).hasMessageContaining("empty pattern");
    }

    private static List<String> names(String list) {
        return RecordFields.of(RowType.DELIVERY, Arrays.asList(list.split(","))).stream()
                .map(Column::name)
                .toList();
    }
}
