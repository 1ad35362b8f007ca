package org.sluicemta.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `sluice demo`: a server, receivers of every temper, twenty thousand messages, and an audit.
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Shows Sluice at work on this machine's loopback, in about a minute: a server, five receivers of different"
                    + " tempers, a name server for their domains, and 20,000 messages of 1 to 60 KB. Ends with a table and"
                    + " an audit of every single recipient.",
            "",
            "Scenes:",
            DemoCommand.RECEIVERS,
            DemoCommand.BACKOFF,
            ""
        },
        footer = {"", "Needs no root and no port below 1024. Exit status 0: the audit holds; 1: it does not; 2: usage."
        })
final class DemoCommand implements Callable<Integer> {
    private static final List<String> SCENES = List.of("receivers", "backoff");
    static final String BACKOFF = "  backoff     a receiver begins to refuse; its queue enters backoff by a rule,"
            + " keeps to the rate of that mode while another domain goes on, and recovers";
    static final String RECEIVERS = "  receivers   five receivers of different tempers; the one without --scene";
    private static final long MESSAGES = 20_000;
    private static final long BACKOFF_MESSAGES = 1_500;

    @Option(
            names = "--scene",
            defaultValue = "receivers",
            paramLabel = "NAME",
            description = "Which scene; list names them.")
    String scene = "receivers";

    @Option(
            names = "--messages",
            defaultValue = "0",
            paramLabel = "N",
            description = "Messages (" + MESSAGES + "; in the scene backoff " + BACKOFF_MESSAGES + ").")
    long messages;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Keeps configuration, spool, accounting and log there; without it in a temporary folder that is"
                            + " removed at the end.")
    @Nullable
    Path data;

    @Option(
            names = "--keep",
            description = "Leaves server, receivers and name server running afterwards, and says where everything is.")
    boolean isKept;

    @Option(
            names = "--crash",
            description = "Kills the server (SIGKILL) when half of the messages are handed over, and starts it again;"
                    + " in the scene receivers.")
    boolean crashes;

    @Option(
            names = "--sessions",
            defaultValue = "20",
            paramLabel = "N",
            description = "Connections that hand messages over (${DEFAULT-VALUE}).")
    int sessions = 20;

    @Option(
            names = "--wait",
            defaultValue = "75",
            paramLabel = "SECONDS",
            description = "From the first message; what then still waits is shown as waiting (${DEFAULT-VALUE}).")
    int waitSeconds = 75;

    @Option(names = "--plain", description = "Plain lines, even on a terminal.")
    boolean isPlain;

    @Override
    public Integer call() throws InterruptedException, IOException {
        if (scene.equals("list")) {
            System.out.println(RECEIVERS + "\n" + BACKOFF);
            return 0;
        }
        if (!SCENES.contains(scene)) {
            System.err.println("demo: there is no scene \"" + scene + "\"; there are: " + String.join(", ", SCENES));
            return 2;
        }
        boolean isBackoff = scene.equals("backoff");
        if (messages == 0) {
            messages = isBackoff ? BACKOFF_MESSAGES : MESSAGES;
        }
        if (isBackoff && crashes) {
            System.err.println("demo: --crash belongs to the scene receivers; leave one of the two out");
            return 2;
        }
        if (messages < 100 || messages > 1_000_000 || sessions < 1 || sessions > 80 || waitSeconds < 5) {
            System.err.println(
                    "demo: --messages is 100 to 1000000, --sessions 1 to 80, --wait 5 or more; see sluice demo --help");
            return 2;
        }
        var console = System.console();
        boolean isDumb = "dumb".equals(System.getenv("TERM")) || System.getenv("TERM") == null;
        boolean isTerminal = !isPlain && !isDumb && console != null && console.isTerminal();
        var screen = new DemoScreen(
                new java.io.PrintStream(
                        new java.io.FileOutputStream(java.io.FileDescriptor.out),
                        true,
                        java.nio.charset.StandardCharsets.UTF_8),
                isTerminal,
                isTerminal && System.getenv("NO_COLOR") == null);
        Path given = data;
        boolean isTemporary = given == null;
        Path folder = given == null ? Files.createTempDirectory("sluice-demo-") : given.toAbsolutePath();
        var plan = new Demo.Plan(folder, isTemporary, messages, sessions, waitSeconds, isKept, crashes);
        try {
            return isBackoff ? backoff(plan, screen) : receivers(plan, screen);
        } catch (LabException e) {
            screen.line(screen.red("demo: ") + e.getMessage());
            return 1;
        }
    }

    private static int receivers(Demo.Plan plan, DemoScreen screen) throws InterruptedException, IOException {
        try (var demo = new Demo(plan, screen)) {
            Runtime.getRuntime().addShutdownHook(new Thread(demo::close, "demo-stop"));
            return demo.run() ? 0 : 1;
        }
    }

    private static int backoff(Demo.Plan plan, DemoScreen screen) throws InterruptedException, IOException {
        try (var play = new BackoffPlay(plan, screen)) {
            Runtime.getRuntime().addShutdownHook(new Thread(play::close, "demo-stop"));
            return play.run() ? 0 : 1;
        }
    }
}
