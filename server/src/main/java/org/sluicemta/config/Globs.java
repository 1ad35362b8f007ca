package org.sluicemta.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Paths with wildcards: `*` and `?` in any part of a path, as a shell reads them; hidden files only when named.
final class Globs {
    /// Paths that one pattern may become.
    private static final int MOST = 10_000;

    private Globs() {}

    static boolean isPattern(String path) {
        return path.indexOf('*') >= 0 || path.indexOf('?') >= 0;
    }

    /// The files that match, in no order.
    static List<Path> expand(Path pattern, FileSource source) {
        List<Path> found = new ArrayList<>();
        Path root = pattern.getRoot();
        found.add(root == null ? Path.of("") : root);
        for (int i = 0; i < pattern.getNameCount(); i++) {
            String part = pattern.getName(i).toString();
            boolean isLast = i == pattern.getNameCount() - 1;
            List<Path> next = new ArrayList<>();
            for (Path folder : found) {
                if (!isPattern(part)) {
                    next.add(folder.resolve(part));
                    continue;
                }
                for (FileSource.Entry each : source.list(folder)) {
                    if (each.isFolder() != isLast && next.size() < MOST && matches(part, each.name())) {
                        next.add(folder.resolve(each.name()));
                    }
                }
            }
            found = next;
        }
        return found;
    }

    /// Linear in practice, quadratic at worst: on a mismatch only the last `*` is tried again.
    static boolean matches(String pattern, String name) {
        if (name.startsWith(".") && !pattern.startsWith(".")) {
            return false;
        }
        int p = 0;
        int n = 0;
        int star = -1;
        int mark = 0;
        while (n < name.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                mark = n;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == name.charAt(n))) {
                p++;
                n++;
            } else if (star >= 0) {
                p = star + 1;
                n = ++mark;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
