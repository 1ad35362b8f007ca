package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The table of differences in `docs/migration.md` is held by tests: each row names at least one that exists, and what
/// it names as a way back to the old behaviour is a directive that has its effect, or an option of a command.
class MigrationTableTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root", ".."));
    private static final String HEAD = "| topic | PowerMTA | Sluice | the old way | test |";

    private static final Pattern CODE = Pattern.compile("`([^`]*)`");

    private static final Pattern TEST = Pattern.compile("([A-Z][A-Za-z0-9]*)#([a-z][A-Za-z0-9]*)");

    private static final Pattern ANNOTATION =
            Pattern.compile("@(Test|ParameterizedTest|Property|Example|FuzzTest|TestFactory)\\b");

    private record Row(int line, String topic, String way, String tests) {}

    @Test
    void everyRowNamesTestsThatExist() throws IOException {
        Map<String, String> sources = testSources();
        var wrong = new ArrayList<String>();
        for (Row row : rows()) {
            Matcher test = TEST.matcher(row.tests());
            int named = 0;
            while (test.find()) {
                named++;
                if (!isTest(sources.getOrDefault(test.group(1), ""), test.group(2))) {
                    wrong.add(row.line() + ": " + row.topic() + ": there is no test " + test.group());
                }
            }
            if (named == 0) {
                wrong.add(row.line() + ": " + row.topic() + ": no test holds it");
            }
        }
        assertThat(wrong).isEmpty();
    }

    /// Whether one of JUnit's or jqwik's annotations stands in the lines right above a method.
    private static boolean isTest(String source, String method) {
        int at = source.indexOf(" void " + method + "(");
        return at >= 0
                && ANNOTATION
                        .matcher(source.substring(source.lastIndexOf("\n\n", at), at))
                        .find();
    }

    @Test
    void everyWayBackIsADirectiveWithEffectOrAnOption() throws IOException {
        String commands = commandSources();
        var wrong = new ArrayList<String>();
        for (Row row : rows()) {
            Matcher code = CODE.matcher(row.way());
            int named = 0;
            while (code.find()) {
                named++;
                String name = firstWord(code.group(1));
                if (!(name.startsWith("--") ? commands.contains(name) : hasEffect(name))) {
                    wrong.add(row.line() + ": " + row.topic() + ": " + name
                            + " is no directive that has an effect and no option");
                }
            }
            if (named == 0 && !row.way().equals("–")) {
                wrong.add(row.line() + ": " + row.topic() + ": write a dash where there is no way back");
            }
        }
        assertThat(wrong).isEmpty();
    }

    /// Of `sluice reload --allow-bounce=N` the option, of `retry-after 10m` the directive.
    private static String firstWord(String code) {
        for (String word : code.split(" ")) {
            if (word.startsWith("--")) {
                return word.replaceAll("=.*", "");
            }
        }
        return code.split(" ")[0];
    }

    private static boolean hasEffect(String name) {
        return Catalogue.all().entries().stream()
                .anyMatch(each -> each.name().equals(name) && each.state() == Catalogue.State.BUILT);
    }

    private static List<Row> rows() throws IOException {
        List<String> lines = Files.readAllLines(ROOT.resolve("docs/migration.md"));
        var rows = new ArrayList<Row>();
        boolean isInTable = false;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.equals(HEAD)) {
                isInTable = true;
                i++;
                continue;
            }
            isInTable &= line.startsWith("|");
            if (isInTable) {
                String[] cells = line.split(" *\\| *", -1);
                assertThat(cells).as("line " + (i + 1) + ": " + line).hasSize(7);
                rows.add(new Row(i + 1, cells[1], cells[4], cells[5]));
            }
        }
        assertThat(rows).as("rows below " + HEAD).hasSizeGreaterThan(30);
        return rows;
    }

    /// By the name of their class.
    private static Map<String, String> testSources() throws IOException {
        var sources = new HashMap<String, String>();
        for (String module : List.of("protocol", "runtime", "simulation", "server", "lab", "proof")) {
            for (Path file : javaFiles(ROOT.resolve(module).resolve("src/test/java"))) {
                sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
            }
        }
        assertThat(sources).hasSizeGreaterThan(100);
        return sources;
    }

    private static String commandSources() throws IOException {
        var all = new StringBuilder();
        for (String room : List.of("app", "control")) {
            for (Path file :
                    javaFiles(ROOT.resolve("server/src/main/java/org/sluicemta").resolve(room))) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    private static List<Path> javaFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(each -> each.toString().endsWith(".java")).toList();
        }
    }
}
