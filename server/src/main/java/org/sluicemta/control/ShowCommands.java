package org.sluicemta.control;

import java.util.List;
import java.util.Locale;
import org.sluicemta.world.Loop;

/// What is shown of the server as a whole, and of one queue's settings.
final class ShowCommands implements Command.Group {
    private final Loop loop;
    private final Operations operations;
    private final Screens screens;

    ShowCommands(Loop loop, Operations operations, Screens screens) {
        this.loop = loop;
        this.operations = operations;
        this.screens = screens;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of("show status", "", "traffic, connections, queues, spool", List.of(), this::status),
                Command.of(
                        "show settings",
                        "[--name=DIRECTIVE] DOMAIN/VMTA",
                        "each setting of a queue, the line that set it and what it overrode",
                        List.of("name"),
                        this::settings),
                Command.of(
                        "show disabled sources",
                        "[DOMAIN/VMTA]",
                        "source addresses that mail does not leave from now",
                        List.of(),
                        this::sources),
                Command.of("show version", "", "this server's version", List.of(), this::version));
    }

    private void status(Asked asked) {
        operations.status(loop, status -> asked.reply(screens.status(status), screens.statusText(status)));
    }

    private void settings(Asked asked) {
        operations.settings(
                loop,
                asked.need(0),
                asked.option("name", "").toLowerCase(Locale.ROOT),
                settings -> asked.reply(SettingsScreen.reply(asked.format(), settings)));
    }

    private void sources(Asked asked) {
        operations.disabledSources(
                loop, asked.argument(0), found -> asked.reply(screens.sources(found), screens.sourcesText(found)));
    }

    private void version(Asked asked) {
        String text = "Sluice v" + operations.productVersion() + " (64-bit).";
        asked.reply(new Answered().text("version", operations.productVersion()), text + "\n");
    }
}
