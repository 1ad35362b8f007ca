package org.sluicemta.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;

/// Writes the answers of the config commands. Names and settings are shown up to a bound, and counted
/// beyond it.
final class ConfigScreens {
    private static final int MOST_NAMES = 20;
    private static final int MOST_SETTINGS = 50;

    private final LongFunction<String> time;

    /// @param time writes server time for a person
    ConfigScreens(LongFunction<String> time) {
        this.time = time;
    }

    private String when(long millis) {
        return millis == 0 ? "never" : time.apply(millis);
    }

    Answered status(ConfigCommands.PullStatus s) {
        var versions = new ArrayList<Answered>();
        for (ConfigCommands.VersionRow each : s.versions()) {
            versions.add(new Answered()
                    .number("number", each.number())
                    .text("fetched", time.apply(each.fetchedMillis()))
                    .text("revision", each.revision())
                    .text("from", each.from())
                    .flag("inUse", each.isInUse()));
        }
        var answered = new Answered()
                .text("source", s.source())
                .number("version", inUse(s))
                .flag("held", s.isHeld())
                .flag("busy", s.isBusy())
                .text("lastPull", when(s.lastPullMillis()))
                .text("nextPull", when(s.nextPullMillis()))
                .text("lastFailure", s.lastFailure())
                .number("failures", s.failures());
        if (!s.lastFailure().isEmpty()) {
            answered.text("lastFailureTime", when(s.lastFailureMillis()));
        }
        if (!s.pendingRevision().isEmpty()) {
            answered.tree(
                    "pending",
                    new Answered()
                            .text("revision", s.pendingRevision())
                            .text("seen", when(s.pendingMillis()))
                            .rows("refusal", "refusals", refusals(s.refusals())));
        }
        return answered.rows("kept", "versions", versions);
    }

    private static int inUse(ConfigCommands.PullStatus s) {
        return s.versions().stream()
                .filter(ConfigCommands.VersionRow::isInUse)
                .mapToInt(ConfigCommands.VersionRow::number)
                .findFirst()
                .orElse(0);
    }

    private static List<Answered> refusals(List<ConfigCommands.RefusalRow> all) {
        return all.stream()
                .map(each -> new Answered().text("guard", each.guard()).text("text", each.text()))
                .toList();
    }

    String statusText(ConfigCommands.PullStatus s) {
        if (s.source().isEmpty()) {
            return "The configuration is not pulled: the local file has no config-source.\n";
        }
        var out = new StringBuilder(512);
        line(out, "Source", s.source());
        String used = s.versions().stream()
                .filter(ConfigCommands.VersionRow::isInUse)
                .map(each -> "version " + each.number() + " (" + each.revision() + ") of "
                        + time.apply(each.fetchedMillis()))
                .findFirst()
                .orElse("the local file");
        line(out, "In use", used);
        line(
                out,
                "Pulling",
                s.isHeld()
                        ? "held since a rollback; config pull or config resume end that"
                        : s.isBusy() ? "under way" : "next at " + when(s.nextPullMillis()));
        line(out, "Last pull", when(s.lastPullMillis()));
        line(
                out,
                "Last failure",
                s.lastFailure().isEmpty()
                        ? "none"
                        : when(s.lastFailureMillis()) + ", " + s.failures() + " in a row: "
                                + Answered.plain(s.lastFailure()));
        if (!s.pendingRevision().isEmpty()) {
            line(
                    out,
                    s.refusals().isEmpty() ? "Not in use" : "Refused",
                    Answered.plain(s.pendingRevision()) + ", seen at " + when(s.pendingMillis()));
            refusals(out, s.refusals());
        }
        out.append("\nVersions kept\n");
        for (ConfigCommands.VersionRow each : s.versions()) {
            out.append(String.format(
                    Locale.ROOT,
                    "%6d  %s  %-12s  %s%s\n",
                    each.number(),
                    time.apply(each.fetchedMillis()),
                    each.revision(),
                    Answered.plain(each.from()),
                    each.isInUse() ? "  (in use)" : ""));
        }
        out.append("     0  the local file")
                .append(inUse(s) == 0 ? "  (in use)" : "")
                .append('\n');
        return out.toString();
    }

    private static void line(StringBuilder out, String name, String value) {
        out.append(String.format(Locale.ROOT, "%-13s ", name)).append(value).append('\n');
    }

    private static void refusals(StringBuilder out, List<ConfigCommands.RefusalRow> all) {
        all.forEach(each -> out.append("  ")
                .append(each.guard())
                .append(": ")
                .append(Answered.plain(each.text()))
                .append('\n'));
    }

    // --- what a version changes

    Answered outcome(ConfigCommands.PullOutcome o) {
        var answered = new Answered().text("text", o.text());
        for (ConfigCommands.EffectRows each : o.effect()) {
            answered.tree(
                    "effect",
                    new Answered()
                            .number("virtualMtasAdded", each.addedVirtualMtas().size())
                            .number(
                                    "virtualMtasRemoved",
                                    each.removedVirtualMtas().size())
                            .number("poolsAdded", each.addedPools().size())
                            .number("poolsRemoved", each.removedPools().size())
                            .number("settingsChanged", each.settings().size())
                            .rows("added", "added", names(each.addedVirtualMtas()))
                            .rows("removed", "removed", names(each.removedVirtualMtas()))
                            .rows("poolAdded", "addedPools", names(each.addedPools()))
                            .rows("poolRemoved", "removedPools", names(each.removedPools()))
                            .rows("setting", "settings", settings(each.settings())));
        }
        return answered.rows("refusal", "refusals", refusals(o.refusals())).rows("note", "notes", settings(o.notes()));
    }

    private static List<Answered> names(List<String> all) {
        return all.stream()
                .limit(MOST_NAMES)
                .map(each -> new Answered().text("name", each))
                .toList();
    }

    private static List<Answered> settings(List<String> all) {
        return all.stream()
                .limit(MOST_SETTINGS)
                .map(each -> new Answered().text("text", each))
                .toList();
    }

    String outcomeText(ConfigCommands.PullOutcome o) {
        var out = new StringBuilder(256).append(Answered.plain(o.text())).append('\n');
        for (ConfigCommands.EffectRows each : o.effect()) {
            named(out, "virtual MTAs added", each.addedVirtualMtas());
            named(out, "virtual MTAs removed", each.removedVirtualMtas());
            named(out, "pools added", each.addedPools());
            named(out, "pools removed", each.removedPools());
            out.append(each.settings().size()).append(" settings changed\n");
            each.settings().stream()
                    .limit(MOST_SETTINGS)
                    .forEach(text ->
                            out.append("  ").append(Answered.plain(text)).append('\n'));
            more(out, each.settings().size() - MOST_SETTINGS);
        }
        if (!o.refusals().isEmpty()) {
            out.append("Refused by\n");
            refusals(out, o.refusals());
        }
        o.notes().stream()
                .limit(MOST_SETTINGS)
                .forEach(note -> out.append(Answered.plain(note)).append('\n'));
        more(out, o.notes().size() - MOST_SETTINGS);
        return out.toString();
    }

    private static void named(StringBuilder out, String what, List<String> names) {
        if (names.isEmpty()) {
            return;
        }
        out.append(names.size()).append(' ').append(what).append(": ");
        out.append(Answered.plain(
                String.join(", ", names.stream().limit(MOST_NAMES).toList())));
        out.append(names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more\n" : "\n");
    }

    private static void more(StringBuilder out, int count) {
        if (count > 0) {
            out.append("  and ").append(count).append(" more\n");
        }
    }
}
