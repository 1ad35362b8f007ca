package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The catalogue against the table of all directives of the reference dialect.
class ReferenceTableTest {
    /// Rows that name a part of a value, and how the catalogue calls their place.
    private static final Map<String, String> PLACES_OF_PARTS = Map.of(
            "smtp-pattern-list reply action", "reply-action",
            "pattern-list result", "pattern-result",
            "pattern-list (nested)", "pattern-line",
            "bounce-category-patterns", "pattern-line",
            "reserved domain name", "reserved-name",
            "reserved domain names", "reserved-name",
            "reserved VMTA name", "reserved-name");

    private record Row(String name, String scopes) {}

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(SharedFolder.required().resolve("reference/pmta-directives.tsv"))) {
            String[] f = line.split("\t", -1);
            if (!f[0].equals("directive")) {
                rows.add(new Row(f[0].toLowerCase(Locale.ROOT), f[1]));
            }
        }
        return rows;
    }

    /// The scopes that a row names, in the catalogue's words.
    private static Set<BlockKind> scopes(Row row) {
        String words = row.scopes()
                .replaceAll("\\(.*?\\)", "")
                .replace("domain-in-virtual-mta", "domain")
                .replace("domain-in-pool", "domain");
        Set<BlockKind> scopes = new TreeSet<>();
        for (String word : words.split("[^a-z-]+")) {
            BlockKind kind = word.equals("global") ? BlockKind.GLOBAL : BlockKind.ofTag(word);
            if (kind != null) {
                scopes.add(kind);
            }
        }
        return scopes;
    }

    /// The table has own ways to say that a pool has max-smtp-out and domain blocks, and that a block had an older tag.
    private static String nameOf(Row row) {
        return switch (row.name() + " " + row.scopes()) {
            case "total-max-smtp-out / max-smtp-out in pool virtual-mta-pool" -> "max-smtp-out";
            case "domain virtual-mta-pool" -> "<domain>";
            case "sparkpost-analytics global (block tag)" -> "<sparkpost-analytics>";
            default -> row.name();
        };
    }

    @Test
    void everyRowHasExactlyOneStateInEachOfItsScopes() throws IOException {
        List<String> missing = new ArrayList<>();
        Map<String, Long> parts = Catalogue.all().parts().stream()
                .collect(Collectors.groupingBy(
                        each -> each.where() + " " + each.word().toLowerCase(Locale.ROOT), Collectors.counting()));
        for (Row row : rows()) {
            String place = PLACES_OF_PARTS.get(row.scopes());
            if (place != null) {
                for (String word : row.name().startsWith("{") ? row.name().split(" ") : new String[] {row.name()}) {
                    if (parts.getOrDefault(place + " " + word, 0L) != 1) {
                        missing.add(place + " " + word);
                    }
                }
                continue;
            }
            String name = nameOf(row);
            Set<BlockKind> scopes = scopes(row);
            if (scopes.isEmpty() && Catalogue.all().scopesOf(name).isEmpty()) {
                missing.add(name + " in no scope");
            }
            for (BlockKind scope : scopes) {
                if (Catalogue.all().find(scope, name) == null) {
                    missing.add(name + " " + scope.described());
                }
            }
        }

        assertThat(missing).isEmpty();
    }

    @Test
    void everyNameOfTheCatalogueIsOfTheTableOrSaysWhatItIs() throws IOException {
        Set<String> known = rows().stream().map(Row::name).collect(Collectors.toSet());

        assertThat(Catalogue.all().entries())
                .filteredOn(each -> !known.contains(each.name()))
                .allSatisfy(each -> assertThat(each.state() == Catalogue.State.INVENTION
                                || each.meaning().startsWith("Ours.")
                                || each.meaning().startsWith("Tutorial spelling")
                                || each.meaning().startsWith("Line form")
                                || each.meaning().startsWith("Old name"))
                        .as(each.name())
                        .isTrue());
    }

    @Test
    void theStatesAreCounted() {
        Map<Catalogue.State, Long> counts = new EnumMap<>(Catalogue.State.class);
        Catalogue.all().entries().forEach(each -> counts.merge(each.state(), 1L, Long::sum));
        Catalogue.all().parts().forEach(each -> counts.merge(each.state(), 1L, Long::sum));
        Map<String, Long> words = new TreeMap<>();
        counts.forEach((state, count) -> words.put(state.name(), count));

        System.out.println("directives: " + words.get("BUILT") + " built, " + words.get("ACCEPTED") + " accepted, "
                + words.get("PLANNED") + " planned, " + words.get("INVENTION") + " inventions");
        assertThat(words).hasSize(4);
    }
}
