package org.sluicemta.config;

import java.util.List;
import java.util.Locale;

/// A piece of a parsed configuration: a block with its children, or one directive.
sealed interface Node {
    Place place();

    /// `<tag argument>` ... `</tag>`.
    ///
    /// @param tag in lower case; empty for the root of a file
    /// @param argument as written between the tag and `>`, trimmed
    /// @param lead what stood in front of the tag on its line: the condition of an anonymous pattern list, else
    ///     empty
    record Block(String tag, String argument, String lead, Place place, Place argumentPlace, List<Node> children)
            implements Node {
        @Override
        public String toString() {
            return "<" + tag + (argument.isEmpty() ? "" : " " + argument) + ">";
        }
    }

    /// One directive, its comment taken off and its continuation lines joined.
    ///
    /// @param keyword as written; empty for a line that begins with a regular expression
    /// @param value everything after the keyword, trimmed, quotes and escapes untouched
    /// @param origins where each stretch of `value` stood, in order; never empty
    record Line(String keyword, String value, Place place, List<Stretch> origins) implements Node {
        /// The keyword for comparison: keywords do not distinguish case.
        String name() {
            return keyword.toLowerCase(Locale.ROOT);
        }

        /// The place of `length` characters of the value from `offset`.
        Place placeOf(int offset, int length) {
            Stretch last = origins.getFirst();
            for (Stretch each : origins) {
                if (each.offset() <= offset) {
                    last = each;
                }
            }
            return new Place(
                    place.file(),
                    last.line(),
                    last.column() + Math.max(0, offset - last.offset()),
                    Math.max(1, length));
        }

        Place valuePlace() {
            return placeOf(0, value.length());
        }
    }

    /// From `offset` in the value on, the text stood at this line and column.
    record Stretch(int offset, int line, int column) {}
}
