package org.sluicemta.config;

import org.sluicemta.settings.Origin;

/// Where something stands in a file.
///
/// @param line from 1
/// @param column from 1, in characters
/// @param length of what is meant, at least 1
record Place(SourceFile file, int line, int column, int length) implements Comparable<Place> {
    Origin.Line origin(String scope) {
        return new Origin.Line(file.name(), line, column, scope);
    }

    /// The line as it may be shown: a password in an address is masked.
    String sourceLine() {
        return line >= 1 && line <= file.lineCount() ? ConfigSourceReader.masked(file.line(line)) : "";
    }

    /// `file:line`, the form in which one place is named inside a sentence about another.
    String brief() {
        return file.name() + ":" + line;
    }

    @Override
    public int compareTo(Place other) {
        int byFile = file.name().compareTo(other.file.name());
        int byLine = byFile != 0 ? byFile : Integer.compare(line, other.line);
        return byLine != 0 ? byLine : Integer.compare(column, other.column);
    }
}
