package org.sluicemta.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.account.AccountException;
import org.sluicemta.account.Column;
import org.sluicemta.account.PrivacyPolicy;
import org.sluicemta.account.QueueFilter;
import org.sluicemta.account.RecordFields;
import org.sluicemta.account.RowType;

/// Reads what the directives of accounting files take.
final class AcctValues {
    /// Records that are read and not written yet; their fields are not judged.
    static final Set<String> UNWRITTEN = Set.of("rb", "rs", "f");

    private static final String HEADER = "header_";

    /// `record-fields`.
    ///
    /// @param record the short code
    /// @param items as written
    record FieldsLine(String record, List<String> items) {
        @Override
        public String toString() {
            return record + " " + String.join(", ", items);
        }
    }

    /// `map-header-to-field`.
    ///
    /// @param record the short code
    /// @param header the name of the header field
    /// @param field as it is spelled
    record MappingLine(String record, String header, String field) {
        @Override
        public String toString() {
            return record + " " + HEADER + header + " " + field;
        }
    }

    private AcctValues() {}

    static Parsed<FieldsLine> fields(String text) {
        List<Words.Word> words = Words.split(text);
        if (words.size() < 2) {
            return Parsed.bad(
                    "a type of record and a list of fields are wanted", "write e.g. record-fields d *,header_Subject");
        }
        String record = ValueType.RECORD_NAMES.get(words.getFirst().text().toLowerCase(Locale.ROOT));
        if (record == null) {
            return Parsed.bad(
                    words.getFirst(),
                    Problems.quote(words.getFirst().text()) + " is not a type of record",
                    "write d, b, t, tq, r, rb, rs or f");
        }
        int from = words.getFirst().offset() + words.getFirst().length();
        var items = new ArrayList<String>();
        for (Words.Word each : Words.items(text.substring(from))) {
            var item = new Words.Word(each.text(), from + each.offset(), each.length());
            Parsed<String> read = field(record, item);
            if (read instanceof Parsed.Bad<String>(String what, String mend, int offset, int length)) {
                return new Parsed.Bad<>(what, mend, offset, length);
            }
            items.add(item.text());
        }
        return items.isEmpty()
                ? Parsed.bad("no field is named", "write * for the usual fields, or names with commas between")
                : Parsed.good(new FieldsLine(record, List.copyOf(items)));
    }

    private static Parsed<String> field(String record, Words.Word item) {
        RowType type = rowType(record);
        String name = item.text();
        if (type == null || name.equals("*")) {
            return Parsed.good(name);
        }
        if (name.indexOf(' ') >= 0) {
            return Parsed.bad(item, Problems.quote(name) + " is no field", "write a comma between two fields");
        }
        try {
            RecordFields.of(type, List.of(name));
            return Parsed.good(name);
        } catch (AccountException unknown) {
            String bare = name.startsWith("!") ? name.substring(1) : name;
            return Parsed.bad(item, String.valueOf(unknown.getMessage()), "write " + near(bare, type));
        }
    }

    private static String near(String name, RowType type) {
        List<String> names = RecordFields.namesFor(type);
        List<String> lower =
                names.stream().map(each -> each.toLowerCase(Locale.ROOT)).toList();
        return new NearNames()
                .find(type.code(), name.toLowerCase(Locale.ROOT), lower)
                .map(found -> names.get(lower.indexOf(found)))
                .orElse("header_" + name + " for a header field of the message, or one of " + String.join(", ", names));
    }

    static Parsed<MappingLine> mapping(String text) {
        List<Words.Word> words = Words.split(text);
        if (words.size() != 3) {
            return Parsed.bad(
                    "a type of record, a header and a field are wanted",
                    "write e.g. map-header-to-field d header_X-Customer jobId");
        }
        String record = ValueType.RECORD_NAMES.get(words.getFirst().text().toLowerCase(Locale.ROOT));
        if (record == null || record.equals("tq")) {
            return Parsed.bad(
                    words.getFirst(),
                    Problems.quote(words.getFirst().text()) + " is no type of record about a message",
                    "write d, b, t, r, rb, rs or f");
        }
        String header = words.get(1).text();
        if (!header.toLowerCase(Locale.ROOT).startsWith(HEADER) || header.length() == HEADER.length()) {
            return Parsed.bad(words.get(1), Problems.quote(header) + " is no header field", "write header_" + header);
        }
        Words.Word field = words.get(2);
        RowType type = rowType(record);
        if (type != null) {
            Optional<Column> column = Column.named(field.text());
            if (column.isEmpty()
                    || column.get().field() == Column.Field.HEADER
                    || field(record, field) instanceof Parsed.Bad<String>) {
                return Parsed.bad(
                        field,
                        Problems.quote(field.text()) + " is no field of rows " + record,
                        "write " + near(field.text(), type));
            }
        }
        return Parsed.good(new MappingLine(record, header.substring(HEADER.length()), field.text()));
    }

    static Parsed<PrivacyPolicy> privacy(String text) {
        List<Words.Word> words = Words.split(text);
        if (words.isEmpty() || words.size() > 2) {
            return Parsed.bad(
                    "a policy and at need a key or a text are wanted", "write e.g. privacy-policy hmac-sha256 SECRET");
        }
        try {
            return Parsed.good(PrivacyPolicy.of(
                    words.getFirst().text(), words.size() > 1 ? words.get(1).text() : ""));
        } catch (AccountException wrong) {
            return Parsed.bad(
                    String.valueOf(wrong.getMessage()),
                    "write retain, redact, siphash KEY, siphash-hexkey KEY, hmac-sha256 KEY or hmac-sha256-hexkey KEY");
        }
    }

    static Parsed<QueueFilter> filter(String text) {
        try {
            return Parsed.good(QueueFilter.of(
                    Words.items(text).stream().map(Words.Word::text).toList()));
        } catch (AccountException wrong) {
            return Parsed.bad(String.valueOf(wrong.getMessage()), "write patterns such as */mta1,!example.com/*");
        }
    }

    /// Types of records of one queue.
    static Parsed<Set<String>> disabled(String text) {
        Parsed<Set<String>> read = ValueType.RECORDS.parse(text);
        if (read instanceof Parsed.Good<Set<String>>(Set<String> records)
                && !Set.of("d", "b", "t", "tq").containsAll(records)) {
            return Parsed.bad("only d, b, t and tq are about a queue", "write some of d,b,t,tq");
        }
        return read;
    }

    /// Null for records that are not written yet.
    static @Nullable RowType rowType(String record) {
        return Arrays.stream(RowType.values())
                .filter(type -> type.code().equals(record))
                .findFirst()
                .orElse(null);
    }
}
