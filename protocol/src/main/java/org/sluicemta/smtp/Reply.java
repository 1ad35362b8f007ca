package org.sluicemta.smtp;

import java.util.List;
import java.util.Optional;

/// A complete reply, all its lines: what the remote server said, or what our server says. Immutable.
/// Source: RFC 5321 section 4.2.1.
public sealed interface Reply {
    ReplyCode code();

    /// The texts behind the code and its blank or hyphen; never empty, a text may be. No line holds a control
    /// character.
    List<String> lines();

    /// 2yz: done.
    record Completion(ReplyCode code, List<String> lines) implements Reply {
        public Completion {
            lines = checked(code, 2, lines);
        }
    }

    /// 3yz: go on.
    record Intermediate(ReplyCode code, List<String> lines) implements Reply {
        public Intermediate {
            lines = checked(code, 3, lines);
        }
    }

    /// 4yz: not now.
    record TransientNegative(ReplyCode code, List<String> lines) implements Reply {
        public TransientNegative {
            lines = checked(code, 4, lines);
        }
    }

    /// 5yz: no.
    record PermanentNegative(ReplyCode code, List<String> lines) implements Reply {
        public PermanentNegative {
            lines = checked(code, 5, lines);
        }
    }

    /// @throws SmtpException when `code` does not exist, or a line holds a control character
    static Reply of(int code, String line) {
        return of(ReplyCode.of(code), List.of(line));
    }

    /// @throws SmtpException when there is no line, or one holds a control character
    static Reply of(ReplyCode code, List<String> lines) {
        return switch (code.firstDigit()) {
            case 2 -> new Completion(code, lines);
            case 3 -> new Intermediate(code, lines);
            case 4 -> new TransientNegative(code, lines);
            default -> new PermanentNegative(code, lines);
        };
    }

    /// The enhanced code that the first line begins with, if its class is that of the reply; on a mismatch the reply
    /// code alone counts. Source: RFC 2034 section 4.
    default Optional<EnhancedStatusCode> enhanced() {
        return EnhancedStatusCode.startOf(lines().getFirst()).filter(e -> e.statusClass() == code().firstDigit());
    }

    /// Whether the first line begins with an enhanced code of another class than the reply's.
    default boolean hasEnhancedMismatch() {
        return EnhancedStatusCode.startOf(lines().getFirst())
                .filter(e -> e.statusClass() != code().firstDigit())
                .isPresent();
    }

    /// What reply patterns are matched against and people are shown: the code, then all lines joined by one blank, an
    /// enhanced code repeated on later lines left out. Source: RFC 2034 section 4.
    default String text() {
        List<String> lines = lines();
        String first = lines.getFirst();
        if (lines.size() == 1) {
            return first.isEmpty() ? code().toString() : code() + " " + first;
        }
        int enhanced = EnhancedStatusCode.lengthAtStart(first);
        var all = new StringBuilder(code().toString());
        if (!first.isEmpty()) {
            all.append(' ').append(first);
        }
        for (int i = 1; i < lines.size(); i++) {
            String line = lines.get(i);
            boolean isRepeated = enhanced > 0
                    && EnhancedStatusCode.lengthAtStart(line) == enhanced
                    && line.regionMatches(0, first, 0, enhanced);
            String rest = isRepeated ? line.substring(Math.min(line.length(), enhanced + 1)) : line;
            if (!rest.isEmpty()) {
                all.append(' ').append(rest);
            }
        }
        return all.toString();
    }

    /// Whether this is 421: the server is about to close.
    default boolean isClosing() {
        return code().value() == 421;
    }

    private static List<String> checked(ReplyCode code, int firstDigit, List<String> lines) {
        if (code.firstDigit() != firstDigit) {
            throw new SmtpException("reply code " + code + " is no " + firstDigit + "yz");
        }
        if (lines.isEmpty()) {
            throw new SmtpException("reply " + code + " has no line; give one, it may be empty");
        }
        List<String> copy = List.copyOf(lines);
        for (int n = 0; n < copy.size(); n++) {
            String line = copy.get(n);
            for (int i = 0; i < line.length(); i++) {
                char c = line.charAt(i);
                if (c < ' ' && c != '\t' || c == 127) {
                    throw new SmtpException("reply " + code + " has character " + (int) c + " in line " + (n + 1)
                            + "; control characters cannot be sent");
                }
            }
        }
        return copy;
    }
}
