package org.sluicemta.control;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.MessageId;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;

/// Understands the words of operators and answers them. Words may be shortened as long as they stay clear
/// (`show topq`, `sh status`); options of the form `--name=value` may stand anywhere after the command, the output
/// format before it.
///
/// Owner: its loop.
public final class Control implements Network.Dealer {
    private final Loop loop;
    private final Operations operations;
    private final Screens screens;
    private final ConfigScreens configScreens;
    private final ExplainScreen explains;

    public Control(Loop loop, Operations operations, ZoneId zone, String hostName) {
        this.loop = loop;
        this.operations = operations;
        this.screens = new Screens(zone, hostName, operations.productVersion());
        this.configScreens = new ConfigScreens(screens::time);
        this.explains = new ExplainScreen(zone);
    }

    @Override
    public Network.Seat deal(SocketAddress remote, SocketAddress local) {
        return new Network.Seat(loop, new CommandEngine(this::run));
    }

    /// A command taken apart.
    private record Asked(OutputFormat format, List<String> words, Map<String, String> options) {
        String option(String name, String otherwise) {
            return options.getOrDefault(name.toLowerCase(Locale.ROOT), otherwise);
        }

        boolean has(String name) {
            return options.containsKey(name.toLowerCase(Locale.ROOT));
        }

        String word(int i) {
            return i < words.size() ? words.get(i) : "";
        }

        /// Whether word `i` is `full` or a clear beginning of it.
        boolean is(int i, String full, int leastLetters) {
            String word = word(i).toLowerCase(Locale.ROOT);
            return word.length() >= leastLetters && full.startsWith(word);
        }
    }

    /// Answers one command, now or later on this loop. Never throws for what a person typed.
    void run(List<String> given, Consumer<CommandReply> answer) {
        Asked asked = takeApart(given);
        try {
            dispatch(asked, answer);
        } catch (BadUsage e) {
            answer.accept(CommandReply.usage(asked.format, e.getMessage()));
        }
    }

    private static Asked takeApart(List<String> given) {
        OutputFormat format = OutputFormat.TEXT;
        var words = new ArrayList<String>();
        var options = new java.util.HashMap<String, String>();
        for (String word : given) {
            switch (word) {
                case "--xml" -> format = OutputFormat.XML;
                case "--dom" -> format = OutputFormat.DOM;
                case "--json" -> format = OutputFormat.JSON;
                default -> {
                    if (word.startsWith("--")) {
                        int equals = word.indexOf('=');
                        String name = equals < 0 ? word.substring(2) : word.substring(2, equals);
                        options.put(name.toLowerCase(Locale.ROOT), equals < 0 ? "yes" : word.substring(equals + 1));
                    } else {
                        words.add(word);
                    }
                }
            }
        }
        return new Asked(format, words, options);
    }

    private void dispatch(Asked asked, Consumer<CommandReply> answer) {
        if (asked.has("help") || asked.word(0).equals("help")) {
            answer.accept(CommandReply.done(HELP));
        } else if (asked.is(0, "show", 2)) {
            show(asked, answer);
        } else if (asked.is(0, "list", 2)) {
            allow(
                    asked,
                    "queue",
                    "orig",
                    "rcpt",
                    "jobid",
                    "envid",
                    "maxitems",
                    "older-than",
                    "pause",
                    "priority",
                    "schedule");
            operations.recipients(
                    loop,
                    query(asked, 100),
                    found -> reply(asked, answer, screens.recipients(found), screens.recipientsText(found)));
        } else if (asked.is(0, "pause", 2) || asked.is(0, "resume", 4)) {
            pause(asked, answer);
        } else if (asked.is(0, "delete", 3)) {
            delete(asked, answer);
        } else if (asked.is(0, "set", 3)) {
            setMode(asked, answer);
        } else if (asked.is(0, "disable", 2) || asked.is(0, "enable", 2)) {
            setSource(asked, answer);
        } else if (asked.is(0, "explain", 2)) {
            explain(asked, answer);
        } else if (asked.is(0, "schedule", 2)) {
            allow(asked, "retry-recipients");
            String pattern = need(asked, 1, "schedule [--retry-recipients] DOMAIN/VMTA");
            operations.schedule(
                    loop,
                    pattern,
                    asked.has("retry-recipients"),
                    done -> message(asked, answer, done.queues() + " of " + done.of() + " matching queues scheduled."));
        } else if (asked.is(0, "reload", 3)) {
            allow(asked, ALLOW_BOUNCE);
            operations.reload(loop, allowedBounces(asked), done -> {
                if (done.failure().isEmpty()) {
                    var text = new StringBuilder("Configuration reloaded.");
                    done.notes().stream()
                            .limit(MOST_NOTES)
                            .forEach(note -> text.append('\n').append(note));
                    if (done.notes().size() > MOST_NOTES) {
                        text.append("\n... and ")
                                .append(done.notes().size() - MOST_NOTES)
                                .append(" more; sluice check tells them all");
                    }
                    message(asked, answer, text.toString());
                } else {
                    answer.accept(CommandReply.failed(asked.format, done.failure()));
                }
            });
        } else if (asked.is(0, "config", 4)) {
            config(asked, answer);
        } else if (asked.is(0, "shutdown", 4)) {
            allow(asked);
            operations.shutdown(loop, () -> message(asked, answer, "Shutting down."));
        } else {
            throw new BadUsage(unknown(asked.word(0)));
        }
    }

