package org.sluicemta.pull;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Which versions are kept, which of them is in use, and whether pulling is held: the file `ledger` of
/// the folder of versions. Immutable.
///
/// @param current the number of the version in use; 0 for the local file
/// @param next the number of the next version: none is used twice
/// @param isHeld whether pulling waits for an operator, after a rollback
/// @param versions by number
public record Ledger(int current, int next, boolean isHeld, List<Version> versions) {
    public static final String FILE = "ledger";
    public static final Ledger EMPTY = new Ledger(0, 1, false, List.of());
    /// Enough to find the last one that did well; a version has some megabytes at most.
    static final int MOST_VERSIONS = 10;

    static final int MOST_BYTES = 64 * 1024;
    private static final String HEAD = "sluice-pulled 1";

    public Ledger {
        versions = versions.stream()
                .sorted(Comparator.comparingInt(Version::number))
                .toList();
    }

    public Optional<Version> version(int number) {
        return versions.stream().filter(each -> each.number() == number).findFirst();
    }

    /// The version in use; empty for the local file.
    public Optional<Version> inUse() {
        return version(current);
    }

    /// The number of the version that was adopted before the one in use; 0 for the local file.
    int before() {
        return versions.stream()
                .mapToInt(Version::number)
                .filter(number -> number < current)
                .max()
                .orElse(0);
    }

    /// With one more version, in use; the oldest go beyond [#MOST_VERSIONS]. An earlier one of the same
    /// files goes too, so that the number before is always something else.
    Ledger adding(Version version) {
        var all = new ArrayList<>(versions);
        all.removeIf(each -> each.fingerprint().equals(version.fingerprint()));
        all.add(version);
        while (all.size() > MOST_VERSIONS) {
            // The one that was in use until now is what a failed adoption goes back to.
            all.remove(all.getFirst().number() == current ? 1 : 0);
        }
        return new Ledger(version.number(), version.number() + 1, false, all);
    }

    Ledger pointing(int number, boolean held) {
        return new Ledger(number, next, held, versions);
    }

    Ledger holding(boolean held) {
        return new Ledger(current, next, held, versions);
    }

    Ledger replacing(Version version) {
        return new Ledger(
                current,
                next,
                isHeld,
                versions.stream()
                        .map(each -> each.number() == version.number() ? version : each)
                        .toList());
    }

    /// As the file has it.
    byte[] text() {
        var out = new StringBuilder(HEAD).append('\n');
        out.append("current ").append(current).append('\n');
        out.append("next ").append(next).append('\n');
        out.append("held ").append(isHeld ? "yes" : "no").append('\n');
        for (Version each : versions) {
            out.append("version ")
                    .append(each.number())
                    .append(' ')
                    .append(each.fetchedMillis())
                    .append(' ')
                    .append(each.revision())
                    .append(' ')
                    .append(each.fingerprint())
                    .append(' ')
                    .append(each.etag().isEmpty() ? "-" : each.etag())
                    .append('\t')
                    .append(each.main())
                    .append('\t')
                    .append(each.from())
                    .append('\n');
        }
        out.append("end\n");
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    /// @throws PullException for what is no whole ledger; the message says how to mend it
    public static Ledger of(byte[] bytes) {
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
        if (lines.length < 6 || !lines[0].equals(HEAD) || !lines[lines.length - 2].equals("end")) {
            throw broken();
        }
        try {
            var versions = new ArrayList<Version>();
            for (int i = 4; i < lines.length - 2; i++) {
                versions.add(version(lines[i]));
            }
            var ledger = new Ledger(
                    number(lines[1], "current "), number(lines[2], "next "), lines[3].equals("held yes"), versions);
            if (ledger.current != 0 && ledger.inUse().isEmpty()) {
                throw broken();
            }
            return ledger;
        } catch (NumberFormatException notOurs) {
            throw broken();
        }
    }

    private static int number(String line, String name) {
        if (!line.startsWith(name)) {
            throw broken();
        }
        return Integer.parseInt(line.substring(name.length()));
    }

    private static Version version(String line) {
        String[] parts = line.split("\t", -1);
        String[] words = parts[0].split(" ", -1);
        if (parts.length != 3 || words.length != 6 || !words[0].equals("version") || !Tree.isSound(parts[1])) {
            throw broken();
        }
        return new Version(
                Integer.parseInt(words[1]),
                Long.parseLong(words[2]),
                words[3],
                words[5].equals("-") ? "" : words[5],
                words[4],
                parts[1],
                parts[2]);
    }

    private static PullException broken() {
        return new PullException("the ledger of pulled versions is not whole; remove the file `" + FILE
                + "` to start from the local file, and pull again");
    }

    /// An entity tag that the file can hold, else empty: then the document is fetched each time.
    static String soundEtag(String etag) {
        boolean isSound =
                etag.length() <= 200 && !etag.equals("-") && etag.chars().allMatch(c -> c > ' ' && c < 0x7f);
        return isSound ? etag : "";
    }
}
