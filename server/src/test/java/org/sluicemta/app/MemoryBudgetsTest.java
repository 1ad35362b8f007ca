package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sluicemta.config.Check;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.Report;

class MemoryBudgetsTest {
    private static final long MIB = 1L << 20;

    private static Report read(String text) {
        FileSource files = new FileSource() {
            @Override
            public Content read(Path file) {
                return new Content.Found(text.getBytes(StandardCharsets.UTF_8));
            }

            @Override
            public List<Entry> list(Path folder) {
                return List.of();
            }
        };
        return Check.of(files, Path.of("/c"), Check.Strictness.USUAL);
    }

    private static MemoryBudgets budgets(String text, long machineMib, long heapMib) {
        return MemoryBudgets.of(read(text).configuration().orElseThrow(), machineMib * MIB, heapMib * MIB, 2);
    }

    @Test
    void aLargeMachineGivesTheMost() {
        assertThat(budgets("", 64_000, 768)).isEqualTo(new MemoryBudgets(768 * MIB, 256 * MIB, 1536 * MIB, 272 * MIB));
    }

    /// With what the JVM takes for itself, some 100 MB, it stays under the limit.
    @Test
    void aSmallLimitIsDividedAndNotExceeded() {
        MemoryBudgets small = budgets("", 512, 179);
        assertThat(small.told(233 * MIB))
                .isEqualTo("memory: heap 179M, content-memory 64M, queue-memory 85M, journal 48M, all outside the heap"
                        + " 233M");
        assertThat(small.excess(233 * MIB)).isEmpty();
        assertThat(small.heapBytes() + small.contentBytes() + small.queueBytes())
                .isLessThan(400 * MIB);
    }

    @Test
    void whatIsConfiguredIsTaken() {
        assertThat(budgets("content-memory 100M\nqueue-memory 2G\n", 512, 179))
                .isEqualTo(new MemoryBudgets(179 * MIB, 100 * MIB, 2048 * MIB, 48 * MIB));
        assertThat(budgets("content-memory auto\nqueue-memory AUTO\n", 512, 179))
                .isEqualTo(budgets("", 512, 179));
    }

    /// 560 bytes each: beyond it the collector would have no room to work in.
    @Test
    void theHeapBoundsTheQueues() {
        assertThat(budgets("", 64_000, 768).mostQueues()).isBetween(1_100_000L, 1_200_000L);
        assertThat(budgets("", 512, 179).mostQueues()).isBetween(240_000L, 280_000L);
    }

    @Test
    void budgetsThatPromiseMoreThanThereIsAreTold() {
        assertThat(budgets("content-memory 200M\n", 512, 179).excess(233 * MIB))
                .contains("promise 333M of the 233M")
                .contains("give less to them or to the heap");
    }

    /// Each loop takes its first tables whole, and new mail would be refused for ever.
    @Test
    void manyLoopsHaveRoomForTheirFirstTables() {
        assertThat(MemoryBudgets.of(read("queue-memory 16M\n").configuration().orElseThrow(), 512 * MIB, 179 * MIB, 64)
                        .queueBytes())
                .isEqualTo(264 * MIB);
    }

    @Test
    void tooLittleIsRefusedWithWhatToWrite() {
        assertThat(read("content-memory 4M\n").problems())
                .anySatisfy(problem ->
                        assertThat(problem.toString()).contains("too little").contains("16M"));
        assertThat(read("queue-memory much\n").problems())
                .anySatisfy(problem -> assertThat(problem.toString()).contains("is not a size"));
    }
}
