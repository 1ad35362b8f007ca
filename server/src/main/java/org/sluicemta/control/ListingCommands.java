package org.sluicemta.control;

import java.util.List;
import java.util.Locale;
import org.sluicemta.world.Loop;

/// Lists of queues and of waiting recipients.
final class ListingCommands implements Command.Group {
    private static final int USUAL_QUEUES = 20;
    private static final int USUAL_RECIPIENTS = 100;

    private final Loop loop;
    private final Operations operations;
    private final Screens screens;

    ListingCommands(Loop loop, Operations operations, Screens screens) {
        this.loop = loop;
        this.operations = operations;
        this.screens = screens;
    }

    @Override
    public List<Command> commands() {
        List<String> ofQueues =
                List.of("connected", "paused", "mode", "maxitems", "errors", "sort", "no-rcpt-events", "mode-events");
        return List.of(
                Command.of(
                        "show topqueues",
                        "[OPTIONS] [DOMAIN/VMTA]",
                        "the largest queues; * in either half",
                        ofQueues,
                        asked -> queues(asked, Operations.Order.RECIPIENTS)),
                Command.of(
                        "show queues", "[OPTIONS] [DOMAIN/VMTA]", """
                        --maxitems=N --sort=name|rcpt|size --errors --connected=yes|no
                        --paused=yes|no --mode=normal|backoff --mode-events""", ofQueues, asked -> queues(asked, asked.order())),
                Command.of(
                        "list",
                        "[OPTIONS]",
                        """
                        waiting recipients: --queue=Q --orig=A --rcpt=A --jobId=ID
                        --envId=ID --older-than=1d12h --maxitems=N""",
                        List.of(
                                "queue",
                                "orig",
                                "rcpt",
                                "jobid",
                                "envid",
                                "maxitems",
                                "older-than",
                                "pause",
                                "priority",
                                "schedule"),
                        this::recipients));
    }

    private void queues(Asked asked, Operations.Order order) {
        int most = asked.number("maxitems", USUAL_QUEUES);
        String pattern = asked.argument(0);
        var query = new Operations.QueueQuery(
                pattern,
                order,
                most,
                asked.yesNo("connected"),
                asked.yesNo("paused"),
                asked.either("mode", "backoff", "normal"));
        boolean withErrors = asked.has("errors");
        String title = order == Operations.Order.RECIPIENTS
                ? "Top " + most + " queues by number of recipients"
                : "Queues by " + order.name().toLowerCase(Locale.ROOT);
        operations.queues(
                loop,
                query,
                listing -> asked.reply(
                        screens.queues(listing, title, withErrors, asked.has("mode-events"), asked.format()),
                        screens.queuesText(listing, pattern, withErrors, asked.has("mode-events"))));
    }

    private void recipients(Asked asked) {
        operations.recipients(
                loop,
                query(asked, USUAL_RECIPIENTS),
                found -> asked.reply(screens.recipients(found), screens.recipientsText(found)));
    }

    /// Which recipients a command concerns.
    static Operations.RecipientQuery query(Asked asked, int usualMost) {
        return new Operations.RecipientQuery(
                asked.option("queue", asked.argument(0)),
                asked.option("orig", ""),
                asked.option("rcpt", ""),
                asked.option("jobId", ""),
                asked.option("envId", ""),
                asked.interval("older-than"),
                asked.number("maxitems", usualMost));
    }
}
