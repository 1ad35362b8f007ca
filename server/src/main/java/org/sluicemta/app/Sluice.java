package org.sluicemta.app;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command line of the server.
@Command(
        name = "sluice",
        description = "An outbound mail transfer agent.",
        mixinStandardHelpOptions = true,
        versionProvider = Sluice.Version.class,
        footer = {
            "",
            "Every other command is for a running server and goes over its Unix socket (--socket PATH, or SLUICE_SOCKET);",
            "sluice show --help tells all of them.",
            "Tools: demo, load, sink."
        },
        subcommands = {RunCommand.class, CheckCommand.class, ExplainCommand.class, SpoolCommand.class, DkimCommand.class
        })
public final class Sluice {
    static final String VERSION = "0.1";

    private Sluice() {}

    /// Exit status 0 done, 1 refused or failed, 2 wrong usage.
    public static void main(String[] args) {
        System.exit(
                isForServer(args)
                        ? new ControlClient(System.out, System.err).run(usualSocket(), args)
                        : new CommandLine(new Sluice()).execute(args));
    }

    static boolean isForServer(String... args) {
        return ControlClient.isMeant(
                new CommandLine(new Sluice()).getSubcommands().keySet(), args);
    }

    private static String usualSocket() {
        String given = System.getenv("SLUICE_SOCKET");
        return given == null || given.isEmpty() ? RunCommand.DEFAULT_SOCKET.toString() : given;
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"Sluice v" + VERSION};
        }
    }
}
