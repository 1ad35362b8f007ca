package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SumTableTest {
    private static final int MOST_NOTES = 2;

    private static QueueNote note(long atMillis) {
        return new QueueNote(atMillis, "at " + atMillis);
    }

    @Test
    void addsUpAsAMapWouldHoweverItGrows() {
        var random = new Random(7);
        Map<String, Long> known = new HashMap<>();
        var all = new SumTable(1, MOST_NOTES);
        for (int slice = 0; slice < 50; slice++) {
            var part = new SumTable(1 + random.nextInt(100), MOST_NOTES);
            for (int i = 0; i < 1_000; i++) {
                String name = "d" + random.nextInt(20_000) + ".example";
                int recipients = random.nextInt(1_000);
                part.add(part.row(name), recipients, 1, 10L * recipients, recipients % 3);
                known.merge(name, (long) recipients, Long::sum);
            }
            all.addAll(part);
        }

        assertThat(all.size()).isEqualTo(known.size());
        Map<String, Long> told = new HashMap<>();
        long queues = 0;
        for (int row = 0; row < all.size(); row++) {
            QueueSum sum = all.told(row);
            told.put(sum.name(), sum.recipients());
            assertThat(sum.bytes()).isEqualTo(10 * sum.recipients());
            queues += sum.queues();
        }
        assertThat(told).isEqualTo(known);
        assertThat(queues).isEqualTo(50_000);
    }

    @Test
    void namesOfOneHashAreApart() {
        var table = new SumTable(1, MOST_NOTES);
        // These strings have equal hash codes.
        List.of("AaAa", "BBBB", "AaBB", "BBAa", "AaAa").forEach(name -> table.add(table.row(name), 1, 1, 1, 0));
        assertThat(table.size()).isEqualTo(4);
        assertThat(table.told(table.row("AaAa")).recipients()).isEqualTo(2);
        assertThat(table.told(table.row("BBAa")).recipients()).isEqualTo(1);
    }

    @Test
    void theNewestNotesStay() {
        var table = new SumTable(4, MOST_NOTES);
        int row = table.row("a.example");
        table.note(row, List.of());
        table.note(row, List.of(note(20)));
        table.note(row, List.of(note(30), note(10)));
        assertThat(table.told(row).notes()).extracting(QueueNote::atMillis).containsExactly(30L, 20L);
    }
}
