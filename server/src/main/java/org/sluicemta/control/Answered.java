package org.sluicemta.control;

import java.util.ArrayList;
import java.util.List;
import org.sluicemta.mail.Steering;

/// An answer as data, before it is written as text, XML, DOM lines or JSON: an ordered tree whose leaves are texts,
/// numbers and flags. Not safe for threads; made and read in one turn.
public final class Answered {
    /// A named value of the tree.
    private record Entry(String name, Object value) {}

    /// Repeated elements: `singular` names each in XML and DOM, `plural` the array in JSON.
    private record Rows(String plural, List<Answered> rows) {}

    private final List<Entry> entries = new ArrayList<>();

    /// A text; what steers becomes blanks: no format may carry line ends inside a value, and what strangers wrote
    /// must not steer the terminal that shows it.
    public Answered text(String name, String value) {
        entries.add(new Entry(name, plain(value)));
        return this;
    }

    static String plain(String text) {
        // The last two are no characters of XML.
        return Steering.replaced(text, ' ').replace('\ufffe', ' ').replace('\uffff', ' ');
    }

    public Answered number(String name, long value) {
        entries.add(new Entry(name, value));
        return this;
    }

    /// Kilobytes with one decimal, as the original prints them.
    public Answered kilobytes(String name, long bytes) {
        entries.add(new Entry(name, new Decimal(tenths(bytes))));
        return this;
    }

    /// 0 or 1; in JSON false or true.
    public Answered flag(String name, boolean value) {
        entries.add(new Entry(name, value));
        return this;
    }

    public Answered tree(String name, Answered value) {
        entries.add(new Entry(name, value));
        return this;
    }

    public Answered rows(String singular, String plural, List<Answered> rows) {
        entries.add(new Entry(singular, new Rows(plural, List.copyOf(rows))));
        return this;
    }

    /// Repeated texts: in XML elements of this name, in DOM lines `name[i]`, in JSON an array.
    public Answered texts(String name, List<String> values) {
        entries.add(
                new Entry(name, new Texts(values.stream().map(Answered::plain).toList())));
        return this;
    }

    private record Texts(List<String> values) {}

    /// A number that is printed as it is spelled.
    private record Decimal(String spelled) {}

    static String tenths(long bytes) {
        long tenths = (bytes * 10 + 512) / 1024;
        return tenths / 10 + "." + tenths % 10;
    }

    /// One `path="value"` line for each leaf; inner quotes stay as they are: readers take what stands between the
    /// first `="` and the last `"`.
    public String dom() {
        var out = new StringBuilder(256);
        dom("", out);
        return out.toString();
    }

    private void dom(String path, StringBuilder out) {
        for (Entry e : entries) {
            String here = path.isEmpty() ? e.name : path + "." + e.name;
            switch (e.value) {
                case Answered tree -> tree.dom(here, out);
                case Rows rows -> {
                    for (int i = 0; i < rows.rows.size(); i++) {
                        rows.rows.get(i).dom(here + "[" + i + "]", out);
                    }
                }
                case Texts texts -> {
                    for (int i = 0; i < texts.values.size(); i++) {
                        out.append(here).append('[').append(i).append("]=\"");
                        out.append(texts.values.get(i)).append("\"\n");
                    }
                }
                default -> out.append(here).append("=\"").append(spell(e.value)).append("\"\n");
            }
        }
    }

    /// `<rsp><data>…</data><succ/></rsp>` without line ends inside.
    public String xml(String message) {
        var out = new StringBuilder(256).append("<rsp><data>");
        xml(out);
        out.append("</data>");
        if (message.isEmpty()) {
            out.append("<succ/>");
        } else {
            out.append("<succ>");
            xmlText(message, out);
            out.append("</succ>");
        }
        return out.append("</rsp>\n").toString();
    }

    private void xml(StringBuilder out) {
        for (Entry e : entries) {
            switch (e.value) {
                case Answered tree -> xmlElement(e.name, tree, out);
                case Rows rows -> rows.rows.forEach(row -> xmlElement(e.name, row, out));
                case Texts texts -> texts.values.forEach(text -> xmlElement(e.name, text, out));
                default -> xmlElement(e.name, spell(e.value), out);
            }
        }
    }

    private static void xmlElement(String name, String inside, StringBuilder out) {
        out.append('<').append(name).append('>');
        xmlText(inside, out);
        out.append("</").append(name).append('>');
    }

    private static void xmlElement(String name, Answered inside, StringBuilder out) {
        out.append('<').append(name).append('>');
        inside.xml(out);
        out.append("</").append(name).append('>');
    }

    static void xmlText(String text, StringBuilder out) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                default -> out.append(Steering.isSteering(c) && c != '\t' ? '?' : c);
            }
        }
    }

    /// `{"data":{…},"status":"success","message":""}`.
    public String json(String message) {
        var out = new StringBuilder(256).append("{\"data\":");
        json(out);
        out.append(",\"status\":\"success\",\"message\":");
        jsonText(message, out);
        return out.append("}\n").toString();
    }

    private void json(StringBuilder out) {
        out.append('{');
        String between = "";
        for (Entry e : entries) {
            out.append(between);
            between = ",";
            jsonText(e.value instanceof Rows rows ? rows.plural : e.name, out);
            out.append(':');
            switch (e.value) {
                case Answered tree -> tree.json(out);
                case Rows rows -> {
                    out.append('[');
                    for (int i = 0; i < rows.rows.size(); i++) {
                        if (i > 0) {
                            out.append(',');
                        }
                        rows.rows.get(i).json(out);
                    }
                    out.append(']');
                }
                case Texts texts -> {
                    out.append('[');
                    for (int i = 0; i < texts.values.size(); i++) {
                        if (i > 0) {
                            out.append(',');
                        }
                        jsonText(texts.values.get(i), out);
                    }
                    out.append(']');
                }
                case String text -> jsonText(text, out);
                case Boolean flag -> out.append(flag);
                default -> out.append(spell(e.value));
            }
        }
        out.append('}');
    }

    static void jsonText(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c < ' ') {
                        out.append("\\u00")
                                .append(Character.forDigit(c >> 4, 16))
                                .append(Character.forDigit(c & 15, 16));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static String spell(Object value) {
        return switch (value) {
            case Boolean flag -> flag ? "1" : "0";
            case Decimal decimal -> decimal.spelled;
            default -> value.toString();
        };
    }
}
