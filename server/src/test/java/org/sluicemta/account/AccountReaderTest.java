package org.sluicemta.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.simulation.DiskFault;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.spool.SpoolHouse;
import org.sluicemta.world.IoFailure;

class AccountReaderTest {
    private static final Path LOG = Path.of("/log");
    private static final Path MOVED = Path.of("/moved");
    private final SpoolHouse house = new SpoolHouse(11, 1);
    private int number;

    @Test
    void aRowIsReadableWithinASecondAndTheHeaderComesFirst() {
        house.account(file(null, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.boot();

        deliver(1);
        house.universe().advance(Duration.ofSeconds(1));

        assertThat(names(LOG)).containsExactly("acct-2026-03-01-0000.csv");
        assertThat(lines(LOG.resolve("acct-2026-03-01-0000.csv"))).hasSize(2);
        assertThat(house.reader().rows()).isEqualTo(1);
    }

    @Test
    void noFileIsMadeWithoutARow() {
        house.account(file(null, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.boot();

        house.universe().advance(Duration.ofHours(30));

        assertThat(names(LOG)).isEmpty();
    }

    @Test
    void afterMidnightTheNextRowBeginsAFileOfItsDay() {
        house.account(file(null, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.boot();
        deliver(1);

        house.universe().advance(Duration.ofHours(24));
        deliver(2);
        house.universe().advance(Duration.ofSeconds(1));

        assertThat(names(LOG)).containsExactly("acct-2026-03-01-0000.csv", "acct-2026-03-02-0000.csv");
        assertThat(lines(LOG.resolve("acct-2026-03-01-0000.csv"))).hasSize(2);
        assertThat(lines(LOG.resolve("acct-2026-03-02-0000.csv"))).hasSize(3);
    }

    @Test
    void atMidnightAFinishedFileIsMovedWithoutWaitingForARow() {
        house.account(file(MOVED, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.boot();
        deliver(1);

        house.universe().advance(Duration.ofHours(24));

        assertThat(names(LOG)).isEmpty();
        assertThat(names(MOVED)).containsExactly("acct-2026-03-01-0000.csv");
    }

    /// Of another accounting file of the same name.
    @Test
    void aFileThatIsThereIsNotWrittenOver() {
        house.account(file(MOVED, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.boot();
        deliver(2);
        house.universe().advance(Duration.ofSeconds(5));
        house.host().disk().makeFolders(MOVED);
        house.host()
                .disk()
                .put(MOVED.resolve("acct-2026-03-01-0000.csv"), "somebody's rows\n".getBytes(StandardCharsets.UTF_8));
        house.universe().advance(Duration.ofHours(24));

        assertThat(lines(MOVED.resolve("acct-2026-03-01-0000.csv"))).containsExactly("somebody's rows");
        assertThat(lines(SpoolHouse.LOG.resolveSibling("acct-2026-03-01-0000.csv")))
                .hasSize(3);
    }

    @Test
    void aFileWithRowsIsFinishedAndMovedAfterItsInterval() {
        house.account(new AccountFile(
                SpoolHouse.LOG,
                RowPlan.of(EnumSet.of(RowType.DELIVERY), Map.of(), ZoneId.of("UTC")),
                new Rotation(
                        Rotation.DEFAULT_MAX_SIZE_BYTES, MOVED, Duration.ofMinutes(5), Duration.ZERO, true, true)));
        house.boot();
        deliver(2);
        house.universe().advance(Duration.ofMinutes(4));
        assertThat(names(LOG)).containsExactly("acct-2026-03-01-0000.csv");

        house.universe().advance(Duration.ofMinutes(2));
        assertThat(names(LOG)).isEmpty();
        assertThat(lines(MOVED.resolve("acct-2026-03-01-0000.csv"))).hasSize(3);

        house.universe().advance(Duration.ofMinutes(30));
        assertThat(names(MOVED)).hasSize(1);
    }

    @Test
    void receiptsAreRowsOfTheirOwnAndComeOnceThroughCrashes() {
        house.account(new AccountFile(
                SpoolHouse.LOG,
                RowPlan.of(EnumSet.of(RowType.RECEIPT), Map.of(), ZoneId.of("UTC")),
                Rotation.of(null, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES)));
        house.boot();
        receive(3);
        house.universe().advance(Duration.ofMillis(1_200));
        house.host().cutPower();
        house.boot();
        deliver(1);
        receive(2);
        house.universe().advance(Duration.ofSeconds(3));

        List<String> rows = new ArrayList<>();
        for (String name : names(LOG)) {
            lines(LOG.resolve(name)).stream().skip(1).forEach(rows::add);
        }
        assertThat(rows).hasSize(5).allMatch(row -> row.startsWith("r,"));
        assertThat(rows.stream().map(row -> row.split(",")[3])).doesNotHaveDuplicates();
    }

    private void receive(int count) {
        house.on(0, () -> {
            for (int i = 0; i < count; i++) {
                var receipt = new ReceiptEvent(
                        new MessageId(7, ++number),
                        0,
                        house.loop(0).serverMillis(),
                        "news@example.com",
                        "rcpt" + number + "@example.net",
                        "",
                        "",
                        "",
                        "mta1",
                        "",
                        "smtp",
                        "client.example (192.0.2.10)",
                        "192.0.2.10",
                        "192.0.2.25",
                        "",
                        List.of());
                assertThat(house.spool().record(receipt, () -> {})).isTrue();
            }
        });
    }

    @Test
    void linesAreCountedOutsideOfQuotes() {
        var count = new RowCount();
        byte[] text = "a,b\nc,\"d\ne\"\"f\"\ng\n".getBytes(StandardCharsets.UTF_8);
        count.add(text, 6);
        count.add(java.util.Arrays.copyOfRange(text, 6, text.length), text.length - 6);

        assertThat(count.lines()).isEqualTo(3);
    }

    @Test
    void rowsThatAreNotTakenMakeNoFile() {
        house.policies(new AccountPolicies() {
            @Override
            public BounceCategories categories() {
                return BounceCategories.DEFAULT;
            }

            @Override
            public boolean isDisabled(QueueKey queue, RowType type) {
                return true;
            }
        });
        house.account(file(null, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.boot();

        deliver(3);
        house.universe().advance(Duration.ofSeconds(2));

        assertThat(names(LOG)).isEmpty();
    }

    @Test
    void numberingGoesOnAfterFilesThatAreThereAndWereMoved() {
        house.account(file(MOVED, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.host().disk().makeFolders(MOVED);
        house.host().disk().put(MOVED.resolve("acct-2026-03-01-0041.csv"), new byte[0]);
        house.boot();

        deliver(1);
        house.universe().advance(Duration.ofSeconds(1));
        house.reader().rotate(isDone -> {});
        house.universe().advance(Duration.ofSeconds(1));
        deliver(1);
        house.universe().advance(Duration.ofSeconds(1));

        assertThat(names(MOVED)).containsExactly("acct-2026-03-01-0041.csv", "acct-2026-03-01-0042.csv");
        assertThat(names(LOG)).containsExactly("acct-2026-03-01-0043.csv");
    }

    @Test
    void noFileGrowsBeyondItsMaximumAndNoRowIsLostBetweenTwo() {
        house.account(file(null, Duration.ZERO, Rotation.LEAST_MAX_SIZE_BYTES));
        house.boot();

        for (int i = 0; i < 60; i++) {
            deliver(100);
            house.universe().advance(Duration.ofMillis(50));
        }
        house.universe().advance(Duration.ofSeconds(2));

        assertThat(names(LOG)).containsExactly("acct-2026-03-01-0000.csv", "acct-2026-03-01-0001.csv");
        long first = house.host()
                .disk()
                .bytes(LOG.resolve("acct-2026-03-01-0000.csv"))
                .orElseThrow()
                .length;
        assertThat(first).isBetween(999_000L, Rotation.LEAST_MAX_SIZE_BYTES);
        assertThat(rows()).hasSize(6000).doesNotHaveDuplicates();
    }

    @Test
    void oldFilesAreDeletedByTheDayInTheirNames() {
        house.account(file(null, Duration.ofDays(8), Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.host().disk().put(LOG.resolve("acct-2026-02-19-0000.csv"), new byte[0]);
        house.host().disk().put(LOG.resolve("acct-2026-02-21-0000.csv"), new byte[0]);
        house.host().disk().put(LOG.resolve("other-2026-02-01-0000.csv"), new byte[0]);
        house.boot();

        deliver(1);
        house.universe().advance(Duration.ofSeconds(1));

        assertThat(names(LOG))
                .containsExactly("acct-2026-02-21-0000.csv", "acct-2026-03-01-0000.csv", "other-2026-02-01-0000.csv");
    }

    @Test
    void aFailingDiskCostsNoRowAndRepeatsNone() {
        house.account(file(null, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.boot();
        deliver(10);
        house.universe().advance(Duration.ofSeconds(2));
        house.host()
                .disk()
                .inject(
                        SimulatedDisk.Operation.WRITE,
                        path -> path.startsWith(LOG),
                        1,
                        new DiskFault.Fails(IoFailure.Kind.ERROR));

        deliver(10);
        house.universe().advance(Duration.ofSeconds(1));
        deliver(10);
        house.universe().advance(Duration.ofSeconds(10));

        assertThat(rows()).hasSize(30).doesNotHaveDuplicates();
    }

    @Test
    void anIdleReaderRecordsNothing() {
        house.account(file(null, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.boot();
        deliver(1);
        house.universe().advance(Duration.ofSeconds(5));
        long used = house.universe().eventCount();

        house.universe().advance(Duration.ofSeconds(60));

        // The journal looks after its space once a second; nothing else happens.
        assertThat(house.universe().eventCount() - used).isLessThan(60 * 30);
    }

    @Test
    void otherColumnsAfterARestartBeginAFileOfTheirOwn() {
        house.account(file(null, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.boot();
        deliver(1);
        house.universe().advance(Duration.ofSeconds(3));
        house.close();
        house.account(new AccountFile(
                SpoolHouse.LOG,
                RowPlan.of(
                        Set.of(RowType.DELIVERY),
                        Map.of(RowType.DELIVERY, List.of(Column.named("rcpt").orElseThrow())),
                        ZoneId.of("UTC")),
                Rotation.of(null, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES)));

        house.boot();
        deliver(1);
        house.universe().advance(Duration.ofSeconds(3));

        assertThat(names(LOG)).containsExactly("acct-2026-03-01-0000.csv", "acct-2026-03-01-0001.csv");
        assertThat(lines(LOG.resolve("acct-2026-03-01-0001.csv")).getFirst()).isEqualTo("type,rcpt");
        assertThat(lines(LOG.resolve("acct-2026-03-01-0001.csv"))).hasSize(2);
    }

    @Test
    void aFileThatAnOperatorTookAwayIsNotMissed() {
        house.account(file(null, Duration.ZERO, Rotation.DEFAULT_MAX_SIZE_BYTES));
        house.boot();
        deliver(1);
        house.universe().advance(Duration.ofSeconds(3));
        house.close();
        house.boot();
        deliver(1);
        house.universe().advance(Duration.ofSeconds(3));

        assertThat(rows()).hasSize(2).doesNotHaveDuplicates();
    }

    private AccountFile file(@Nullable Path moveTo, Duration deleteAfter, long maxSizeBytes) {
        return new AccountFile(
                SpoolHouse.LOG,
                RowPlan.of(EnumSet.of(RowType.DELIVERY, RowType.BOUNCE), Map.of(), ZoneId.of("UTC")),
                Rotation.of(moveTo, deleteAfter, maxSizeBytes));
    }

    private void deliver(int count) {
        house.on(0, () -> {
            for (int i = 0; i < count; i++) {
                var id = new MessageId(7, ++number);
                assertThat(house.spool()
                                .record(
                                        SpoolHouse.event(
                                                RecipientEvent.What.DELIVERED,
                                                id,
                                                0,
                                                1,
                                                house.loop(0).serverMillis(),
                                                0,
                                                new QueueKey("example.net", "mta1"),
                                                false),
                                        -1))
                        .isTrue();
            }
        });
    }

    private List<String> names(Path folder) {
        return house.host().disk().files().stream()
                .filter(path -> folder.equals(path.getParent()))
                .map(path -> String.valueOf(path.getFileName()))
                .sorted()
                .toList();
    }

    private List<String> lines(Path path) {
        String text = new String(house.host().disk().bytes(path).orElseThrow(), StandardCharsets.UTF_8);
        assertThat(text).endsWith("\n");
        return List.of(text.substring(0, text.length() - 1).split("\n", -1));
    }

    /// The recipients of all rows.
    private List<String> rows() {
        List<String> rows = new ArrayList<>();
        for (String name : names(LOG)) {
            lines(LOG.resolve(name)).stream()
                    .skip(1)
                    .map(line -> line.split(",", -1)[4])
                    .forEach(rows::add);
        }
        return rows;
    }
}
