package org.sluicemta.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// The stable names of all findings of a check, with what each is about: the resource `check-ids.tsv`, from which a
/// page of the documentation is made. Threads: immutable.
final class CheckIds {
    private static final Map<String, Entry> ALL = read();

    private CheckIds() {}

    /// @param severity error, warning or note, or two of them
    /// @param meaning one sentence
    record Entry(String id, String severity, String meaning) {}

    static boolean has(String id) {
        return ALL.containsKey(id);
    }

    /// By id, in the order of the resource.
    static Map<String, Entry> all() {
        return ALL;
    }

    private static Map<String, Entry> read() {
        try (InputStream in = CheckIds.class.getResourceAsStream("check-ids.tsv")) {
            if (in == null) {
                throw new ConfigException("the program was built without its list of findings");
            }
            Map<String, Entry> all = new LinkedHashMap<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                String[] f = line.split("\t", -1);
                if (f.length != 3 || all.put(f[0], new Entry(f[0], f[1], f[2])) != null) {
                    throw new ConfigException("the list of findings has a bad line: " + line);
                }
            }
            return java.util.Collections.unmodifiableMap(all);
        } catch (IOException broken) {
            throw new ConfigException("the list of findings cannot be read", broken);
        }
    }

    /// The page of the documentation.
    static String markdown() {
        StringBuilder out = new StringBuilder();
        out.append("# What a check finds\n\n")
                .append("Every finding of `sluice check` has a stable id, for scripts and for talking about it. Made ")
                .append("from `check-ids.tsv`; a test fails when this page is stale. To make it anew:\n")
                .append("`mvn -pl server -am test -Dtest=CheckIdsTest -Dsurefire.failIfNoSpecifiedTests=false ")
                .append("-Dwrite.docs=true`.\n\n")
                .append("Errors keep a configuration from being used. Warnings say that it probably does not do what ")
                .append("was meant, notes what is worth knowing.\n")
                .append("`--strict` makes errors of warnings about unknown names, `--lenient` warnings of errors.\n\n")
                .append("| id | weight | meaning |\n|---|---|---|\n");
        for (Entry each : ALL.values()) {
            out.append("| `").append(each.id()).append("` | ").append(each.severity());
            out.append(" | ").append(each.meaning().replace("<", "&lt;").replace("*", "\\*"));
            out.append(" |\n");
        }
        return out.toString();
    }
}
