package org.sluicemta.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.simulation.SimulatedDisk.Survivors;
import org.sluicemta.simulation.SimulatedDisk.Unsynced;
import org.sluicemta.simulation.SimulatedWorld;

/// Every short history, the power cut at every step of it, every subset of what was unsynced on the platter, blocks
/// torn at their sectors. What was acknowledged must be there, byte for byte, for the room's own recovery and for a
/// decoder that shares no code with it; nothing acknowledged may be called damaged.
final class PowerCutTest {
    private static final int MOST_MESSAGES = 3;
    private static final int MOST_DEFERRALS = 2;
    private static final int MOST_SETTLEMENTS = 1;
    private static final int MOST_BATCHES = 3;
    private static final int MOST_BLOCKS = 10;

    /// The three messages in one batch make 4 blocks; large ones make 10. Large ones in all histories take minutes, so
    /// the ordinary run tries them in one.
    private static final int[] SMALL = {900, 4_500, 7_000};

    private static final int[] LARGE = {6_000, 12_000, 20_000};
    private static final boolean ALWAYS_LARGE = Boolean.getBoolean("power.large");
    private static final int[] TORN = {0x01, 0x0F, 0xFE, 0x55};

    private long histories;
    private long cuts;
    private long cutsInRecovery;

    private int[] bodyBytes = ALWAYS_LARGE ? LARGE : SMALL;

    @Test
    void everyAcknowledgedRecordSurvivesEveryPowerCutInEveryShortHistory() {
        tryAll("", JournalFlaws.NONE);
        bodyBytes = LARGE;
        tryWord("mmm", JournalFlaws.NONE);

        System.out.printf(
                "power cuts: %,d in %,d histories; %,d more during recovery%n", cuts, histories, cutsInRecovery);
        assertThat(cuts).isGreaterThan(20_000);
    }

    @Test
    void acknowledgingBeforeTheSyncIsFound() {
        assertFound(new JournalFlaws(true, false, false, false));
    }

    @Test
    void leavingATornTailOpenIsFound() {
        assertFound(new JournalFlaws(false, false, true, false));
    }

    private void assertFound(JournalFlaws flaws) {
        Optional<String> finding = Optional.empty();
        for (String word : List.of("m", "mm", "mbm", "mmbmb", "mbmmb")) {
            try {
                tryWord(word, flaws);
            } catch (AssertionError found) {
                finding = Optional.of(
                        word + ": " + found.getMessage().lines().findFirst().orElse(""));
                break;
            }
        }
        System.out.println("planted " + flaws + " found by history " + finding.orElse("-"));
        assertThat(finding).isPresent();
    }

    /// All words over m (accept a message), d (defer the oldest), s (settle the oldest), b (wait for what is out).
    private void tryAll(String word, JournalFlaws flaws) {
        if (!word.isEmpty()) {
            tryWord(word, flaws);
        }
        for (char next : new char[] {'m', 'd', 's', 'b'}) {
            if (mayFollow(word, next)) {
                tryAll(word + next, flaws);
            }
        }
    }

    private static boolean mayFollow(String word, char next) {
        boolean isUseful =
                switch (next) {
                    case 'm' -> count(word, 'm') < MOST_MESSAGES;
                    // An event speaks of a message that was durable before.
                    case 'd' -> count(word, 'd') < MOST_DEFERRALS - count(word, 's') && hasLive(word);
                    case 's' -> count(word, 's') < MOST_SETTLEMENTS && hasLive(word);
                    default -> count(word, 'b') < MOST_BATCHES && !word.isEmpty() && !word.endsWith("b");
                };
        return isUseful;
    }

    private static boolean hasLive(String word) {
        int barrier = word.lastIndexOf('b');
        return barrier >= 0 && count(word.substring(0, barrier), 'm') > count(word, 's');
    }

    private static int count(String word, char letter) {
        return (int) word.chars().filter(each -> each == letter).count();
    }

