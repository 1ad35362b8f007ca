package org.sluicemta.config;

import java.util.ArrayList;
import java.util.List;

/// Rates that are counted by calendar days where nobody has chosen how they are spread. Owner: the thread of one check.
final class DayRates {
    private record DayRate(String name, Node.Line line, SettingsBlock block) {}

    private final List<DayRate> all = new ArrayList<>();

    /// @param value any value that was read; rates by the day are kept
    void line(Node.Line line, Catalogue.Entry entry, Object value, SettingsBlock block) {
        if (value instanceof Rate.Limited rate && rate.unit() == Rate.Unit.DAY) {
            all.add(new DayRate(entry.name(), line, block));
        }
    }

    /// Notes them.
    void settle(SettingsBlock global, Problems problems) {
        if (global.get(BlockKind.GLOBAL, "rate-pacing") != null) {
            return;
        }
        for (DayRate each : all) {
            if (each.block().get(BlockKind.DOMAIN, "rate-pacing") == null) {
                problems.grouped(
                        "day " + each.name(),
                        "rate-by-day",
                        Problem.Severity.NOTE,
                        each.line().place(),
                        each.name() + " " + each.line().value() + " is counted by calendar days",
                        "rates up to an hour are spread evenly; rates by the day allow their number each local day, at "
                                + "whatever pace other limits allow",
                        "to spread it evenly write rate-pacing smooth, or a rate by the hour");
            }
        }
    }
}
