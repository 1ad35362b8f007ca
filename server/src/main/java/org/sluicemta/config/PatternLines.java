package org.sluicemta.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// How the lines of a pattern list are written: `mail-from /regex/ virtual-mta=NAME`, `header NAME /regex/ RESULT`,
/// `* RESULT`; a result may have several parts, with commas.
final class PatternLines {
    private PatternLines() {}

    /// @param header in lower case; empty where the line is about an address
    record Parts(String header, String regex, PatternRule.Result result) {}

    /// What a keyword is about; empty for one that stands in no pattern list.
    static Optional<PatternRule.Subject> subject(String keyword) {
        return switch (keyword) {
            case "mail-from" -> Optional.of(PatternRule.Subject.MAIL_FROM);
            case "rcpt-to" -> Optional.of(PatternRule.Subject.RCPT_TO);
            case "header" -> Optional.of(PatternRule.Subject.HEADER);
            case "*" -> Optional.of(PatternRule.Subject.REST);
            default -> Optional.empty();
        };
    }

    /// @param needsResult false in front of a nested list
    static Parsed<Parts> parse(String text, PatternRule.Subject subject, boolean needsResult) {
        int from = 0;
        String header = "";
        if (subject == PatternRule.Subject.HEADER) {
            while (from < text.length() && !Parser.isBlank(text.charAt(from)) && text.charAt(from) != '/') {
                from++;
            }
            header = text.substring(0, from).toLowerCase(Locale.ROOT);
            if (header.endsWith(":")) {
                header = header.substring(0, header.length() - 1);
            }
            if (header.isEmpty()) {
                return Parsed.bad("the name of the header is missing", "write header NAME /pattern/ virtual-mta=NAME");
            }
            while (from < text.length() && Parser.isBlank(text.charAt(from))) {
                from++;
            }
        }
        String regex = "";
        int after = from;
        if (subject != PatternRule.Subject.REST) {
            int close = from < text.length() && text.charAt(from) == '/' ? Regexes.closing(text, from) : -1;
            if (close < 0) {
                return Parsed.bad("there is no /pattern/", "write /pattern/ virtual-mta=NAME");
            }
            regex = Regexes.plain(text.substring(from + 1, close));
            String fault = Regexes.fault(regex);
            if (fault != null) {
                return new Parsed.Bad<>(
                        "the pattern cannot be read: " + fault, "mend the pattern", from, close + 1 - from);
            }
            after = close + 1;
        }
        List<Words.Word> words = Words.items(text.substring(after));
        if (words.isEmpty()) {
            return needsResult
                    ? Parsed.bad("the pattern chooses nothing", "write virtual-mta=NAME after the pattern")
                    : Parsed.good(new Parts(header, regex, PatternRule.Result.NONE));
        }
        return result(header, regex, words, after);
    }

    private static Parsed<Parts> result(String header, String regex, List<Words.Word> words, int shift) {
        String virtualMta = "";
        String callTo = "";
        OptionalInt priority = OptionalInt.empty();
        for (Words.Word each : words) {
            String lower = each.text().toLowerCase(Locale.ROOT);
            Words.Word where = new Words.Word(each.text(), shift + each.offset(), each.length());
            if (lower.startsWith("virtual-mta=") && lower.length() > 12) {
                virtualMta = Configuration.canonicalName(Words.whole(each.text().substring(12)));
            } else if (lower.startsWith("call-to:") && lower.length() > 8) {
                callTo = Configuration.canonicalName(each.text().substring(8).strip());
            } else if (lower.startsWith("recipient-priority=")) {
                String number = lower.substring("recipient-priority=".length());
                if (!number.matches("\\d{1,3}") || Integer.parseInt(number) > 100) {
                    return Parsed.bad(
                            where, Problems.quote(number) + " is not a priority", "write recipient-priority=0 to 100");
                }
                priority = OptionalInt.of(Integer.parseInt(number));
            } else {
                return Parsed.bad(
                        where,
                        Problems.quote(each.text()) + " is not a result",
                        "write virtual-mta=NAME, recipient-priority=NUMBER or call-to:LIST");
            }
        }
        return Parsed.good(new Parts(header, regex, new PatternRule.Result(virtualMta, priority, callTo)));
    }
}
