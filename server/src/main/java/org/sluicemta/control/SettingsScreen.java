package org.sluicemta.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Writes where the settings of a queue come from: two titled blocks with a line `directive value` for each setting, as
/// the original prints them, followed by the place that set it; under it what it overrode.
public final class SettingsScreen {
    private SettingsScreen() {}

    /// The answer to `show settings` and `explain`.
    public static CommandReply reply(OutputFormat format, Operations.QueueSettings settings) {
        return settings.failure().isEmpty()
                ? CommandReply.done(format.render(data(settings), "", text(settings)))
                : CommandReply.failed(format, settings.failure());
    }

    private static Answered data(Operations.QueueSettings settings) {
        var answered = new Answered()
                .text("title", "Settings of " + settings.queue())
                .rows("vmtaSetting", "vmtaSettings", rows(settings.virtualMta()))
                .rows("queueSetting", "queueSettings", rows(settings.domain()));
        var notes = new ArrayList<Answered>();
        settings.notes().forEach(note -> notes.add(new Answered().text("text", note)));
        return answered.rows("note", "notes", notes);
    }

    private static List<Answered> rows(List<Operations.SettingRow> settings) {
        var rows = new ArrayList<Answered>();
        for (Operations.SettingRow each : settings) {
            var overrode = new ArrayList<Answered>();
            each.chain()
                    .subList(1, each.chain().size())
                    .forEach(source -> overrode.add(source(new Answered(), source)));
            rows.add(source(
                            new Answered().text("name", each.name()),
                            each.chain().getFirst())
                    .flag("hasEffect", each.hasEffect())
                    .rows("overrode", "overrode", overrode));
        }
        return rows;
    }

    private static Answered source(Answered row, Operations.SettingSource source) {
        return row.text("value", source.value())
                .flag("builtIn", source.file().isEmpty())
                .text("file", source.file())
                .number("line", source.line())
                .text("scope", source.scope());
    }

    private static String text(Operations.QueueSettings settings) {
        var out = new StringBuilder(4096);
        block("Virtual MTA Settings", settings.virtualMta(), out);
        if (!settings.virtualMta().isEmpty() && !settings.domain().isEmpty()) {
            out.append('\n');
        }
        block("Queue Settings", settings.domain(), out);
        for (String note : settings.notes()) {
            out.append('\n').append(Answered.plain(note)).append('\n');
        }
        return out.toString();
    }

    private static void block(String title, List<Operations.SettingRow> settings, StringBuilder out) {
        if (settings.isEmpty()) {
            return;
        }
        out.append(title).append('\n').append("-".repeat(title.length())).append('\n');
        for (Operations.SettingRow each : settings) {
            Operations.SettingSource effective = each.chain().getFirst();
            out.append(line(each.name(), effective, each.hasEffect() ? "" : " (no effect in this version)"));
            for (Operations.SettingSource weaker :
                    each.chain().subList(1, each.chain().size())) {
                out.append(line("    overrides", weaker, ""));
            }
        }
    }

    private static String line(String name, Operations.SettingSource source, String remark) {
        String value = source.value().isEmpty() ? "\"\"" : Answered.plain(source.value());
        String place = source.file().isEmpty()
                ? "built in"
                : source.file() + ":" + source.line() + (source.scope().isEmpty() ? "" : " " + source.scope());
        return String.format(Locale.ROOT, "%-36s %-24s %s%s\n", name, value, Answered.plain(place), remark);
    }
}
