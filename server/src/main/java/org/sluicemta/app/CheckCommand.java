package org.sluicemta.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sluicemta.config.Check;
import org.sluicemta.config.FileRights;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.Machine;
import org.sluicemta.config.Report;
import org.sluicemta.config.ReportJson;
import org.sluicemta.config.ReportText;
import org.sluicemta.config.TlsFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sluice check FILE`: all problems of a configuration at once.
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description =
                "Checks a configuration and tells all its problems at once. Exit status 1 when there is an error.")
final class CheckCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "The configuration file; without it /etc/sluice/config, then /etc/pmta/config.")
    private @Nullable Path file;

    @Option(names = "--strict", description = "Unknown names are errors.")
    private boolean isStrict;

    @Option(names = "--lenient", description = "Unknown names are warnings.")
    private boolean isLenient;

    @Option(
            names = "--map",
            paramLabel = "FROM=TO",
            description = "Reads files below folder FROM from folder TO; repeatable. The configuration is then another "
                    + "machine's: addresses and rights of this one are not looked at.")
    private Map<Path, Path> moved = new HashMap<>();

    @Option(
            names = "--format",
            defaultValue = "text",
            paramLabel = "text|json",
            description = "Text for people, or an array of objects for programs.")
    private String format = "text";

    @Option(
            names = "--as-user",
            paramLabel = "USER",
            description = "Tries every file that the configuration names as this user; without it as the service's "
                    + "user, sluice or pmta, if there is one.")
    private String user = "";

    @Mixin
    private final WebOptions web = new WebOptions();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (!format.equals("text") && !format.equals("json")) {
            return usage("--format=" + format + " is not known; write text or json");
        }
        Optional<Path> meant = file != null ? Optional.of(file) : ConfigurationLoading.usual();
        if (meant.isEmpty()) {
            return usage("no configuration; name a FILE, or write " + ConfigurationLoading.OURS);
        }
        Optional<FileRights.Account> account = user.isEmpty() ? ThisMachine.serviceUser() : ThisMachine.account(user);
        if (!user.isEmpty() && account.isEmpty()) {
            return usage("--as-user=" + user + ": this machine has no such user; name one of /etc/passwd");
        }
        FileSource files = new ConfigFiles();
        Machine machine = Machine.UNKNOWN;
        if (moved.isEmpty()) {
            machine = ThisMachine.with(account, ThisMachine.addresses(), ConfigurationLoading.passedOver(meant.get()));
        } else {
            files = files.mapped(moved);
        }
        Report report;
        try (web) {
            report = Check.of(web.includes().over(files), meant.get(), strictness(isStrict, isLenient), machine);
        }
        out.print(format.equals("json") ? ReportJson.of(report) : ReportText.of(report));
        out.flush();
        return report.hasErrors() || !hasGoodTls(report) ? 1 : 0;
    }

    /// What only the TLS library knows: whether it can do what is asked.
    private boolean hasGoodTls(Report report) {
        if (report.configuration().isEmpty()) {
            return true;
        }
        TlsFiles found = TlsFiles.judged(report.configuration().get(), ConfigurationLoading::unknownCiphers);
        PrintWriter err = spec.commandLine().getErr();
        found.warnings().forEach(each -> err.println("warning: " + each));
        found.faults().forEach(each -> err.println("error: " + each));
        err.flush();
        return found.faults().isEmpty();
    }

    private int usage(String text) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("sluice: check: " + text);
        err.flush();
        return 2;
    }

    static Check.Strictness strictness(boolean isStrict, boolean isLenient) {
        if (isStrict) {
            return Check.Strictness.STRICT;
        }
        return isLenient ? Check.Strictness.LENIENT : Check.Strictness.USUAL;
    }
}
