package org.sluicemta.spf;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A policy, understood as a whole before any of it is evaluated. Source: RFC 7208 sections 4.6, 5, 6, 12.
///
/// @param redirect whose policy counts where nothing matches; null for nobody's
/// @param explanation where the text about a failure is found; null for none
record SpfRecord(
        List<Directive> directives,
        @Nullable MacroText redirect,
        @Nullable MacroText explanation) {
    /// The prefix lengths behind a name; linear, for all its parts are anchored at the end.
    private static final Pattern LENGTHS = Pattern.compile("(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?\\z");

    private static final Pattern MODIFIER = Pattern.compile("([A-Za-z][A-Za-z0-9._-]*)=(.*)");

    /// @param result what it means when the mechanism matches
    /// @param text as it was written
    record Directive(SpfResult result, Mechanism mechanism, String text) {}

    /// What may match. A target that is null is the domain itself.
    sealed interface Mechanism {}

    record All() implements Mechanism {}

    record Include(MacroText target) implements Mechanism {}

    record A(@Nullable MacroText target, int bits4, int bits6) implements Mechanism {}

    record Mx(@Nullable MacroText target, int bits4, int bits6) implements Mechanism {}

    record Ptr(@Nullable MacroText target) implements Mechanism {}

    record Network(InetAddress address, int bits) implements Mechanism {}

    record Exists(MacroText target) implements Mechanism {}

    SpfRecord {
        directives = List.copyOf(directives);
    }

    /// Whether a TXT record is a policy of this version. Source: RFC 7208 section 4.5.
    static boolean isOne(String text) {
        return text.regionMatches(true, 0, "v=spf1", 0, 6) && (text.length() == 6 || text.charAt(6) == ' ');
    }

    /// @throws SpfSyntax where any of it is wrong
    static SpfRecord parse(String text) {
        var directives = new ArrayList<Directive>();
        MacroText redirect = null;
        MacroText explanation = null;
        for (String term : text.substring(6).split(" ", -1)) {
            if (term.isEmpty()) {
                continue;
            }
            try {
                Matcher modifier = MODIFIER.matcher(term);
                if (!modifier.matches()) {
                    directives.add(directive(term));
                    continue;
                }
                String value = modifier.group(2);
                switch (modifier.group(1).toLowerCase(Locale.ROOT)) {
                    case "redirect" -> {
                        once(redirect);
                        redirect = MacroText.domain(value);
                    }
                    case "exp" -> {
                        once(explanation);
                        explanation = MacroText.domain(value);
                    }
                    default -> {
                        MacroText unused = MacroText.value(value);
                    }
                }
            } catch (SpfSyntax e) {
                throw new SpfSyntax("\"" + cut(term) + "\": " + e.getMessage());
            }
        }
        return new SpfRecord(directives, redirect, explanation);
    }

    private static void once(@Nullable MacroText before) {
        if (before != null) {
            throw new SpfSyntax("it stands there twice");
        }
    }

    private static String cut(String term) {
        return term.length() <= 80 ? term : term.substring(0, 80) + "...";
    }

    private static Directive directive(String term) {
        SpfResult result =
                switch (term.charAt(0)) {
                    case '-' -> SpfResult.FAIL;
                    case '~' -> SpfResult.SOFTFAIL;
                    case '?' -> SpfResult.NEUTRAL;
                    default -> SpfResult.PASS;
                };
        boolean isQualified = "+-~?".indexOf(term.charAt(0)) >= 0;
        return new Directive(result, mechanism(isQualified ? term.substring(1) : term), term);
    }

    private static Mechanism mechanism(String term) {
        int end = 0;
        while (end < term.length() && term.charAt(end) != ':' && term.charAt(end) != '/') {
            end++;
        }
        String name = term.substring(0, end).toLowerCase(Locale.ROOT);
        String rest = term.substring(end);
        return switch (name) {
            case "all" -> {
                if (!rest.isEmpty()) {
                    throw new SpfSyntax("all takes nothing behind it");
                }
                yield new All();
            }
            case "include" -> new Include(needed(rest));
            case "exists" -> new Exists(needed(rest));
            case "ptr" -> new Ptr(rest.isEmpty() ? null : needed(rest));
            case "a", "mx" -> hosts(name, rest);
            case "ip4" -> network(rest, true);
            case "ip6" -> network(rest, false);
            default -> throw new SpfSyntax("there is no such mechanism");
        };
    }

    private static MacroText needed(String rest) {
        if (!rest.startsWith(":")) {
            throw new SpfSyntax("a domain is missing");
        }
        return MacroText.domain(rest.substring(1));
    }

    private static Mechanism hosts(String name, String rest) {
        Matcher lengths = LENGTHS.matcher(rest);
        if (!lengths.find()) {
            throw new SpfSyntax("it cannot be understood");
        }
        int bits4 = bits(lengths.group(1), 32);
        int bits6 = bits(lengths.group(2), 128);
        String spec = rest.substring(0, lengths.start());
        MacroText target = spec.isEmpty() ? null : needed(spec);
        return name.equals("a") ? new A(target, bits4, bits6) : new Mx(target, bits4, bits6);
    }

    private static int bits(@Nullable String text, int most) {
        int bits = text == null ? most : Integer.parseInt(text);
        if (bits > most) {
            throw new SpfSyntax("a prefix of " + bits + " bits is longer than an address");
        }
        return bits;
    }

    private static Mechanism network(String rest, boolean isV4) {
        int slash = rest.indexOf('/');
        String spelled = rest.substring(Math.min(1, rest.length()), slash < 0 ? rest.length() : Math.max(1, slash));
        String length = slash < 0 ? null : rest.substring(slash + 1);
        if (!rest.startsWith(":") || length != null && !length.matches("0|[1-9][0-9]{0,2}")) {
            throw new SpfSyntax("it is no network");
        }
        boolean isSpelled = isV4
                ? spelled.matches("(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\\.(?!$)|$)){4}")
                : spelled.indexOf(':') >= 0 && spelled.matches("[0-9A-Fa-f:.]+");
        try {
            InetAddress address = isSpelled ? InetAddress.ofLiteral(spelled) : null;
            if (address != null) {
                // A v4-mapped network is written for clients that come as IPv4: those are judged by ip4.
                boolean isMapped = !isV4 && address instanceof Inet4Address;
                return new Network(
                        address, isMapped ? Math.max(0, bits(length, 128) - 96) : bits(length, isV4 ? 32 : 128));
            }
        } catch (IllegalArgumentException e) {
            throw new SpfSyntax("\"" + spelled + "\" is no address");
        }
        throw new SpfSyntax("\"" + spelled + "\" is no address");
    }
}
