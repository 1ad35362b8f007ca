package org.sluicemta.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sluicemta.config.Check;
import org.sluicemta.config.FileSource;
import org.sluicemta.config.Report;
import org.sluicemta.config.ReportText;
import picocli.CommandLine.Command;
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

    @Parameters(paramLabel = "FILE", description = "The configuration file.")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Option(names = "--strict", description = "Unknown names are errors.")
    private boolean isStrict;

    @Option(names = "--lenient", description = "Unknown names are warnings.")
    private boolean isLenient;

    @Option(
            names = "--map",
            paramLabel = "FROM=TO",
            description = "Reads files below folder FROM from folder TO; repeatable.")
    private Map<Path, Path> moved = new HashMap<>();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        FileSource files = new ConfigFiles();
        if (!moved.isEmpty()) {
            files = files.mapped(moved);
        }
        Report report = Check.of(files, file, strictness(isStrict, isLenient));
        out.print(ReportText.of(report));
        if (!report.unprotected().isEmpty()) {
            out.println(
                    "run will refuse this file unless: --accept-unprotected " + String.join(",", report.unprotected()));
        }
        out.flush();
        return report.hasErrors() ? 1 : 0;
    }

    static Check.Strictness strictness(boolean isStrict, boolean isLenient) {
        if (isStrict) {
            return Check.Strictness.STRICT;
        }
        return isLenient ? Check.Strictness.LENIENT : Check.Strictness.USUAL;
    }
}