    /// Plays the word; cuts at each step behind its last letter, since what is before belongs to shorter words.
    private void tryWord(String word, JournalFlaws flaws) {
        histories++;
        OpenSpool spool = OpenSpool.in(SimulatedWorld.seeded(word.hashCode()), SETTINGS, flaws);
        Played played = new Played(word, spool, bodyBytes);
        for (int i = 0; i < word.length() - 1; i++) {
            played.play(word.charAt(i));
        }
        if (word.endsWith("b")) {
            played.cutWhile(() -> !played.allAnswered(), this, flaws);
        } else {
            played.play(word.charAt(word.length() - 1));
            played.cutSteps(30, this, flaws);
        }
    }

    private static final JournalSettings SETTINGS = OpenSpool.tiny(48 << 10, 16 << 10, 44 << 10);

    /// What was asked and answered so far.
    private static final class Played {
        private final int[] bodyBytes;
        private final String word;
        private final OpenSpool spool;
        private final List<Note> messages = new ArrayList<>();
        private final List<byte[]> bodies = new ArrayList<>();
        private final List<Note> events = new ArrayList<>();
        private int settled;
        private final Set<String> seen = new HashSet<>();

        Played(String word, OpenSpool spool, int[] bodyBytes) {
            this.bodyBytes = bodyBytes;
            this.word = word;
            this.spool = spool;
        }

        void play(char letter) {
            switch (letter) {
                case 'm' -> {
                    byte[] body = OpenSpool.filled(bodyBytes[messages.size()], messages.size() + 1);
                    bodies.add(body);
                    messages.add(spool.accept("m" + messages.size(), body));
                }
                case 'd' -> events.add(spool.happen("deferred m" + settled + " " + events.size()));
                case 's' -> events.add(spool.happen("settled m" + settled++));
                default -> spool.world.runUntil(this::allAnswered, OpenSpool.PATIENCE);
            }
        }

        boolean allAnswered() {
            return messages.stream().allMatch(Note::isAnswered)
                    && events.stream().allMatch(Note::isAnswered);
        }

        void cutSteps(int steps, PowerCutTest test, JournalFlaws flaws) {
            for (int i = 0; i < steps && !allAnswered(); i++) {
                cutHere(test, flaws);
                spool.world.step();
            }
        }

        void cutWhile(java.util.function.BooleanSupplier more, PowerCutTest test, JournalFlaws flaws) {
            cutHere(test, flaws);
            while (more.getAsBoolean()) {
                spool.world.step();
                cutHere(test, flaws);
            }
        }

        /// All the platters that a cut at this moment can leave.
        private void cutHere(PowerCutTest test, JournalFlaws flaws) {
            SimulatedDisk disk = spool.world.host().disk();
            List<Unsynced> unsynced = disk.unsynced();
            String moment = unsynced.stream().map(each -> "" + each.id()).toList() + "/"
                    + messages.stream().filter(each -> each.isDurable).count() + "/"
                    + events.stream().filter(each -> each.isDurable).count();
            if (!seen.add(moment)) {
                return;
            }
            int count = Math.min(unsynced.size(), MOST_BLOCKS);
            for (int subset = 0; subset < 1 << count; subset++) {
                Set<Long> kept = new HashSet<>();
                for (int i = 0; i < count; i++) {
                    if ((subset & 1 << i) != 0) {
                        kept.add(unsynced.get(i).id());
                    }
                }
                cut(test, Survivors.only(kept), "kept " + kept, subset % 32 == 1, flaws);
            }
            for (Unsynced each : unsynced) {
                if (each instanceof Unsynced.Block block) {
                    for (int torn : TORN) {
                        String what = "torn " + block + " to " + torn;
                        cut(test, Survivors.nothing().tearing(block.id(), torn), what, false, flaws);
                        if (torn == 0x0F) {
                            cut(test, Survivors.everything().tearing(block.id(), torn), what, true, flaws);
                        }
                    }
                }
            }
        }

