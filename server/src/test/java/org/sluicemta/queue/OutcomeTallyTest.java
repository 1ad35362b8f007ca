package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.RecipientEvent;

class OutcomeTallyTest {
    private static final long MINUTE = 60_000;
    private static final long START = 29_000_000 * MINUTE;

    private final OutcomeTally tally = new OutcomeTally();

    private void event(RecipientEvent.What what, String domain, String virtualMta, long atMillis) {
        tally.add(new RecipientEvent(
                what,
                new MessageId(1, 1),
                0,
                1,
                atMillis,
                0,
                0,
                new QueueKey(domain, virtualMta),
                virtualMta,
                "",
                "a@example.com",
                "b@" + domain,
                "",
                "",
                "",
                "smtp",
                "",
                "2.0.0",
                "",
                "",
                "smtp",
                "",
                "",
                "",
                0,
                false,
                List.of()));
    }

    private void deliver(String domain, long atMillis) {
        event(RecipientEvent.What.DELIVERED, domain, "mta1", atMillis);
    }

    @Test
    void totalsAreByVirtualMta() {
        event(RecipientEvent.What.DELIVERED, "a.example", "mta1", START);
        event(RecipientEvent.What.DEFERRED, "b.example", "mta1", START);
        event(RecipientEvent.What.BOUNCED, "b.example", "mta2", START);

        assertThat(tally.totals())
                .containsEntry("mta1", new OutcomeCounts(1, 1, 0))
                .containsEntry("mta2", new OutcomeCounts(0, 0, 1))
                .hasSize(2);
    }

    @Test
    void latelyIsThePresentMinuteAndTheFourBefore() {
        deliver("a.example", START);
        deliver("a.example", START + 4 * MINUTE);

        assertThat(tally.lately(START + 4 * MINUTE)).containsEntry("a.example", new OutcomeCounts(2, 0, 0));
        assertThat(tally.lately(START + 5 * MINUTE)).containsEntry("a.example", new OutcomeCounts(1, 0, 0));
        assertThat(tally.lately(START + 8 * MINUTE)).containsEntry("a.example", new OutcomeCounts(1, 0, 0));
        assertThat(tally.lately(START + 9 * MINUTE)).isEmpty();
    }

    @Test
    void aLongPauseLeavesNothingOld() {
        deliver("a.example", START);
        deliver("a.example", START + 100 * MINUTE);

        assertThat(tally.lately(START + 100 * MINUTE)).containsEntry("a.example", new OutcomeCounts(1, 0, 0));
    }

    @Test
    void manyNamesAreCountedTogetherOrForgotten() {
        for (int i = 0; i < OutcomeTally.MOST_DOMAINS + 10; i++) {
            event(RecipientEvent.What.DELIVERED, "d" + i + ".example", "mta" + i, START);
        }

        assertThat(tally.lately(START)).hasSize(OutcomeTally.MOST_DOMAINS);
        assertThat(tally.totals())
                .hasSize(OutcomeTally.MOST_VIRTUAL_MTAS + 1)
                .containsEntry(
                        OutcomeTally.OTHERS,
                        new OutcomeCounts(OutcomeTally.MOST_DOMAINS + 10 - OutcomeTally.MOST_VIRTUAL_MTAS, 0, 0));

        // Minutes later the old ones make room.
        deliver("new.example", START + 5 * MINUTE);
        assertThat(tally.lately(START + 5 * MINUTE)).containsOnlyKeys("new.example");
    }
}
