package org.sluicemta.config;

/// Writes a tree in the form a careful person would: four blanks a level, one directive a line, no comments.
/// Reading the result gives the same tree.
final class TreePrinter {
    private TreePrinter() {}

    static String print(Node.Block root) {
        StringBuilder out = new StringBuilder();
        children(root, 0, out);
        return out.toString();
    }

    private static void children(Node.Block block, int depth, StringBuilder out) {
        for (Node each : block.children()) {
            out.append("    ".repeat(depth));
            switch (each) {
                case Node.Line line -> {
                    out.append(line.keyword());
                    if (!line.keyword().isEmpty() && !line.value().isEmpty()) {
                        out.append(' ');
                    }
                    out.append(line.value()).append('\n');
                }
                case Node.Block inner -> {
                    if (!inner.lead().isEmpty()) {
                        out.append(inner.lead()).append(' ');
                    }
                    out.append(inner).append('\n');
                    children(inner, depth + 1, out);
                    out.append("    ".repeat(depth))
                            .append("</")
                            .append(inner.tag())
                            .append(">\n");
                }
            }
        }
    }
}
