package org.sluicemta.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sluicemta.config.Check;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.Report;
import org.sluicemta.config.ReportText;
import org.sluicemta.control.CommandReply;
import org.sluicemta.control.OutputFormat;
import org.sluicemta.control.SettingsScreen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sluice explain DOMAIN/VMTA`: each setting of a queue as a configuration file would give it, without a server.
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Prints each setting of a queue, the line that set it, and what that line overrode. No server is "
                + "needed; of a running one ask: show settings DOMAIN/VMTA.")
final class ExplainCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Parameters(
            paramLabel = "DOMAIN/VMTA",
            description = "The queue; without /VMTA the virtual MTA {default} is meant.")
    @SuppressWarnings("NullAway.Init")
    private String queue;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration; without it /etc/sluice/config, then /etc/pmta/config.")
    private @Nullable Path config;

    @Option(names = "--name", paramLabel = "DIRECTIVE", description = "This directive only.")
    private String name = "";

    @Option(
            names = "--map",
            paramLabel = "FROM=TO",
            description = "Reads files below folder FROM from folder TO; repeatable.")
    private Map<Path, Path> moved = new HashMap<>();

    @Option(names = "--lenient", description = "Unknown names are warnings.")
    private boolean isLenient;

    @Option(names = "--xml", description = "As XML.")
    private boolean isXml;

    @Option(names = "--dom", description = "As lines path=\"value\".")
    private boolean isDom;

    @Option(names = "--json", description = "As JSON.")
    private boolean isJson;

    @Mixin
    private final WebOptions web = new WebOptions();

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        Optional<Path> file = config != null ? Optional.of(config) : ConfigurationLoading.usual();
        if (file.isEmpty()) {
            err.println("sluice: explain: no configuration; give --config FILE, or write " + ConfigurationLoading.OURS);
            err.flush();
            return 2;
        }
        FileSource files = new ConfigFiles().mapped(moved);
        Report report;
        try (web) {
            report = Check.of(web.includes().over(files), file.get(), CheckCommand.strictness(false, isLenient));
        }
        if (report.configuration().isEmpty()) {
            err.print(ReportText.of(report));
            err.println(
                    "sluice: explain: the configuration has errors; mend them first (sluice check " + file.get() + ")");
            err.flush();
            return 1;
        }
        CommandReply reply = SettingsScreen.reply(
                isXml ? OutputFormat.XML : isDom ? OutputFormat.DOM : isJson ? OutputFormat.JSON : OutputFormat.TEXT,
                SettingsAsked.of(report.configuration().get(), queue, name.toLowerCase(Locale.ROOT)));
        spec.commandLine().getOut().print(reply.out());
        spec.commandLine().getOut().flush();
        if (!reply.err().isEmpty()) {
            err.print("sluice: explain: " + reply.err());
            err.flush();
        }
        return reply.status();
    }
}