        private void cut(
                PowerCutTest test, Survivors survivors, String what, boolean alsoInRecovery, JournalFlaws flaws) {
            test.cuts++;
            SimulatedDisk platter = spool.world.host().disk().afterPowerCut(survivors);
            String where = "history " + word + ", " + what;
            checkRaw(platter, where);
            SimulatedDisk untouched = alsoInRecovery || flaws.leavesTailOpen() ? platter.copy() : platter;
            SimulatedWorld world = SimulatedWorld.seeded(test.cuts, platter);
            OpenSpool first = OpenSpool.in(world, SETTINGS, flaws);
            check(first, where);
            if (flaws.leavesTailOpen()) {
                Note more = first.accept("more", new byte[10]);
                first.await(more);
                world.host().cutPower(Survivors.nothing());
                check(OpenSpool.in(world.reboot(), SETTINGS, flaws), where + ", started twice");
            }
            if (alsoInRecovery) {
                test.cutsInRecovery++;
                cutInRecovery(untouched, first, test.cuts, where, flaws);
            }
        }

        private void cutInRecovery(
                SimulatedDisk platter, OpenSpool first, long seed, String where, JournalFlaws flaws) {
            SimulatedWorld world = SimulatedWorld.seeded(seed, platter);
            OpenSpool dying = OpenSpool.begin(world, SETTINGS, flaws, new OpenSpool.Found());
            for (int i = 0; i < seed % 150 && dying.journal == null; i++) {
                world.step();
            }
            world.host().cutPower();
            OpenSpool second = OpenSpool.in(world.reboot(), SETTINGS, flaws);
            check(second, where + ", cut in recovery");
            assertThat(second.found.content).as(where).isEqualTo(first.found.content);
            assertThat(second.found.events).as(where).isEqualTo(first.found.events);
        }

        /// With the other decoder.
        private void checkRaw(SimulatedDisk platter, String where) {
            RawSpool raw = RawSpool.read(platter, OpenSpool.FOLDER);
            for (int i = 0; i < messages.size(); i++) {
                Note note = messages.get(i);
                if (note.isDurable) {
                    RawSpool.Raw there = raw.at("content", Position.segment(note.at), Position.offset(note.at));
                    if (there == null || !Arrays.equals(there.body(), bodies.get(i))) {
                        throw new AssertionError(where + ": message " + i + " was acknowledged and is not on disk");
                    }
                }
            }
            for (Note note : events) {
                if (note.isDurable && raw.at("events", Position.segment(note.at), Position.offset(note.at)) == null) {
                    throw new AssertionError(where + ": an event was acknowledged and is not on disk");
                }
            }
        }

        private void check(OpenSpool after, String where) {
            if (!after.found.losses().isEmpty()) {
                throw new AssertionError(where + ": called damaged: " + after.found.losses());
            }
            for (int i = 0; i < messages.size(); i++) {
                Note note = messages.get(i);
                if (note.isDurable && !("m" + i).equals(after.found.content.get(note.at))) {
                    throw new AssertionError(where + ": message " + i + " was acknowledged and is lost");
                }
            }
            for (Note note : events) {
                if (note.isDurable && !after.found.events.containsKey(note.at)) {
                    throw new AssertionError(where + ": an event was acknowledged and is lost");
                }
            }
            after.found.content.forEach((position, head) -> {
                byte[] body = after.read(position, new ArrayList<>());
                int index = head.equals("more") ? -1 : Integer.parseInt(head.substring(1));
                if (index >= 0 && !Arrays.equals(body, bodies.get(index))) {
                    throw new AssertionError(where + ": message " + index + " came back with another body");
                }
            });
            for (String head : after.found.events.values()) {
                String text = new String(head.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
                if (!text.startsWith("deferred m") && !text.startsWith("settled m")) {
                    throw new AssertionError(where + ": an event came back as " + text);
                }
            }
        }
    }
}
