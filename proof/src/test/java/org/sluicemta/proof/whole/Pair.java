package org.sluicemta.proof.whole;

import java.util.Locale;

/// One recipient of one message; the reverse-path names the message.
record Pair(String reversePath, String recipient) implements Comparable<Pair> {
    Pair {
        reversePath = bare(reversePath);
        recipient = bare(recipient).toLowerCase(Locale.ROOT);
    }

    private static String bare(String path) {
        return path.startsWith("<") && path.endsWith(">") ? path.substring(1, path.length() - 1) : path;
    }

    /// The recipient's.
    String domain() {
        return recipient.substring(recipient.indexOf('@') + 1);
    }

    @Override
    public int compareTo(Pair other) {
        int byPath = reversePath.compareTo(other.reversePath);
        return byPath != 0 ? byPath : recipient.compareTo(other.recipient);
    }

    @Override
    public String toString() {
        return reversePath + " to " + recipient;
    }
}
