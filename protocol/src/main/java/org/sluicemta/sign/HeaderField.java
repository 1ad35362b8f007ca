package org.sluicemta.sign;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// One field of a header section, within the section's bytes.
///
/// @param name lower case, without the blanks that may stand in front of the colon
/// @param text the whole section
/// @param from where the field begins
/// @param length with its folded lines and its last CRLF
/// @param valueFrom behind the colon
record HeaderField(String name, byte[] text, int from, int length, int valueFrom) {
    /// The fields of a section in order. Lines that are no field are left out: they cannot be signed.
    ///
    /// @param section lines that end in CRLF, without the empty line
    static List<HeaderField> all(byte[] section) {
        var fields = new ArrayList<HeaderField>();
        int at = 0;
        while (at < section.length) {
            int end = lineEnd(section, at);
            while (end < section.length && (section[end] == ' ' || section[end] == '\t')) {
                end = lineEnd(section, end);
            }
            int colon = at;
            while (colon < end && section[colon] != ':' && section[colon] != '\r') {
                colon++;
            }
            if (colon > at && colon < end && section[colon] == ':') {
                int nameEnd = colon;
                while (nameEnd > at && (section[nameEnd - 1] == ' ' || section[nameEnd - 1] == '\t')) {
                    nameEnd--;
                }
                String name = new String(section, at, nameEnd - at, StandardCharsets.ISO_8859_1);
                fields.add(new HeaderField(name.toLowerCase(Locale.ROOT), section, at, end - at, colon + 1));
            }
            at = end;
        }
        return fields;
    }

    private static int lineEnd(byte[] text, int from) {
        for (int i = from; i < text.length; i++) {
            if (text[i] == '\n') {
                return i + 1;
            }
        }
        return text.length;
    }

    /// The value without line ends and outer white space; bytes above 127 read as UTF-8.
    String value() {
        return new String(text, valueFrom, from + length - valueFrom, StandardCharsets.UTF_8)
                .replace("\r\n", "")
                .strip();
    }
}
