package org.sluicemta.account;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The columns that a line `record-fields TYPE LIST` asks for. `*` stands for the defaults of the type, `!name` takes a
/// column away again, `header_NAME` is a header field; the order is that of the list, and a column stands once.
public final class RecordFields {
    /// Columns of one type: more is a defect of a generator.
    public static final int MOST_COLUMNS = 200;

    private RecordFields() {}

    /// @param items the list, blanks around the names taken away
    /// @throws AccountException when a name is none that rows of this type have, or no column is left
    public static List<Column> of(RowType type, List<String> items) {
        Set<Column> columns = new LinkedHashSet<>();
        if (items.stream().allMatch(item -> item.startsWith("!"))) {
            // Who only takes away means: from the usual ones.
            columns.addAll(Column.defaultsOf(type));
        }
        Set<Column> removed = new LinkedHashSet<>();
        for (String item : items) {
            if (item.equals("*")) {
                columns.addAll(Column.defaultsOf(type));
            } else if (item.startsWith("!")) {
                removed.add(column(type, item.substring(1).strip()));
            } else if (!item.equalsIgnoreCase("type")) {
                // The type itself always comes first.
                columns.add(column(type, item));
            }
        }
        columns.removeAll(removed);
        if (columns.size() > MOST_COLUMNS) {
            throw new AccountException("record-fields " + type.code() + " has " + columns.size() + " columns; write "
                    + MOST_COLUMNS + " at most");
        }
        if (columns.isEmpty()) {
            throw new AccountException(
                    "record-fields " + type.code() + " leaves no column; write * for the usual ones");
        }
        return List.copyOf(columns);
    }

    private static Column column(RowType type, String name) {
        Column column = Column.named(name)
                .orElseThrow(() ->
                        new AccountException("record-fields " + type.code() + " has " + name + ", which is no field"));
        if (!column.field().isFor(type)) {
            throw new AccountException("record-fields " + type.code() + " has " + column.name() + ", which rows "
                    + type.code() + " do not have");
        }
        return column;
    }

    /// The names of all fields that rows of this type have, to choose a hint from.
    public static List<String> namesFor(RowType type) {
        var names = new ArrayList<String>();
        for (Column.Field field : Column.Field.values()) {
            if (field != Column.Field.HEADER && field.isFor(type)) {
                names.add(field.spelling());
            }
        }
        return names;
    }
}