    /// Remarks on a reload that are told.
    private static final int MOST_NOTES = 30;

    private static final String COMMANDS =
            "show status, show topqueues, show queues, show settings, show disabled sources, show version, list, pause queue, "
                    + "resume queue, set queue, disable source, enable source, delete, schedule, explain queue, explain message, "
                    + "reload, config, shutdown";

    private static final String HELP = """
            Commands, after --xml, --dom or --json for other formats than text; words may be shortened:
              show status                        traffic, connections, queues, spool
              show topqueues [OPTIONS] [Q]       the largest queues; Q is DOMAIN/VMTA, * in either half
              show queues [OPTIONS] [Q]          --maxitems=N --sort=name|rcpt|size --errors --connected=yes|no
                                                 --paused=yes|no --mode=normal|backoff --mode-events
              show settings [--name=D] Q         each setting of a queue, the line that set it and what it overrode
              show version
              list [OPTIONS]                     waiting recipients: --queue=Q --orig=A --rcpt=A --jobId=ID --envId=ID
                                                 --older-than=1d12h --maxitems=N
              explain queue Q                    what its mail waits for, every limit and its source line, the next attempt
              explain message ID                 the same for a message's waiting recipients
              pause queue Q, resume queue Q
              set queue --mode=normal|backoff Q
              disable source [--reenable-after=T] IP Q, enable source IP Q, show disabled sources [Q]
              delete --queue=Q | --jobId=ID      --orig=A --rcpt=A --envId=ID --older-than=1d12h
              schedule [--retry-recipients] Q    try now
              reload [--allow-bounce=N]          N recipients may bounce whose virtual MTA is taken away
              shutdown
              config status                      what is pulled, in use, refused, kept
              config pull [--accept=GUARD,...]   pulls now; config show-effect shows what it would change
              config rollback [VERSION]          back to an earlier version; config resume lets pulling go on
            """;

    private void config(Asked asked, Consumer<CommandReply> answer) {
        ConfigCommands pulling = operations.configuration();
        if (asked.is(1, "status", 2)) {
            allow(asked);
            pulling.status(loop, s -> reply(asked, answer, configScreens.status(s), configScreens.statusText(s)));
        } else if (asked.is(1, "pull", 2)) {
            allow(asked, "accept", ALLOW_BOUNCE);
            var accepted = Set.of(asked.option("accept", "").split(",", 20));
            pulling.pull(loop, accepted, allowedBounces(asked), outcome -> pulled(asked, answer, outcome));
        } else if (asked.is(1, "show-effect", 2) || asked.is(1, "effect", 2)) {
            allow(asked);
            pulling.showEffect(loop, outcome -> pulled(asked, answer, outcome));
        } else if (asked.is(1, "rollback", 2)) {
            allow(asked, ALLOW_BOUNCE);
            pulling.rollBack(
                    loop, version(asked.word(2)), allowedBounces(asked), outcome -> pulled(asked, answer, outcome));
        } else if (asked.is(1, "resume", 3)) {
            allow(asked);
            pulling.resume(loop, outcome -> pulled(asked, answer, outcome));
        } else {
            throw new BadUsage("\"config " + asked.word(1) + "\" is not known; there are: config status, config pull, "
                    + "config show-effect, config rollback, config resume");
        }
    }

