package org.sluicemta.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.journal.Journal;
import org.sluicemta.journal.JournalPorts;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;

class SpoolExportTest {
    private static final QueueKey QUEUE = new QueueKey("example.net", "mta1");
    private final SpoolHouse house = new SpoolHouse(9, 1);
    private final byte[] content = "Subject: hello\r\n\r\n.dot\r\n".getBytes(StandardCharsets.US_ASCII);

    @Test
    void eachWaitingMessageBecomesAFileAndItsEnvelope() {
        MessageId settled = accept(1);
        MessageId waiting = accept(2);
        settle(settled, 0);
        settle(waiting, 1);
        house.close();

        List<SpoolExport.Exported> answers = new ArrayList<>();
        var world = house.host().boot();
        SpoolExport.run(world, world.lane("spool"), house.settings(), Path.of("/out"), new Into<>(answers));
        house.universe().runUntil(() -> !answers.isEmpty(), Duration.ofSeconds(10));

        assertThat(answers).containsExactly(new SpoolExport.Exported(1, List.of()));
        assertThat(house.host().disk().files().stream().filter(path -> path.startsWith("/out")))
                .containsExactlyInAnyOrder(
                        Path.of("/out/" + waiting + ".eml"), Path.of("/out/" + waiting + ".envelope"));
        assertThat(house.host().disk().bytes(Path.of("/out/" + waiting + ".eml")))
                .contains(content);
        assertThat(new String(
                        house.host()
                                .disk()
                                .bytes(Path.of("/out/" + waiting + ".envelope"))
                                .orElseThrow(),
                        StandardCharsets.UTF_8))
                .contains("mail-from <news@example.com>\n")
                .contains("rcpt-to <" + SpoolHouse.address(waiting, 0) + "> queue example.net/mta1 attempts 0")
                .doesNotContain(SpoolHouse.address(waiting, 1));
    }

    @Test
    void whatWaitsIsCountedWithoutBeingChanged() {
        MessageId settled = accept(1);
        accept(3);
        accept(2);
        settle(settled, 0);
        house.close();

        for (int turn = 1; turn <= 2; turn++) {
            List<SpoolExport.Count> answers = new ArrayList<>();
            var world = house.host().boot();
            SpoolExport.count(world, world.lane("spool"), house.settings(), new Into<>(answers));
            house.universe().runUntil(() -> !answers.isEmpty(), Duration.ofSeconds(10));

            assertThat(answers).as("turn %d", turn).containsExactly(new SpoolExport.Count(2, 5));
        }
    }

    @Test
    void theReportCountsWhatWaitsAndWhatWasSettled() {
        MessageId settled = accept(1);
        accept(3);
        settle(settled, 0);
        house.close();

        var audit = new SpoolAudit();
        var world = house.host().boot();
        List<Journal> opened = new ArrayList<>();
        Journal.open(
                new JournalPorts(
                        world.disk(),
                        world.lane("home"),
                        world.lane("content"),
                        world.lane("events"),
                        world.memory("verify", 64 << 20),
                        world.entropy()),
                house.folders.getFirst(),
                house.settings().journal(),
                audit.folder("/spool0", "the first"),
                new Into<>(opened));
        house.universe().runUntil(() -> !opened.isEmpty(), Duration.ofSeconds(10));
        audit.takes(4096);

        var report = audit.report();

        assertThat(report.liveMessages()).isEqualTo(1);
        assertThat(report.liveRecipients()).isEqualTo(3);
        assertThat(report.settledRecipients()).isEqualTo(1);
        assertThat(report.acceptances()).isEqualTo(2);
        assertThat(report.isSound()).isTrue();
        assertThat(report.render())
                .contains("messages waiting    1 (")
                .contains("recipients waiting  3 (0 deferred, 0 owed a report)")
                .contains("verdict             sound\n");
    }

    private MessageId accept(int recipients) {
        if (house.spool == null) {
            house.boot();
        }
        MessageId id = house.spool().nextId();
        var message = SpoolHouse.message(id, 1, java.util.Collections.nCopies(recipients, QUEUE), content.length);
        boolean[] isAccepted = {false};
        house.on(
                0,
                () -> house.spool().accept(house.loop(0), message, HeapContent.of(content, 1), new Spool.Acceptance() {
                    @Override
                    public void accepted(StoredMessage stored) {
                        isAccepted[0] = true;
                        house.live().arrived(stored);
                    }

                    @Override
                    public void refused(String text) {
                        throw new AssertionError(text);
                    }
                }));
        house.universe().runUntil(() -> isAccepted[0], Duration.ofSeconds(1));
        house.universe().advance(Duration.ofMillis(10));
        return id;
    }

    private void settle(MessageId id, int index) {
        house.on(
                0,
                () -> house.spool()
                        .record(SpoolHouse.event(RecipientEvent.What.DELIVERED, id, index, 1, 5, 0, QUEUE, false), -1));
        house.universe().advance(Duration.ofMillis(20));
    }

    private record Into<T>(List<T> answers) implements Answer<T> {
        @Override
        public void ready(T value) {
            answers.add(value);
        }

        @Override
        public void failed(IoFailure why) {
            throw new AssertionError(why);
        }
    }
}
