package org.sluicemta.config;

import java.util.List;
import java.util.TreeMap;

/// The reference of directives as a page of documentation, made from the catalogue.
final class DirectiveReference {
    private DirectiveReference() {}

    static String markdown() {
        StringBuilder out = new StringBuilder();
        out.append("# Directives\n\n")
                .append("Made from the catalogue (`directives.tsv`); a test fails when this page is stale. To make it ")
                .append("anew:\n`mvn -pl server -am test -Dtest=DirectiveReferenceTest ")
                .append("-Dsurefire.failIfNoSpecifiedTests=false -Dwrite.docs=true`.\n\n")
                .append("- **built**: has its effect.\n")
                .append("- *accepted*: read and checked; needs no effect, for the reason given.\n")
                .append("- planned: read and checked; no effect in this version.\n")
                .append("- invention: never existed; the line is skipped with a warning that says what to write.\n")
                .append("- 🛡: protective. Planned and protective: the server does not start with it unless ")
                .append("`--accept-unprotected NAME` says that it may be left out.\n\n")
                .append("Old and tutorial names work; the reference name is given.\n");
        long built = count(Catalogue.State.BUILT);
        out.append("\n")
                .append(built)
                .append(" built, ")
                .append(count(Catalogue.State.ACCEPTED))
                .append(" accepted, ")
                .append(count(Catalogue.State.PLANNED))
                .append(" planned, ")
                .append(count(Catalogue.State.INVENTION))
                .append(" inventions.\n");
        blocks(out);
        for (BlockKind kind : BlockKind.values()) {
            scope(kind, out);
        }
        parts(out);
        inventions(out);
        return out.toString();
    }

    private static long count(Catalogue.State state) {
        return Catalogue.all().entries().stream()
                .filter(each -> each.state() == state)
                .mapToLong(each -> each.scopes().size())
                .sum();
    }

    private static void blocks(StringBuilder out) {
        out.append("\n## Blocks\n\n| block | stands | state | meaning |\n|---|---|---|---|\n");
        for (Catalogue.Entry each : Catalogue.all().entries()) {
            if (each.isBlock() && each.state() != Catalogue.State.INVENTION) {
                out.append("| `").append(each.name()).append("` | ");
                out.append(cell(String.join(
                        ", ", each.scopes().stream().map(BlockKind::described).toList())));
                out.append(" | ")
                        .append(state(each))
                        .append(" | ")
                        .append(cell(each.meaning()))
                        .append(" |\n");
            }
        }
    }

    private static void scope(BlockKind kind, StringBuilder out) {
        TreeMap<String, Catalogue.Entry> sorted = new TreeMap<>();
        for (String name : Catalogue.all().namesIn(kind)) {
            Catalogue.Entry entry = Catalogue.all().find(kind, name);
            if (entry != null && !entry.isBlock() && entry.state() != Catalogue.State.INVENTION) {
                sorted.put(name, entry);
            }
        }
        if (sorted.isEmpty()) {
            return;
        }
        out.append("\n## ")
                .append(kind == BlockKind.GLOBAL ? "Outside all blocks" : "In `<" + kind.tag() + ">`")
                .append("\n\n| directive | value | default | state | meaning |\n|---|---|---|---|---|\n");
        for (Catalogue.Entry each : sorted.values()) {
            out.append("| `").append(each.name()).append("` | ");
            out.append(cell(each.type().expects())).append(" | ");
            out.append(each.builtIn().isEmpty() ? "" : "`" + cell(each.builtIn()) + "`")
                    .append(" | ");
            out.append(state(each)).append(" | ").append(cell(each.meaning()));
            if (!each.reference().isEmpty() && !each.meaning().contains(each.reference())) {
                out.append(" Same as `").append(each.reference()).append("`.");
            }
            if (!each.note().isEmpty()) {
                out.append(" (").append(cell(each.note())).append(")");
            }
            out.append(" |\n");
        }
    }

    private static void parts(StringBuilder out) {
        out.append("\n## Words inside values and tags\n\n| word | where | state | meaning |\n|---|---|---|---|\n");
        for (Catalogue.Part each : Catalogue.all().parts()) {
            out.append("| `")
                    .append(each.word())
                    .append("` | ")
                    .append(each.where().replace('-', ' '))
                    .append(" | ")
                    .append(state(each.state()))
                    .append(" | ")
                    .append(cell(each.meaning()))
                    .append(each.note().isEmpty() ? "" : " (" + cell(each.note()) + ")")
                    .append(" |\n");
        }
    }

    private static void inventions(StringBuilder out) {
        out.append(
                        "\n## Names that never existed\n\nThey are found on the web. Their lines are skipped with a warning.\n\n")
                .append("| name | where | state | instead |\n|---|---|---|---|\n");
        for (Catalogue.Entry each : Catalogue.all().entries()) {
            if (each.state() == Catalogue.State.INVENTION) {
                List<String> where =
                        each.scopes().stream().map(BlockKind::described).toList();
                out.append("| `").append(each.name()).append("` | ");
                out.append(cell(String.join(", ", where)))
                        .append(" | ")
                        .append(state(each))
                        .append(" | ")
                        .append(cell(each.note()))
                        .append(" |\n");
            }
        }
    }

    private static String state(Catalogue.Entry entry) {
        return entry.isProtective() ? state(entry.state()) + " 🛡" : state(entry.state());
    }

    private static String state(Catalogue.State state) {
        return switch (state) {
            case BUILT -> "**built**";
            case ACCEPTED -> "*accepted*";
            case PLANNED -> "planned";
            case INVENTION -> "invention";
        };
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;").replace("\\*.]", "*.]");
    }
}