    private static int version(String word) {
        if (word.isEmpty()) {
            return -1;
        }
        if (word.length() > 9 || !word.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new BadUsage("\"" + word + "\" is no version; config status lists them by number");
        }
        return Integer.parseInt(word);
    }

    private void pulled(Asked asked, Consumer<CommandReply> answer, ConfigCommands.PullOutcome outcome) {
        String text = configScreens.outcomeText(outcome);
        if (outcome.isDone()) {
            reply(asked, answer, configScreens.outcome(outcome), text);
        } else {
            answer.accept(CommandReply.failed(asked.format, text.strip()));
        }
    }

    private static String unknown(String word) {
        return (word.isEmpty() ? "no command was given" : "there is no command \"" + word + "\"") + "; there are: "
                + COMMANDS;
    }

    private void show(Asked asked, Consumer<CommandReply> answer) {
        if (asked.is(1, "status", 2)) {
            allow(asked);
            operations.status(loop, status -> reply(asked, answer, screens.status(status), screens.statusText(status)));
        } else if (asked.is(1, "topqueues", 4)) {
            queues(asked, Operations.Order.RECIPIENTS, answer);
        } else if (asked.is(1, "queues", 1)) {
            queues(asked, order(asked.option("sort", "name")), answer);
        } else if (asked.is(1, "settings", 2)) {
            allow(asked, "name");
            String queue = need(asked, 2, "show settings [--name=DIRECTIVE] DOMAIN/VMTA");
            operations.settings(
                    loop,
                    queue,
                    asked.option("name", "").toLowerCase(Locale.ROOT),
                    settings -> answer.accept(SettingsScreen.reply(asked.format, settings)));
        } else if (asked.is(1, "disabled", 1) && asked.is(2, "sources", 1)) {
            allow(asked);
            operations.disabledSources(
                    loop,
                    asked.word(3),
                    found -> reply(asked, answer, screens.sources(found), screens.sourcesText(found)));
        } else if (asked.is(1, "version", 3)) {
            allow(asked);
            String text = "Sluice v" + operations.productVersion() + " (64-bit).";
            reply(asked, answer, new Answered().text("version", operations.productVersion()), text + "\n");
        } else {
            throw new BadUsage("\"show " + asked.word(1)
                    + "\" is not known; there are: show status, show topqueues, show queues, show settings, show disabled "
                    + "sources, show version");
        }
    }

    private void queues(Asked asked, Operations.Order order, Consumer<CommandReply> answer) {
        allow(asked, "connected", "paused", "mode", "maxitems", "errors", "sort", "no-rcpt-events", "mode-events");
        int most = number(asked, "maxitems", 20);
        String pattern = asked.word(2);
        var query = new Operations.QueueQuery(
                pattern, order, most, yesNo(asked, "connected"), yesNo(asked, "paused"), isBackoff(asked));
        boolean withErrors = asked.has("errors");
        String title = order == Operations.Order.RECIPIENTS
                ? "Top " + most + " queues by number of recipients"
                : "Queues by " + order.name().toLowerCase(Locale.ROOT);
        operations.queues(
                loop,
                query,
                listing -> reply(
                        asked,
                        answer,
                        screens.queues(listing, title, withErrors, asked.has("mode-events"), asked.format),
                        screens.queuesText(listing, pattern, withErrors, asked.has("mode-events"))));
    }

    private static @Nullable Boolean isBackoff(Asked asked) {
        if (!asked.has("mode")) {
            return null;
        }
        return switch (asked.option("mode", "").toLowerCase(Locale.ROOT)) {
            case "backoff" -> Boolean.TRUE;
            case "normal" -> Boolean.FALSE;
            default -> throw new BadUsage("--mode takes normal or backoff");
        };
    }

