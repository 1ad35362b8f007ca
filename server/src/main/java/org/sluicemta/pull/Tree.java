package org.sluicemta.pull;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The files of one version, in memory. Immutable; the bytes are not to be changed.
///
/// @param main the file that is loaded, one of `files`
/// @param files by path from the top, with `/`, at most [#MOST_FILES] with [#MOST_BYTES] together
public record Tree(String main, SortedMap<String, byte[]> files) {
    /// A configuration has some dozens of files; thousands are a mistake in the path.
    public static final int MOST_FILES = 2_000;
    /// The largest configurations known have some megabytes.
    public static final int MOST_BYTES = 16 << 20;

    public Tree {
        files = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(files));
        if (!files.containsKey(main)) {
            throw new IllegalArgumentException("the main file " + main + " is not among the files");
        }
    }

    public static Tree ofOne(String main, byte[] bytes) {
        return new Tree(main, new TreeMap<>(Map.of(main, bytes)));
    }

    /// SHA-256 over names and contents, in hexadecimal: equal for equal trees.
    public String fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            add(digest, main.getBytes(StandardCharsets.UTF_8));
            files.forEach((path, bytes) -> {
                add(digest, path.getBytes(StandardCharsets.UTF_8));
                add(digest, bytes);
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException never) {
            throw new IllegalStateException("every JDK has SHA-256", never);
        }
    }

    private static void add(MessageDigest digest, byte[] part) {
        digest.update((part.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(part);
    }

    /// Whether `path` stays inside a folder, with names that every file system takes and a ledger can
    /// hold.
    static boolean isSound(String path) {
        if (path.isEmpty() || path.length() > 1_000 || path.startsWith("/")) {
            return false;
        }
        for (int i = 0; i < path.length(); i++) {
            if (Character.isISOControl(path.charAt(i))) {
                return false;
            }
        }
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.length() > 200) {
                return false;
            }
        }
        return true;
    }
}
