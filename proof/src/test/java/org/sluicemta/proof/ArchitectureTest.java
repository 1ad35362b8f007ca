package org.sluicemta.proof;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Holds the table of rooms: imports point inward, never sideways.
class ArchitectureTest {
    private static final String ROOT = "org.sluicemta.";
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.sluicemta");

    private static final Set<String> VALUES = Set.of("mail", "world", "settings");
    private static final Set<String> TOOLS = Set.of("dns", "tls", "spf", "dsn", "sign", "match", "smtp");
    private static final Set<String> MIDDLE = Set.of("spool", "route", "pace", "queue");
    private static final Set<String> EDGES = Set.of(
            "receive", "inject", "deliver", "bounce", "feedback", "suppress", "account", "event", "control", "cluster");

    /// Room → the rooms that it may import.
    private static final Map<String, Set<String>> TABLE = table();

    private static Map<String, Set<String>> table() {
        var table = new TreeMap<String, Set<String>>();
        VALUES.forEach(v -> table.put(v, Set.of()));
        table.put("smtp", Set.of("mail", "world"));
        for (String tool : List.of("dns", "dsn", "sign", "match", "journal")) {
            table.put(tool, union(VALUES, Set.of("smtp")));
        }
        for (String asking : List.of("tls", "spf")) {
            table.put(asking, union(VALUES, Set.of("smtp", "dns")));
        }
        table.put("route", VALUES);
        table.put("pace", VALUES);
        table.put("spool", union(VALUES, Set.of("journal")));
        table.put("queue", union(VALUES, Set.of("spool", "route", "pace")));
        EDGES.forEach(edge -> table.put(edge, union(VALUES, TOOLS, MIDDLE)));
        table.put("web", union(VALUES, TOOLS, MIDDLE, Set.of("control")));
        table.put("config", union(VALUES, TOOLS, MIDDLE, EDGES, Set.of("web")));
        table.put("pull", union(VALUES, Set.of("config")));
        table.put("app", union(VALUES, TOOLS, MIDDLE, EDGES, Set.of("journal", "web", "config", "pull", "runtime")));
        table.put("runtime", Set.of("world"));
        table.put("simulation", Set.of("world"));
        table.put("lab", Set.of("mail", "world", "settings", "smtp", "runtime"));
        return table;
    }

    @SafeVarargs
    private static Set<String> union(Set<String>... sets) {
        var all = new TreeSet<String>();
        for (Set<String> set : sets) {
            all.addAll(set);
        }
        return all;
    }

    @TestFactory
    List<DynamicTest> eachRoomImportsOnlyTheRoomsBelowIt() {
        var tests = new ArrayList<DynamicTest>();
        TABLE.forEach((room, mayImport) -> tests.add(DynamicTest.dynamicTest(room, () -> {
            DescribedPredicate<JavaClass> forbidden = describe(
                    "rooms that " + room + " may not import",
                    c -> c.getPackageName().startsWith(ROOT)
                            && !roomOf(c).equals(room)
                            && !mayImport.contains(roomOf(c)));
            noClasses()
                    .that(resideInAPackage(ROOT + room + ".."))
                    .should()
                    .dependOnClassesThat(forbidden)
                    .allowEmptyShould(true)
                    .check(ALL);
        })));
        return tests;
    }

    @Test
    void everyPackageStandsInTheTable() {
        var rooms = new TreeSet<String>();
        ALL.forEach(c -> rooms.add(roomOf(c)));
        assertThat(TABLE.keySet()).containsAll(rooms);
    }

    @Test
    void packagesAreFlat() {
        assertThat(ALL.stream().map(JavaClass::getPackageName).distinct())
                .allSatisfy(name -> assertThat(name.substring(ROOT.length())).doesNotContain("."));
    }

    @Test
    void theValuesImportOnlyTheJdk() {
        classes()
                .that(resideInAnyPackage(ROOT + "mail..", ROOT + "world..", ROOT + "settings.."))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "java..", "org.jspecify..", ROOT + "mail..", ROOT + "world..", ROOT + "settings.."))
                .check(ALL);
    }

    @Test
    void nettyAndJctoolsStayInTheRuntime() {
        onlyIn(List.of("io.netty..", "org.jctools.."), "runtime");
    }

    @Test
    void dnsjavaStaysWithTheResolverAndTheLab() {
        onlyIn(List.of("org.xbill.."), "dns", "lab");
    }

    @Test
    void expressionsOfOperatorsAreRunInOneRoom() {
        onlyIn(List.of("com.google.re2j.."), "match", "config");
    }

    /// It has threads and sockets of its own.
    @Test
    void theHttpServerStaysInOneRoom() {
        onlyIn(List.of("io.helidon..", "io.prometheus..", "com.fasterxml.jackson.."), "web");
    }

    @Test
    void commandLinesAreReadAtTheRim() {
        onlyIn(List.of("picocli.."), "app", "control", "lab");
    }

    @Test
    void timeFilesSocketsAndRandomnessComeFromTheWorld() {
        DescribedPredicate<JavaClass> rim = describe(
                "outside runtime, app and lab",
                c -> !Set.of("runtime", "app", "lab").contains(roomOf(c)));
        var rule = noClasses()
                .that(rim)
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .dependOnClassesThat(resideInAnyPackage("java.nio.channels.."))
                .orShould()
                .dependOnClassesThat(describe(
                        "sockets, files and random generators",
                        c -> Set.of(
                                        "java.nio.file.Files",
                                        "java.io.File",
                                        "java.io.FileInputStream",
                                        "java.io.FileOutputStream",
                                        "java.net.Socket",
                                        "java.net.ServerSocket",
                                        "java.net.DatagramSocket",
                                        "java.util.Random",
                                        "java.util.concurrent.ThreadLocalRandom")
                                .contains(c.getName())));
        rule.check(ALL);
    }

    private static void onlyIn(List<String> libraries, String... rooms) {
        String[] allowed = List.of(rooms).stream().map(r -> ROOT + r + "..").toArray(String[]::new);
        noClasses()
                .that(resideInAPackage("org.sluicemta.."))
                .and(DescribedPredicate.not(resideInAnyPackage(allowed)))
                .should()
                .dependOnClassesThat(resideInAnyPackage(libraries.toArray(String[]::new)))
                .check(ALL);
    }

    private static String roomOf(JavaClass c) {
        String name = c.getPackageName();
        return name.equals("org.sluicemta") ? "" : name.substring(ROOT.length()).split("\\.")[0];
    }
}
