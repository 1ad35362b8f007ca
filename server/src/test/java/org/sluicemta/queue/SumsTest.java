package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sluicemta.queue.Bench.to;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.spool.RecipientEvent;

/// What operators see of domains, virtual MTAs, jobs and recipients, over all shards.
class SumsTest {
    private static QueueSums.Query query(String pattern, QueueQuery.Sort sort, int most) {
        return new QueueSums.Query(QueuePattern.of(pattern), QueueQuery.Choice.EITHER, sort, most, true);
    }

    private static QueueSums.Found sums(Bench bench, QueueSums.By by, QueueSums.Query query) {
        List<QueueSums.Found> found = new ArrayList<>();
        bench.room.sums(by, query, bench.loops.getLast(), found::add);
        bench.stage.advanceMillis(1);
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private static QueueSums.Found jobs(Bench bench) {
        List<QueueSums.Found> found = new ArrayList<>();
        bench.room.jobs(query("*", QueueQuery.Sort.NAME, 100), bench.loops.getLast(), found::add);
        bench.stage.advanceMillis(1);
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private static Bench dead(int loops) {
        var bench = new Bench(loops);
        bench.connecting = (queue, n) -> Bench.DEAD;
        return bench;
    }

    @Test
    void aDomainIsTheSumOfItsQueuesWhereverTheyAre() {
        var bench = dead(2);
        for (int i = 0; i < 5; i++) {
            bench.submit(to("a.com/m1", "x@a.com"), to("a.com/m2", "y@a.com"), to("b.com/m1", "z@b.com"));
        }
        bench.stage.advanceMillis(1_000);

        QueueSums.Found found = sums(bench, QueueSums.By.DOMAIN, query("*", QueueQuery.Sort.RECIPIENTS, 10));
        assertThat(found.sums()).extracting(QueueSum::name).containsExactly("a.com", "b.com");
        assertThat(found.sums()).extracting(QueueSum::recipients).containsExactly(10L, 5L);
        assertThat(found.sums()).extracting(QueueSum::bytes).containsExactly(10_000L, 5_000L);
        assertThat(found.sums().getFirst().queues()).isEqualTo(2);
        assertThat(found.recipients()).isEqualTo(15);
        assertThat(found.matching()).isEqualTo(2);
        assertThat(found.sums().getFirst().notes())
                .isNotEmpty()
                .allSatisfy(note -> assertThat(note.text()).startsWith("ETIMEDOUT"));

        assertThat(sums(bench, QueueSums.By.DOMAIN, query("*/m2", QueueQuery.Sort.NAME, 10))
                        .sums())
                .extracting(QueueSum::name, QueueSum::recipients)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("a.com", 5L));
    }

    @Test
    void virtualMtasCountTheirDomains() {
        var bench = dead(2);
        for (int i = 0; i < 6; i++) {
            bench.submit(to("d" + i + ".com/m" + (i < 4 ? 1 : 2), "x@d.com"));
        }
        bench.stage.advanceMillis(1_000);

        QueueSums.Found found = sums(bench, QueueSums.By.VIRTUAL_MTA, query("*", QueueQuery.Sort.NAME, 10));
        assertThat(found.sums()).extracting(QueueSum::name).containsExactly("m1", "m2");
        assertThat(found.sums()).extracting(QueueSum::queues).containsExactly(4, 2);
    }

    @Test
    void connectedDomainsAreThoseWithConnections() {
        var bench = new Bench(2);
        bench.serviceNanos = 60_000_000_000L;
        bench.connecting = (queue, n) -> queue.domain().equals("b.com") ? Bench.DEAD : null;
        bench.submit(to("a.com/m1", "x@a.com"), to("b.com/m1", "y@b.com"));
        bench.stage.advanceMillis(1_000);

        var connected = new QueueSums.Query(QueuePattern.ALL, QueueQuery.Choice.YES, QueueQuery.Sort.NAME, 10, false);
        assertThat(sums(bench, QueueSums.By.DOMAIN, connected).sums())
                .extracting(QueueSum::name)
                .containsExactly("a.com");
    }

    /// 1,000 queues are a turn; so each shard and the asker take several, and mail goes on between.
    @Test
    void tenThousandDomainsAreSummedInSlicesAndTheLargestAreTold() {
        var bench = dead(2);
        for (int i = 0; i < 10_000; i++) {
            bench.submit(to("d" + i + ".com/m1", "x@d.com"));
        }
        bench.submit(to("d77.com/m2", "y@d.com"));
        bench.submit(to("d99.com/m2", "y@d.com"));
        bench.stage.advanceMillis(2_000);
        bench.stage.turns = 0;

        QueueSums.Found found = sums(bench, QueueSums.By.DOMAIN, query("*", QueueQuery.Sort.RECIPIENTS, 3));

        assertThat(bench.stage.turns).isGreaterThan(9);
        assertThat(found.matching()).isEqualTo(10_000);
        assertThat(found.recipients()).isEqualTo(10_002);
        assertThat(found.sums()).extracting(QueueSum::name).containsExactly("d77.com", "d99.com", "d0.com");
    }

    @Test
    void queuesMayComeAndGoBetweenTheSlices() {
        var bench = dead(1);
        for (int i = 0; i < 6_000; i++) {
            bench.submit(to("d" + i + ".com/m1", "x@d.com"));
        }
        bench.stage.advanceMillis(2_000);
        List<QueueQuery.Found> queues = new ArrayList<>();
        List<QueueTotals> totals = new ArrayList<>();
        List<QueueSums.Found> sums = new ArrayList<>();
        var all = new QueueQuery(
                QueuePattern.ALL,
                QueueQuery.Choice.EITHER,
                QueueQuery.Choice.EITHER,
                QueueQuery.Choice.EITHER,
                QueueQuery.Sort.RECIPIENTS,
                10_000,
                false);
        bench.room.find(all, bench.loops.getFirst(), queues::add);
        bench.room.totals(bench.loops.getFirst(), totals::add);
        bench.room.sums(
                QueueSums.By.DOMAIN, query("*", QueueQuery.Sort.NAME, 10_000), bench.loops.getFirst(), sums::add);
        bench.stage.settle();
        assertThat(queues).as("the first slice only").isEmpty();

        bench.room.delete(new MailQuery(QueuePattern.of("d1*"), "", "", "", "", 0, 0), bench.loops.getFirst(), n -> {});
        for (int i = 0; i < 50; i++) {
            bench.submit(to("new" + i + ".com/m1", "x@d.com"));
        }
        bench.stage.advanceMillis(1_000);

        assertThat(queues.getFirst().matching()).isBetween(4_000, 6_050);
        assertThat(queues.getFirst().views())
                .hasSize(queues.getFirst().matching())
                .isSortedAccordingTo(java.util.Comparator.comparing(
                        (QueueView view) -> view.key().domain().isEmpty()));
        assertThat(totals.getFirst().queues()).isBetween(4_000, 6_050);
        assertThat(sums.getFirst().matching()).isBetween(4_000, 6_050);
    }

    @Test
    void anExactQueueIsFoundWithoutAWalk() {
        var bench = dead(2);
        for (int i = 0; i < 5_000; i++) {
            bench.submit(to("d" + i + ".com/m1", "x@d.com"));
        }
        bench.stage.advanceMillis(2_000);
        List<QueueQuery.Found> found = new ArrayList<>();
        bench.room.find(
                new QueueQuery(
                        QueuePattern.of("d4711.com/m1"),
                        QueueQuery.Choice.EITHER,
                        QueueQuery.Choice.EITHER,
                        QueueQuery.Choice.EITHER,
                        QueueQuery.Sort.NAME,
                        10,
                        false),
                bench.loops.getFirst(),
                found::add);
        bench.stage.settle();
        assertThat(found.getFirst().views()).hasSize(1);
        assertThat(found.getFirst().matching()).isEqualTo(1);
    }

    // --- jobs

    @Test
    void aJobIsWhatWaitsOfItAndGoesWhenNothingDoes() {
        var bench = new Bench(2);
        bench.answers =
                (message, recipient) -> recipient.forwardPath().startsWith("later") ? Bench.DEFERRED : Bench.DELIVERED;
        bench.submit(
                to("a.com/m1", "later1@a.com", "news", 50),
                to("b.com/m2", "later2@b.com", "news", 50),
                to("a.com/m1", "now@a.com", "once", 50),
                to("a.com/m1", "later3@a.com", "", 50));
        bench.room.pause(QueuePattern.of("c.com/m1"), true, "test", bench.loops.getFirst(), n -> {});
        bench.stage.settle();
        bench.submit(to("c.com/m1", "x@c.com", "held", 50));
        bench.stage.advanceMillis(5_000);

        QueueSums.Found found = jobs(bench);
        assertThat(found.sums()).extracting(QueueSum::name).containsExactly("held", "news");
        assertThat(found.sums()).extracting(QueueSum::recipients).containsExactly(1L, 2L);
        assertThat(found.sums()).extracting(QueueSum::bytes).containsExactly(1_000L, 2_000L);
        assertThat(found.sums()).extracting(QueueSum::connections).containsExactly(0, 0);

        bench.room.delete(new MailQuery(QueuePattern.ALL, "", "", "news", "", 0, 0), bench.loops.getFirst(), n -> {});
        bench.stage.advanceMillis(1_000);
        assertThat(jobs(bench).sums()).extracting(QueueSum::name).containsExactly("held");
    }

    @Test
    void aJobTellsHowManyConnectionsCarryItNow() {
        var bench = new Bench(1);
        bench.serviceNanos = 10_000_000_000L;
        bench.submit(to("a.com/m1", "1@a.com", "news", 50));
        bench.submit(to("b.com/m1", "1@b.com", "news", 50));
        bench.stage.advanceMillis(1_000);
        assertThat(jobs(bench).sums().getFirst().connections()).isEqualTo(2);
        bench.stage.advanceMillis(20_000);
        assertThat(jobs(bench).sums()).isEmpty();
    }

    // --- totals by type

    @Test
    void totalsAreToldByTypeOfDelivery() {
        var bench = dead(2);
        bench.policies.deliveryType = QueuePolicy.DeliveryType.FILE;
        bench.adopt();
        bench.submit(to("a.com/m1", "x@a.com"));
        bench.stage.advanceMillis(100);
        List<QueueTotals> totals = new ArrayList<>();
        bench.room.totals(bench.loops.getFirst(), totals::add);
        bench.stage.settle();
        assertThat(totals.getFirst().byType())
                .containsOnlyKeys(QueuePolicy.DeliveryType.values())
                .containsEntry(QueuePolicy.DeliveryType.FILE, new QueueTotals.Share(1, 1, 1_000))
                .containsEntry(QueuePolicy.DeliveryType.SMTP, new QueueTotals.Share(0, 0, 0));
    }

    // --- recipient events

    @Test
    void whatBecameOfTheLastFiftyRecipientsIsKeptWhereAPolicySaysSo() {
        var bench = new Bench(1);
        bench.policies.tracksRecipients = true;
        bench.adopt();
        bench.answers = (message, recipient) -> recipient.forwardPath().startsWith("no")
                ? Bench.BOUNCED
                : recipient.forwardPath().startsWith("later") ? Bench.DEFERRED : Bench.DELIVERED;
        for (int i = 0; i < 60; i++) {
            bench.submit(to("a.com/m1", "yes" + i + "@a.com", "news", 50));
            bench.stage.advanceMillis(100);
        }
        bench.submit(to("a.com/m1", "no@a.com"));
        bench.stage.advanceMillis(100);
        bench.submit(to("a.com/m1", "later@a.com"));
        bench.stage.advanceMillis(100);

        List<RecipientNote> notes = bench.view("a.com/m1").recipientNotes();
        assertThat(notes).hasSize(RecipientNotes.MOST_A_QUEUE);
        assertThat(notes.get(0).what()).isEqualTo(RecipientNote.What.DEFERRED);
        assertThat(notes.get(1).what()).isEqualTo(RecipientNote.What.BOUNCED);
        assertThat(notes.get(1).diagnostic()).isEqualTo("smtp;550 no");
        assertThat(notes.get(2).recipient()).isEqualTo("yes59@a.com");
        assertThat(notes.get(2).jobId()).isEqualTo("news");
        assertThat(notes.get(2).host()).isEqualTo("mx.example.net (192.0.2.1)");
        assertThat(notes.get(2).sourceIp()).isEqualTo("198.51.100.1");
        assertThat(notes.getLast().recipient()).isEqualTo("yes12@a.com");

        bench.policies.tracksRecipients = false;
        bench.adopt();
        bench.submit(to("a.com/m1", "yes@a.com"));
        bench.stage.advanceMillis(100);
        assertThat(bench.view("a.com/m1").recipientNotes()).isEmpty();
    }

    @Test
    void allQueuesTogetherKeepNoMoreThanTheirShard() {
        var bench = new Bench(1);
        bench.policies.tracksRecipients = true;
        bench.adopt();
        var notes = new RecipientNotes();
        List<WaitingQueue> queues = new ArrayList<>();
        RecipientEvent event = event(bench);
        var shard = (QueueShard) bench.room.owners().getFirst();
        for (int i = 0; i < 1_000; i++) {
            WaitingQueue queue = shard.findOrMake(Bench.queue("d" + i + ".com/m1"));
            shard.policy(queue);
            queues.add(queue);
        }
        for (int round = 0; round < 60; round++) {
            queues.forEach(queue -> notes.note(queue, event));
        }
        int kept = queues.stream().mapToInt(queue -> notes.of(queue).size()).sum();
        assertThat(kept).isEqualTo(RecipientNotes.MOST);
    }

    private static RecipientEvent event(Bench bench) {
        bench.submit(to("x.com/m1", "x@x.com"));
        bench.stage.advanceMillis(500);
        return bench.events(RecipientEvent.What.DELIVERED).getFirst();
    }

    /// A queue that gives and drops thousands of notes keeps fifty, and so cannot push out those of others.
    @Test
    void aBusyQueueDoesNotPushOutWhatAQuietOneKeeps() {
        var bench = new Bench(1);
        bench.policies.tracksRecipients = true;
        bench.adopt();
        bench.submit(to("quiet.com/m1", "only@quiet.com"));
        bench.submit(to("quiet.com/m1", "second@quiet.com"));
        for (int i = 0; i < 2 * RecipientNotes.MOST + 100; i++) {
            bench.submit(to("busy.com/m1", i + "@busy.com"));
            if (i % 1_000 == 0) {
                bench.stage.advanceMillis(1_000);
            }
        }
        bench.stage.advanceMillis(5_000);

        assertThat(bench.view("busy.com/m1").recipientNotes()).hasSize(RecipientNotes.MOST_A_QUEUE);
        assertThat(bench.view("quiet.com/m1").recipientNotes())
                .extracting(RecipientNote::recipient)
                .containsExactlyInAnyOrder("only@quiet.com", "second@quiet.com");
    }

    /// Together they keep no more than the bound, and what has a place among it is the newest.
    @Test
    void beyondTheBoundTheOldestNotesGo() {
        var bench = new Bench(1);
        bench.policies.tracksRecipients = true;
        bench.adopt();
        int queues = RecipientNotes.MOST / 10;
        for (int round = 0; round < 11; round++) {
            for (int i = 0; i < queues; i++) {
                bench.submit(to("q" + i + ".com/m1", round + "@q.com"));
            }
            bench.stage.advanceMillis(1_000);
        }

        int all = 0;
        for (int i = 0; i < queues; i++) {
            List<RecipientNote> notes = bench.view("q" + i + ".com/m1").recipientNotes();
            all += notes.size();
            assertThat(notes).hasSizeGreaterThan(5);
            for (int n = 0; n < notes.size(); n++) {
                assertThat(notes.get(n).recipient()).isEqualTo(10 - n + "@q.com");
            }
        }
        assertThat(all).isEqualTo(RecipientNotes.MOST);
    }
}
