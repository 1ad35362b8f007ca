package org.sluicemta.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.Survivors.LiveRecipient;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;

/// Random histories of accepting, attempting, checkpointing and copying, with crashes at random steps. Whatever the
/// seed: what was accepted is there until it is settled, what is durably settled does not come back, and each outcome
/// has its row exactly once.
class SpoolCrashTest {
    private static final int CRASHES = 4;
    /// Histories of a block; `-Dsluice.histories=500` for a long run.
    private static final long HISTORIES = Long.getLong("sluice.histories", 4);
    /// What the histories met, over all of them: a history that never copies proves nothing about copies.
    private static final Map<String, Long> MET = new TreeMap<>();

    @AfterAll
    static void theHistoriesMetWhatTheyAreFor() {
        LoggerFactory.getLogger(SpoolCrashTest.class).info("histories met {}", MET);
        assertThat(MET.values()).allMatch(count -> count > 0);
    }

    private static void met(String what, long count) {
        MET.merge(what, count, Long::sum);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void nothingIsLostAndNothingComesBackWhateverCrashes(int block) {
        for (long seed = block * HISTORIES; seed < (block + 1) * HISTORIES; seed++) {
            try {
                new History(seed, 1 + (int) (seed % 5 / 4)).run();
            } catch (Throwable broken) {
                throw new AssertionError("seed " + seed + ": " + broken.getMessage(), broken);
            }
        }
    }

    @Test
    void theSameSeedGivesTheSameHistory() {
        var first = new History(77, 1);
        first.run();
        var second = new History(77, 1);
        second.run();

        assertThat(second.house.universe().traceHash())
                .isEqualTo(first.house.universe().traceHash());
    }

    /// One history.
    private static final class History {
        private final Random random;
        private final SpoolHouse house;
        /// Recipients of answered messages, and of those that were given and never answered.
        private final Set<String> accepted = new HashSet<>();

        private final Set<String> given = new HashSet<>();
        private final Map<MessageId, byte[]> contents = new HashMap<>();
        private final Set<String> settled = new HashSet<>();
        private final Set<String> durablySettled = new HashSet<>();
        private final Map<String, Integer> durableAttempts = new HashMap<>();
        private final Map<String, Integer> attempts = new HashMap<>();
        private int reads;

        History(long seed, int folders) {
            random = new Random(seed);
            // Some histories have many checkpoints, some a long tail behind a few.
            house = new SpoolHouse(seed, folders, seed % 2 == 0 ? 3_000 : 60_000);
        }

        void run() {
            house.boot();
            for (int crash = 0; crash < CRASHES; crash++) {
                int steps = 20 + random.nextInt(150);
                for (int i = 0; i < steps; i++) {
                    act();
                    for (int n = random.nextInt(30); n > 0; n--) {
                        house.universe().step();
                    }
                }
                met("moves", house.live().moves);
                met("checkpoints", house.spool().facts().checkpoints());
                if (random.nextBoolean()) {
                    house.host().cutPower();
                } else {
                    house.world().kill();
                }
                house.host().loops(1 + random.nextInt(3));
                house.boot();
                checkSurvivors();
            }
            drain();
            met("moves", house.live().moves);
            met("checkpoints", house.spool().facts().checkpoints());
            met("reads", reads);
            house.close();
            checkRows();
            assertThat(house.world().slicesOut()).as("slices not given back").isZero();
        }

        private void act() {
            int loop = random.nextInt(house.world().loops().size());
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4, 5 -> accept(loop, false);
                case 6 -> accept(loop, true);
                case 7, 8, 9, 10, 11, 12, 13, 14 -> house.loop(loop).post(() -> attempt(loop));
                case 15 -> {
                    if (random.nextInt(house.folders.size() * 4) == 0) {
                        house.spool().checkpoint(new Silent<>());
                    }
                }
                case 16 -> {
                    var settledNow = Set.copyOf(settled);
                    var attemptsNow = Map.copyOf(attempts);
                    house.spool().afterEvents(() -> {
                        durablySettled.addAll(settledNow);
                        durableAttempts.putAll(attemptsNow);
                    });
                }
                case 17 -> house.loop(loop).post(() -> read(loop));
                case 18 -> house.universe().advance(Duration.ofMillis(random.nextInt(50)));
                default -> {
                    if (random.nextInt(10) == 0) {
                        house.universe().advance(Duration.ofSeconds(random.nextInt(4)));
                    }
                    if (random.nextInt(10) == 0) {
                        house.reader().rotate(isDone -> {});
                    }
                }
            }
        }

        private void accept(int loop, boolean isChunked) {
            MessageId id = house.spool().nextId();
            List<QueueKey> queues = new ArrayList<>();
            for (int i = random.nextInt(10) == 0 ? 30 : random.nextInt(3); i >= 0; i--) {
                queues.add(new QueueKey("d" + random.nextInt(4) + ".example", "mta1"));
            }
            byte[] bytes = new byte[1 + random.nextInt(6000)];
            random.nextBytes(bytes);
            var world = house.world();
            var message = SpoolHouse.message(id, 1_000_000, queues, bytes.length);
            for (int i = 0; i < queues.size(); i++) {
                given.add(SpoolHouse.address(id, i));
            }
            contents.put(id, bytes);
            int pieces = 1 + random.nextInt(3);
            house.loop(loop).post(() -> {
                if (!isChunked) {
                    house.spool().accept(world.loops().get(loop), message, HeapContent.of(bytes, pieces), answer());
                    return;
                }
                int cut = bytes.length / 2;
                var first = new HeapContent(java.util.Arrays.copyOf(bytes, cut));
                var rest = HeapContent.of(java.util.Arrays.copyOfRange(bytes, cut, bytes.length), 1);
                house.spool().acceptChunk(world.loops().get(loop), id, 0, first, new Answer<>() {
                    @Override
                    public void ready(Long place) {
                        if (id.sequence() % 7 == 0) {
                            // The client went away.
                            house.spool().giveBack(place);
                        } else {
                            house.spool()
                                    .acceptChunked(world.loops().get(loop), message, List.of(place), rest, answer());
                        }
                    }

                    @Override
                    public void failed(IoFailure why) {
                        rest.release();
                    }
                });
            });
        }

        private Spool.Acceptance answer() {
            var live = house.live();
            return new Spool.Acceptance() {
                @Override
                public void accepted(StoredMessage stored) {
                    MessageId id = stored.message().id();
                    for (int i = 0; i < stored.message().recipients().size(); i++) {
                        accepted.add(SpoolHouse.address(id, i));
                    }
                    live.arrived(stored);
                }

                @Override
                public void refused(String text) {
                    // May be there after a crash nonetheless.
                }
            };
        }

        /// On the loop of a shard: one attempt of one recipient.
        private void attempt(int number) {
            var shard = house.live().shards.get(number);
            shard.flush();
            if (shard.held.isEmpty()) {
                return;
            }
            var keys = List.copyOf(shard.held.keySet());
            long key = keys.get(random.nextInt(keys.size()));
            var message = shard.held.get(key);
            var recipients = List.copyOf(message.recipients.values());
            attempt(shard, key, recipients.get(random.nextInt(recipients.size())), random.nextInt(5));
        }

        private void attempt(LiveTable.Shard shard, long key, LiveRecipient one, int lot) {
            var message = shard.held.get(key);
            String address = SpoolHouse.address(message.id, one.index());
            int attempt = one.attempts() + 1;
            boolean isOwed = !one.isReportOwed() && lot == 1;
            var what = one.isReportOwed()
                    ? RecipientEvent.What.BOUNCED
                    : lot == 0
                            ? RecipientEvent.What.DEFERRED
                            : lot <= 2 ? RecipientEvent.What.BOUNCED : RecipientEvent.What.DELIVERED;
            attempts.merge(address, attempt, Math::max);
            long due = what == RecipientEvent.What.DEFERRED ? 5_000_000 : 0;
            var event = SpoolHouse.event(what, message.id, one.index(), attempt, 2_000_000, due, one.queue(), isOwed);
            long release = -1;
            if (what == RecipientEvent.What.DEFERRED || isOwed) {
                message.recipients.put(
                        one.index(), new LiveRecipient(one.index(), one.queue(), attempt, due, one.priority(), isOwed));
            } else {
                settled.add(address);
                message.recipients.remove(one.index());
                if (message.recipients.isEmpty()) {
                    shard.held.remove(key);
                    release = message.position;
                }
            }
            shard.record(event, release);
        }

        /// Whatever lives can be read back as it was given.
        private void read(int number) {
            var shard = house.live().shards.get(number);
            if (shard.held.isEmpty()) {
                return;
            }
            var message = shard.held.values().iterator().next();
            house.spool().read(shard.loop, message.position, new Answer<>() {
                @Override
                public void ready(StoredMessage stored) {
                    reads++;
                    assertThat(stored.message().id()).isEqualTo(message.id);
                    assertThat(HeapContent.bytes(stored.content())).isEqualTo(contents.get(message.id));
                    stored.content().release();
                }

                @Override
                public void failed(IoFailure why) {
                    if (!message.recipients.isEmpty()) {
                        throw new AssertionError("cannot be read: " + why);
                    }
                }
            });
        }

        private void checkSurvivors() {
            assertThat(house.spool().recovered().findings().stream()
                            .filter(each -> !each.contains("TORN_TAIL"))
                            .toList())
                    .isEmpty();
            met("starts with a checkpoint", house.spool().recovered().hadCheckpoint() ? 1 : 0);
            met("surviving recipients", house.spool().recovered().recipients());
            met("owed recipients", house.spool().recovered().owedRecipients());
            Map<String, LiveRecipient> there = new HashMap<>();
            for (var shard : house.live().shards) {
                for (var message : shard.held.values()) {
                    for (var one : message.recipients.values()) {
                        String address = SpoolHouse.address(message.id, one.index());
                        assertThat(there.put(address, one))
                                .as("told twice: " + address)
                                .isNull();
                        assertThat(given).contains(address);
                    }
                }
            }
            for (String address : accepted) {
                if (!settled.contains(address)) {
                    assertThat(there).as("lost").containsKey(address);
                }
            }
            for (String address : durablySettled) {
                assertThat(there).as("came back").doesNotContainKey(address);
            }
            durableAttempts.forEach((address, attempt) -> {
                if (there.containsKey(address)) {
                    assertThat(there.get(address).attempts()).isGreaterThanOrEqualTo(attempt);
                }
            });
            // What came back is to be settled again, and attempts that were not synced are made again.
            met(
                    "unsynced settlements that came back",
                    settled.stream().filter(there::containsKey).count());
            settled.removeAll(there.keySet());
            there.forEach((address, one) -> attempts.put(address, one.attempts()));
        }

        /// Delivers what is left, and gives the readers and the housekeeping time.
        private void drain() {
            house.universe().advance(Duration.ofSeconds(2));
            for (var shard : house.live().shards) {
                while (!shard.held.isEmpty()) {
                    house.on(shard.number, () -> {
                        for (long key : List.copyOf(shard.held.keySet())) {
                            for (var one :
                                    List.copyOf(shard.held.get(key).recipients.values())) {
                                attempt(shard, key, one, 4);
                            }
                        }
                    });
                    house.universe().advance(Duration.ofMillis(20));
                }
                house.on(shard.number, shard::flush);
            }
            house.universe().advance(Duration.ofSeconds(5));
            assertThat(house.spool().findings())
                    .isEqualTo(house.spool().recovered().findings());
        }

        private void checkRows() {
            Map<String, Integer> finals = new HashMap<>();
            Set<String> rows = new HashSet<>();
            for (Path path : house.host().disk().files()) {
                if (!path.startsWith("/log")) {
                    continue;
                }
                var text = new String(house.host().disk().bytes(path).orElseThrow(), StandardCharsets.UTF_8);
                var lines = text.split("\n", -1);
                assertThat(lines[0]).as(path.toString()).startsWith("type,timeLogged,timeQueued,orig,rcpt,");
                assertThat(lines[lines.length - 1]).as("ends with a line end").isEmpty();
                for (int i = 1; i < lines.length - 1; i++) {
                    var cells = lines[i].split(",", -1);
                    assertThat(rows.add(cells[0] + " " + cells[4] + " " + cells[8]))
                            .as("twice: " + lines[i])
                            .isTrue();
                    boolean isOwedFirst = cells[0].equals("b");
                    if (cells[0].equals("d") || isOwedFirst) {
                        finals.merge(cells[4] + " " + cells[0], 1, Integer::sum);
                    }
                }
            }
            for (String address : accepted) {
                int delivered = finals.getOrDefault(address + " d", 0);
                int bounced = finals.getOrDefault(address + " b", 0);
                assertThat(delivered + Math.min(1, bounced))
                        .as("final rows of " + address)
                        .isEqualTo(1);
            }
            for (String row : rows) {
                assertThat(given).contains(row.split(" ")[1]);
            }
        }
    }

    private static final class Silent<T> implements Answer<T> {
        @Override
        public void ready(T value) {}

        @Override
        public void failed(IoFailure why) {}
    }

    @Test
    void aCheckpointOnDemandIsAnswered() {
        var house = new SpoolHouse(5, 1);
        house.boot();
        List<Disk.Done> answers = new ArrayList<>();
        house.spool().checkpoint(new Answer<>() {
            @Override
            public void ready(Disk.Done done) {
                answers.add(done);
            }

            @Override
            public void failed(IoFailure why) {
                throw new AssertionError(why);
            }
        });

        house.universe().runUntil(() -> !answers.isEmpty(), Duration.ofSeconds(10));

        assertThat(house.spool().facts().checkpoints()).isEqualTo(1);
    }
}
