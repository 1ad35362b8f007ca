package org.sluicemta.config;

import java.util.List;

/// The line `pickup FOLDER BAD-FOLDER`.
public record PickupLine(String folder, String bad) {
    static Parsed<PickupLine> parse(String text) {
        List<Words.Word> words = Words.split(text);
        return words.size() == 2 && !words.get(0).text().equals(words.get(1).text())
                ? Parsed.good(new PickupLine(words.get(0).text(), words.get(1).text()))
                : Parsed.bad("two folders are wanted", "write pickup FOLDER BAD-FOLDER, on one file system");
    }
}
