package org.sluicemta.control;

import java.util.List;
import java.util.Locale;
import org.sluicemta.world.Loop;

/// What is shown of the server as a whole, and of one queue's settings.
final class ShowCommands implements Command.Group {
    private final Loop loop;
    private final Operations operations;
    private final Screens screens;
    private final StatusScreen statusScreen;
    private final AboutScreen aboutScreen;

    ShowCommands(Loop loop, Operations operations, Screens screens, String hostName) {
        this.loop = loop;
        this.operations = operations;
        this.screens = screens;
        this.statusScreen = new StatusScreen(operations.about(), hostName, screens::time);
        this.aboutScreen = new AboutScreen(operations.about());
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
                Command.of(
                        "show version",
                        "",
                        "this server's version",
                        List.of(),
                        asked -> asked.reply(aboutScreen::version, aboutScreen::versionText)),
                Command.of(
                        "show license",
                        "",
                        "what stands where others show a licence",
                        List.of(),
                        asked -> asked.reply(aboutScreen::licenseData, aboutScreen::licenseText)),
                Command.of(
                        "show precache",
                        "",
                        "nothing is precached",
                        List.of(),
                        asked -> asked.reply(AboutScreen::precache, AboutScreen::precacheText)),
                Command.of(
                        "show registration",
                        "",
                        "there is nothing to register with",
                        List.of(),
                        asked -> asked.reply(AboutScreen::registration, AboutScreen::registrationText)));
    }

    private void status(Asked asked) {
        operations.status(
                loop, status -> asked.reply(() -> statusScreen.data(status), () -> statusScreen.text(status)));
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
}
