package org.sluicemta.lab;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command line of the lab: tools around a server.
@Command(
        name = "sluice",
        description = "Tools around a Sluice server: a demonstration, a benchmark, a load generator, receivers.",
        mixinStandardHelpOptions = true,
        subcommands = {DemoCommand.class, BenchCommand.class, PrepareCommand.class, LoadCommand.class, SinkCommand.class
        })
public final class Lab {
    private static final String LOG_SETTINGS = "logback.configurationFile";

    private Lab() {}

    /// Exit status 0 done, 1 failed, 2 wrong usage.
    public static void main(String[] args) {
        // Before the first logger is made: the server's own settings may lie on the same class path.
        if (System.getProperty(LOG_SETTINGS) == null) {
            System.setProperty(LOG_SETTINGS, "org/sluicemta/lab/logback-lab.xml");
        }
        System.exit(new CommandLine(new Lab()).execute(args));
    }
}