    private void pause(Asked asked, Consumer<CommandReply> answer) {
        allow(asked);
        boolean isPaused = asked.is(0, "pause", 2);
        String usage = (isPaused ? "pause" : "resume") + " queue DOMAIN/VMTA";
        if (!asked.is(1, "queue", 1)) {
            throw new BadUsage("usage: " + usage);
        }
        String pattern = need(asked, 2, usage);
        operations.pause(loop, pattern, isPaused, count -> {
            if (count == 0) {
                answer.accept(CommandReply.failed(asked.format, "no queue matches " + pattern));
            } else {
                message(asked, answer, isPaused ? "Queue(s) paused." : "Queue(s) resumed.");
            }
        });
    }

    private void setMode(Asked asked, Consumer<CommandReply> answer) {
        allow(asked, "mode");
        String usage = "set queue --mode=normal|backoff DOMAIN/VMTA";
        Boolean isBackoff = isBackoff(asked);
        if (!asked.is(1, "queue", 1) || isBackoff == null) {
            throw new BadUsage("usage: " + usage);
        }
        String pattern = need(asked, 2, usage);
        operations.setMode(loop, pattern, isBackoff, count -> {
            if (count == 0) {
                answer.accept(CommandReply.failed(asked.format, "no queue matches " + pattern));
            } else {
                message(asked, answer, "Mode set for " + count + " queue(s).");
            }
        });
    }

    private void setSource(Asked asked, Consumer<CommandReply> answer) {
        boolean isEnabled = asked.is(0, "enable", 2);
        String usage = isEnabled
                ? "enable source IP DOMAIN/VMTA"
                : "disable source [--reenable-after=INTERVAL] IP DOMAIN/VMTA";
        if (isEnabled) {
            allow(asked);
        } else {
            allow(asked, "reenable-after");
        }
        if (!asked.is(1, "source", 1)) {
            throw new BadUsage("usage: " + usage);
        }
        String address = need(asked, 2, usage);
        String pattern = need(asked, 3, usage);
        InetAddress source;
        try {
            source = InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException e) {
            throw new BadUsage("\"" + address + "\" is no IP address; usage: " + usage);
        }
        long after = asked.has("reenable-after") ? interval(asked.option("reenable-after", "")) : 0;
        operations.setSource(loop, pattern, source, isEnabled, after, count -> {
            if (count == 0) {
                answer.accept(CommandReply.failed(
                        asked.format,
                        "no queue that matches " + pattern + " has this source address to " + asked.word(0)));
            } else {
                message(
                        asked,
                        answer,
                        "Source " + (isEnabled ? "enabled" : "disabled") + " in " + count + " queue(s).");
            }
        });
    }

    private void explain(Asked asked, Consumer<CommandReply> answer) {
        allow(asked);
        String usage = "explain queue DOMAIN/VMTA, or explain message ID";
        if (asked.is(1, "queue", 1)) {
            String queue = need(asked, 2, usage);
            operations.explain(loop, queue, found -> {
                if (found.isEmpty()) {
                    answer.accept(CommandReply.failed(
                            asked.format,
                            "there is no queue " + queue
                                    + " now: nothing waits in it and nothing is remembered of it"));
                } else {
                    reply(asked, answer, explains.data(found.get()), explains.text(found.get()));
                }
            });
        } else if (asked.is(1, "message", 1)) {
            MessageId id;
            try {
                id = MessageId.parse(need(asked, 2, usage));
            } catch (IllegalArgumentException e) {
                throw new BadUsage("\"" + asked.word(2) + "\" is no message id; list prints them");
            }
            operations.explain(loop, id, found -> {
                if (found.rows().isEmpty()) {
                    answer.accept(CommandReply.failed(
                            asked.format,
                            "no recipient of message " + id + " waits; the accounting tells what became of it"));
                } else {
                    reply(asked, answer, explains.data(found), explains.text(found, loop.serverMillis()));
                }
            });
        } else {
            throw new BadUsage("usage: " + usage);
        }
    }

