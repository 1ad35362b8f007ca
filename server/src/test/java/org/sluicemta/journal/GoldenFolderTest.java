package org.sluicemta.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.simulation.SimulatedWorld;

/// Folders written by earlier versions, kept for ever: each must be read by every later version as it was then.
final class GoldenFolderTest {
    private static final String FIRST = "golden-format-1";
    private static final JournalSettings SMALLEST = OpenSpool.tiny(16 << 10, 12 << 10, 8 << 10);

    @Test
    void theFolderOfFormatOneIsReadAsItWasWritten() {
        SimulatedDisk disk = SimulatedDisk.empty(1);
        List<String> lines = text(FIRST + "/expected.txt").lines().toList();
        lines.stream()
                .filter(line -> line.startsWith("file "))
                .map(line -> line.substring(5))
                .forEach(name -> disk.put(OpenSpool.FOLDER.resolve(name), bytes(FIRST + "/" + name)));

        OpenSpool spool = OpenSpool.in(SimulatedWorld.seeded(1, disk), SMALLEST, JournalFlaws.NONE);

        assertThat(told(spool))
                .isEqualTo(
                        lines.stream().filter(line -> !line.startsWith("file ")).toList());
    }

    private static List<String> told(OpenSpool spool) {
        List<String> told = new ArrayList<>();
        spool.found.frames.forEach(frame -> told.add("checkpoint " + new String(frame, StandardCharsets.UTF_8)));
        spool.found.content.forEach((position, head) -> {
            byte[] body = spool.read(position, new ArrayList<>());
            told.add("content " + position + " " + head + " " + body.length + " " + java.util.Arrays.hashCode(body));
        });
        spool.found.events.forEach((position, head) -> told.add("event " + position + " " + head));
        spool.found.damages.forEach(damage -> told.add("damage " + damage));
        return told;
    }

    private static String text(String name) {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String name) {
        try (InputStream in = GoldenFolderTest.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException broken) {
            throw new AssertionError(name, broken);
        }
    }

    /// Makes the folder of a new format, once:
    /// `-Dgolden.write=src/test/resources/org/sluicemta/journal/golden-format-N`.
    @Test
    @EnabledIfSystemProperty(named = "golden.write", matches = ".+")
    void writesAFolder() throws IOException {
        SimulatedWorld world = SimulatedWorld.seeded(20_260_301);
        OpenSpool spool = OpenSpool.in(world, SMALLEST, JournalFlaws.NONE);
        for (int i = 0; i < 4; i++) {
            spool.await(spool.accept("message " + i, OpenSpool.filled(i * 1_700, i)), spool.happen("event " + i));
        }
        FaultsTest.checkpoint(spool, "the state");
        spool.await(spool.accept("later message", OpenSpool.filled(2_000, 9)), spool.happen("later event"));
        Note copy = new Note(1, Entry.COPY | Entry.IGNORABLE, "a copy".getBytes(StandardCharsets.UTF_8), null);
        Note empty = new Note(2, 0x40, new byte[0], null);
        spool.journal.content().append(copy);
        spool.journal.events().append(empty);
        spool.await(copy, empty);
        spool.await(spool.accept("torn message", OpenSpool.filled(5_000, 10)));
        Path newest = OpenSpool.FOLDER.resolve(SpoolNames.segment(
                StreamKind.CONTENT,
                spool.journal.table(StreamKind.CONTENT)
                        .all()[spool.journal.table(StreamKind.CONTENT).all().length - 1]
                        .id));
        world.kill();
        SimulatedDisk disk = world.host().disk();
        disk.flipBit(newest, lastByte(disk.bytes(newest).orElseThrow()), 0);
        Path into = Path.of(System.getProperty("project.root"), "server", System.getProperty("golden.write"));
        Files.createDirectories(into);
        List<String> lines = new ArrayList<>();
        for (Path file : disk.files()) {
            String name = file.getFileName().toString();
            if (!name.equals("lock")) {
                Files.write(into.resolve(name), disk.bytes(file).orElseThrow());
                lines.add("file " + name);
            }
        }
        lines.addAll(told(OpenSpool.in(world.reboot(), SMALLEST, JournalFlaws.NONE)));
        Files.writeString(into.resolve("expected.txt"), String.join("\n", lines) + "\n");
    }

    private static long lastByte(byte[] bytes) {
        int at = bytes.length - 1;
        while (bytes[at] == 0) {
            at--;
        }
        return at;
    }
}
