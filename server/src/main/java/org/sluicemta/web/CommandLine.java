package org.sluicemta.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Splits a command as a person types it: words between blanks, or between double quotes.
final class CommandLine {
    private CommandLine() {}

    /// @return empty where there is no word, too many, or a quote that does not end
    static Optional<List<String>> words(String line) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        boolean isWord = false;
        boolean isQuoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                isQuoted = !isQuoted;
                isWord = true;
            } else if (isQuoted || !Character.isWhitespace(c)) {
                word.append(c);
                isWord = true;
            } else if (isWord) {
                words.add(word.toString());
                word.setLength(0);
                isWord = false;
            }
        }
        if (isWord) {
            words.add(word.toString());
        }
        return isQuoted || words.isEmpty() || words.size() > Json.MOST_WORDS
                ? Optional.empty()
                : Optional.of(List.copyOf(words));
    }
}