    private void delete(Asked asked, Consumer<CommandReply> answer) {
        allow(asked, "queue", "orig", "rcpt", "jobid", "envid", "older-than", "maxitems");
        if (!asked.has("queue") && !asked.has("jobid")) {
            throw new BadUsage("delete needs --queue=DOMAIN/VMTA or --jobId=ID, so that nothing goes by accident");
        }
        operations.delete(
                loop,
                query(asked, Integer.MAX_VALUE),
                count -> message(asked, answer, count + " recipient(s) deleted."));
    }

    private static Operations.RecipientQuery query(Asked asked, int usualMost) {
        return new Operations.RecipientQuery(
                asked.option("queue", asked.word(1)),
                asked.option("orig", ""),
                asked.option("rcpt", ""),
                asked.option("jobId", ""),
                asked.option("envId", ""),
                asked.has("older-than") ? interval(asked.option("older-than", "")) : 0,
                number(asked, "maxitems", usualMost));
    }

    private static void reply(Asked asked, Consumer<CommandReply> answer, Answered data, String text) {
        answer.accept(CommandReply.done(asked.format.render(data, "", text)));
    }

    private static void message(Asked asked, Consumer<CommandReply> answer, String text) {
        answer.accept(CommandReply.done(asked.format.render(new Answered(), text, text + "\n")));
    }

    private static String need(Asked asked, int i, String usage) {
        String word = asked.word(i);
        if (word.isEmpty()) {
            throw new BadUsage("usage: " + usage);
        }
        return word;
    }

    private static void allow(Asked asked, String... names) {
        for (String given : asked.options.keySet()) {
            if (!List.of(names).contains(given)) {
                throw new BadUsage("there is no option --" + given + " here"
                        + (names.length == 0 ? "" : "; there are: --" + String.join(", --", names)));
            }
        }
    }

    private static final String ALLOW_BOUNCE = "allow-bounce";

    private static long allowedBounces(Asked asked) {
        String given = asked.option(ALLOW_BOUNCE, "0");
        if (given.isEmpty() || given.length() > 18 || !given.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new BadUsage(
                    "--" + ALLOW_BOUNCE + "=" + given + " is not a number; write how many recipients may bounce");
        }
        return Long.parseLong(given);
    }

    private static int number(Asked asked, String name, int otherwise) {
        String given = asked.option(name, "");
        if (given.isEmpty()) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(given);
            if (value >= 1) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new BadUsage("--" + name + "=" + given + " is not a number; write 1 or more");
        }
        throw new BadUsage("--" + name + "=" + given + " is too small; write 1 or more");
    }

    private static @Nullable Boolean yesNo(Asked asked, String name) {
        if (!asked.has(name)) {
            return null;
        }
        return switch (asked.option(name, "").toLowerCase(Locale.ROOT)) {
            case "yes", "true" -> Boolean.TRUE;
            case "no", "false" -> Boolean.FALSE;
            default -> throw new BadUsage("--" + name + " takes yes or no");
        };
    }

    private static Operations.Order order(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "name" -> Operations.Order.NAME;
            case "rcpt" -> Operations.Order.RECIPIENTS;
            case "size" -> Operations.Order.SIZE;
            default -> throw new BadUsage("--sort takes name, rcpt or size");
        };
    }

    /// `1d12h`, `90m`, a bare number of seconds.
    static long interval(String text) {
        long millis = 0;
        long number = -1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                number = Math.max(number, 0) * 10 + (c - '0');
                if (number > 1_000_000_000) {
                    throw new BadUsage("the interval " + text + " is too long");
                }
                continue;
            }
            long unit =
                    switch (c) {
                        case 's' -> 1_000L;
                        case 'm' -> 60_000L;
                        case 'h' -> 3_600_000L;
                        case 'd' -> 86_400_000L;
                        case 'w' -> 604_800_000L;
                        default -> 0;
                    };
            if (unit == 0 || number < 0) {
                throw new BadUsage("\"" + text + "\" is no interval; write e.g. 90m or 1d12h");
            }
            millis += number * unit;
            number = -1;
        }
        return number >= 0 ? millis + number * 1000 : millis;
    }

    /// The command line was not understood. The text says how to mend it.
    private static final class BadUsage extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BadUsage(String text) {
            super(text, null, false, false);
        }

        @Override
        public String getMessage() {
            return java.util.Objects.requireNonNullElse(super.getMessage(), "");
        }
    }
}
