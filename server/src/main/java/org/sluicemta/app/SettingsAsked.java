package org.sluicemta.app;

import java.util.List;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Explanation;
import org.sluicemta.control.Operations;

/// Where the settings of a queue come from, from the configuration to the operator's screen.
final class SettingsAsked {
    private SettingsAsked() {}

    /// @param queue `domain/vmta`
    /// @param name of one directive; empty for all
    static Operations.QueueSettings of(Configuration configuration, String queue, String name) {
        return switch (Explanation.of(configuration, queue, name)) {
            case Explanation.Answer.Fails(String why) ->
                new Operations.QueueSettings(why, queue, List.of(), List.of(), List.of());
            case Explanation.Answer.Explains(Explanation found) ->
                new Operations.QueueSettings(
                        "", found.queue(), rows(found.virtualMta()), rows(found.domain()), found.notes());
        };
    }

    private static List<Operations.SettingRow> rows(List<Explanation.Explained> settings) {
        return settings.stream()
                .map(each -> new Operations.SettingRow(
                        each.name(),
                        each.chain().stream()
                                .map(source -> new Operations.SettingSource(
                                        source.value(), source.file(), source.line(), source.scope()))
                                .toList(),
                        each.hasEffect()))
                .toList();
    }
}
