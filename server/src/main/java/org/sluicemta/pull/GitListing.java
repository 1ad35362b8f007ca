package org.sluicemta.pull;

import java.util.ArrayList;
import java.util.List;

/// The files of a commit that belong to a configuration: the main file, and all beside and below it.
/// Immutable.
///
/// @param main path of the main file from the folder that holds it: its name
record GitListing(String main, List<File> files) {
    /// @param path from the folder of the main file
    record File(String path, String object, int sizeBytes) {}

    /// Reads what `git ls-tree -r -l -z` wrote: `MODE TYPE OBJECT SIZE`, a tab, the path, a NUL.
    ///
    /// @param mainPath of the main file from the repository's top
    /// @throws PullException for what cannot be a configuration; the message says why
    static GitListing of(String listed, String mainPath) {
        int slash = mainPath.lastIndexOf('/');
        String folder = mainPath.substring(0, slash + 1);
        String main = mainPath.substring(slash + 1);
        List<File> files = new ArrayList<>();
        long bytes = 0;
        boolean hasMain = false;
        for (String line : listed.split("\0", -1)) {
            int tab = line.indexOf('\t');
            if (tab < 0) {
                continue;
            }
            String path = line.substring(tab + 1);
            if (!path.startsWith(folder)) {
                continue;
            }
            String inside = path.substring(folder.length());
            String[] words = line.substring(0, tab).trim().split(" +", -1);
            if (words.length != 4) {
                throw new PullException("git ls-tree wrote a line of " + words.length + " words");
            }
            if (words[0].equals("160000")) {
                continue; // another repository: nothing of it was fetched
            }
            if (words[0].equals("120000")) {
                throw new PullException("the repository has a symbolic link at " + Texts.quoted(path)
                        + "; put a file in its place, or include it by its path");
            }
            if (!Tree.isSound(inside)) {
                throw new PullException(
                        "the repository has a file whose name cannot be kept: " + Texts.quoted(path) + "; rename it");
            }
            int size = size(words[3], path);
            bytes += size;
            if (files.size() == Tree.MOST_FILES || bytes > Tree.MOST_BYTES) {
                throw new PullException("more than " + Tree.MOST_FILES + " files or " + (Tree.MOST_BYTES >> 20)
                        + " MB stand beside and below the main file; keep the configuration in a folder of its own");
            }
            files.add(new File(inside, words[2], size));
            hasMain |= inside.equals(main);
        }
        if (!hasMain) {
            throw new PullException("the repository has no file " + Texts.quoted(mainPath)
                    + "; name the main file with path=, or add it");
        }
        return new GitListing(main, List.copyOf(files));
    }

    private static int size(String word, String path) {
        try {
            long size = Long.parseLong(word);
            return size > Tree.MOST_BYTES ? Tree.MOST_BYTES + 1 : (int) size;
        } catch (NumberFormatException none) {
            throw new PullException("git ls-tree gave no size of " + Texts.quoted(path));
        }
    }

    /// The objects, one a line.
    String objects() {
        var out = new StringBuilder();
        files.forEach(each -> out.append(each.object()).append('\n'));
        return out.toString();
    }
}
