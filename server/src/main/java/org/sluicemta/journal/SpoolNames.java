package org.sluicemta.journal;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The names of the files in a spool folder. Anything else there is a stranger's.
final class SpoolNames {
    static final String ID = "spool-id";
    static final String LOCK = "lock";
    static final String UNFINISHED = ".new";

    private static final Pattern SEGMENT = Pattern.compile("(content|events)-([0-9a-f]{16})");
    private static final Pattern SPARE = Pattern.compile("spare-(content|events)-([0-9a-f]{16})");
    private static final Pattern CHECKPOINT = Pattern.compile("checkpoint-([0-9a-f]{16})");
    private static final Pattern OURS =
            Pattern.compile("spool-id|lock|(quarantine-|spare-)?(content|events)-[0-9a-f]{16}|checkpoint-[0-9a-f]{16}"
                    + "|(spool-id|checkpoint-[0-9a-f]{16})\\.new");

    private SpoolNames() {}

    /// A stream and a number in a name.
    record Numbered(StreamKind stream, long number) {}

    static boolean isOurs(String name) {
        return OURS.matcher(name).matches();
    }

    static String segment(StreamKind stream, long id) {
        return String.format("%s-%016x", stream.fileName(), id);
    }

    static String spare(StreamKind stream, long number) {
        return "spare-" + segment(stream, number);
    }

    static String quarantine(StreamKind stream, long id) {
        return "quarantine-" + segment(stream, id);
    }

    static String checkpoint(long number) {
        return String.format("checkpoint-%016x", number);
    }

    static Optional<Numbered> asSegment(String name) {
        return numbered(SEGMENT.matcher(name));
    }

    static Optional<Numbered> asSpare(String name) {
        return numbered(SPARE.matcher(name));
    }

    static Optional<Long> asCheckpoint(String name) {
        Matcher matcher = CHECKPOINT.matcher(name);
        return matcher.matches() ? Optional.of(Long.parseUnsignedLong(matcher.group(1), 16)) : Optional.empty();
    }

    private static Optional<Numbered> numbered(Matcher matcher) {
        if (!matcher.matches()) {
            return Optional.empty();
        }
        StreamKind stream =
                matcher.group(1).equals(StreamKind.CONTENT.fileName()) ? StreamKind.CONTENT : StreamKind.EVENTS;
        return Optional.of(new Numbered(stream, Long.parseUnsignedLong(matcher.group(2), 16)));
    }
}
