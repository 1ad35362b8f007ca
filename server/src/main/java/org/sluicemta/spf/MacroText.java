package org.sluicemta.spf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// A text with macros, understood once and expanded for each client. Source: RFC 7208 section 7.
///
/// @param parts in order
record MacroText(List<Part> parts) {
    /// Letters that a domain may have; the others belong to explanations alone.
    private static final String LETTERS = "slodiphv";

    private static final String LETTERS_OF_EXPLANATIONS = LETTERS + "crt";
    private static final String DELIMITERS = ".-+,/_=";

    /// A piece of it.
    sealed interface Part {}

    record Literal(String text) implements Part {}

    /// @param letter lower case
    /// @param isEscaped whether what is not plain in a URL is escaped
    /// @param most parts kept from the right; 0 for all
    record Macro(char letter, boolean isEscaped, int most, boolean isReversed, String delimiters) implements Part {}

    MacroText {
        parts = List.copyOf(parts);
    }

    /// The target of a mechanism or of `redirect`: it ends in a macro, or in a label that may stand on top.
    static MacroText domain(String text) {
        MacroText parsed = parse(text, LETTERS, false);
        if (parsed.parts.isEmpty()) {
            throw new SpfSyntax("a name is missing");
        }
        if (parsed.parts.getLast() instanceof Literal(String tail) && !endsInTopLabel(tail)) {
            throw new SpfSyntax("\"" + text + "\" is no domain");
        }
        return parsed;
    }

    /// The value of a modifier that is not known.
    static MacroText value(String text) {
        return parse(text, LETTERS_OF_EXPLANATIONS, false);
    }

    /// What a domain says of a failure.
    static MacroText explanation(String text) {
        return parse(text, LETTERS_OF_EXPLANATIONS, true);
    }

    private static boolean endsInTopLabel(String text) {
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        int dot = name.lastIndexOf('.');
        String label = name.substring(dot + 1);
        boolean isLabel = !label.isEmpty()
                && label.chars().allMatch(c -> isAlphanumeric(c) || c == '-')
                && !label.startsWith("-")
                && !label.endsWith("-")
                && !label.chars().allMatch(c -> c >= '0' && c <= '9');
        return dot >= 0 && isLabel;
    }

    private static boolean isAlphanumeric(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    private static MacroText parse(String text, String letters, boolean hasBlanks) {
        var parts = new ArrayList<Part>();
        var literal = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '%') {
                if (c < '!' && !(hasBlanks && c == ' ') || c > '~') {
                    throw new SpfSyntax("it has a character that may not stand there");
                }
                literal.append(c);
                continue;
            }
            i++;
            char kind = i < text.length() ? text.charAt(i) : ' ';
            switch (kind) {
                case '%' -> literal.append('%');
                case '_' -> literal.append(' ');
                case '-' -> literal.append("%20");
                case '{' -> {
                    int close = text.indexOf('}', i);
                    if (close < 0) {
                        throw new SpfSyntax("a macro has no closing brace");
                    }
                    if (!literal.isEmpty()) {
                        parts.add(new Literal(literal.toString()));
                        literal.setLength(0);
                    }
                    parts.add(macro(text.substring(i + 1, close), letters));
                    i = close;
                }
                default -> throw new SpfSyntax("a percent sign stands alone; %% is one");
            }
        }
        if (!literal.isEmpty()) {
            parts.add(new Literal(literal.toString()));
        }
        return new MacroText(parts);
    }

    private static Macro macro(String inside, String letters) {
        char given = inside.isEmpty() ? ' ' : inside.charAt(0);
        char letter = Character.toLowerCase(given);
        if (letters.indexOf(letter) < 0 || given > '~') {
            throw new SpfSyntax("there is no macro %{" + inside + "} here");
        }
        int at = 1;
        int most = 0;
        while (at < inside.length() && inside.charAt(at) >= '0' && inside.charAt(at) <= '9') {
            // More parts than a name can have are as good as all.
            most = Math.min(1_000, most * 10 + (inside.charAt(at) - '0'));
            at++;
        }
        if (at > 1 && most == 0) {
            throw new SpfSyntax("%{" + inside + "} keeps no part");
        }
        boolean isReversed = at < inside.length() && Character.toLowerCase(inside.charAt(at)) == 'r';
        at += isReversed ? 1 : 0;
        String delimiters = inside.substring(at);
        if (!delimiters.chars().allMatch(c -> DELIMITERS.indexOf(c) >= 0)) {
            throw new SpfSyntax("%{" + inside + "} splits at what no macro splits at");
        }
        return new Macro(
                letter, Character.isUpperCase(given), most, isReversed, delimiters.isEmpty() ? "." : delimiters);
    }

    boolean uses(char letter) {
        return parts.stream().anyMatch(part -> part instanceof Macro macro && macro.letter == letter);
    }

    /// @param values of the letters
    String expand(Function<Character, String> values) {
        var out = new StringBuilder();
        for (Part part : parts) {
            switch (part) {
                case Literal literal -> out.append(literal.text);
                case Macro macro -> out.append(transformed(macro, values.apply(macro.letter)));
            }
        }
        return out.toString();
    }

    private static String transformed(Macro macro, String value) {
        List<String> pieces = split(value, macro.delimiters);
        if (macro.isReversed) {
            Collections.reverse(pieces);
        }
        if (macro.most > 0 && pieces.size() > macro.most) {
            pieces = pieces.subList(pieces.size() - macro.most, pieces.size());
        }
        String joined = String.join(".", pieces);
        return macro.isEscaped ? escaped(joined) : joined;
    }

    private static List<String> split(String value, String delimiters) {
        var pieces = new ArrayList<String>();
        int from = 0;
        for (int i = 0; i < value.length(); i++) {
            if (delimiters.indexOf(value.charAt(i)) >= 0) {
                pieces.add(value.substring(from, i));
                from = i + 1;
            }
        }
        pieces.add(value.substring(from));
        return pieces;
    }

    /// Source: RFC 3986 section 2.3, the unreserved characters.
    private static String escaped(String text) {
        var out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (isAlphanumeric(b) || b == '-' || b == '.' || b == '_' || b == '~') {
                out.append((char) b);
            } else {
                out.append(String.format(Locale.ROOT, "%%%02X", b));
            }
        }
        return out.toString();
    }
}
