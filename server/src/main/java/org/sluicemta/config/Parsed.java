package org.sluicemta.config;

/// What reading a value gave.
sealed interface Parsed<T> {
    /// A value as it should be.
    record Good<T>(T value) implements Parsed<T> {}

    /// A value that can be used, yet deserves a warning.
    ///
    /// @param id of the warning
    record Odd<T>(T value, String id, String what, String rule, String mend) implements Parsed<T> {}

    /// No value.
    ///
    /// @param offset in the text of the value where it goes wrong
    /// @param length of the wrong part
    record Bad<T>(String what, String mend, int offset, int length) implements Parsed<T> {}

    static <T> Parsed<T> good(T value) {
        return new Good<>(value);
    }

    static <T> Parsed<T> bad(String what, String mend) {
        return new Bad<>(what, mend, 0, Integer.MAX_VALUE);
    }

    static <T> Parsed<T> bad(Words.Word where, String what, String mend) {
        return new Bad<>(what, mend, where.offset(), where.length());
    }
}
