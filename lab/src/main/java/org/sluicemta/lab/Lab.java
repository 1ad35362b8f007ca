package org.sluicemta.lab;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command line of the lab: tools around a server.
@Command(
        name = "sluice",
        description = "Tools around a Sluice server.",
        mixinStandardHelpOptions = true,
        subcommands = {DemoCommand.class, LoadCommand.class, SinkCommand.class})
public final class Lab {
    private Lab() {}

    /// Exit status 0 done, 1 failed, 2 wrong usage.
    public static void main(String[] args) {
        System.exit(new CommandLine(new Lab()).execute(args));
    }
}
