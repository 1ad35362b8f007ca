package org.sluicemta.control;

import java.util.List;
import java.util.Locale;
import org.sluicemta.world.Loop;

/// Lists of queues, of what they sum up to, and of waiting recipients. Long ones are written aside.
final class ListingCommands implements Command.Group {
    private static final int USUAL_QUEUES = 20;
    private static final int USUAL_RECIPIENTS = 100;

    private final Loop loop;
    private final Operations operations;
    private final Screens screens;
    private final SumsScreen sums;

    ListingCommands(Loop loop, Operations operations, Screens screens) {
        this.loop = loop;
        this.operations = operations;
        this.screens = screens;
        this.sums = new SumsScreen(screens::time);
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
                        --paused=yes|no --mode=normal|backoff --mode-events
                        --no-rcpt-events""", ofQueues, asked -> queues(asked, asked.order())),
                Command.of(
                        "show topdomains",
                        "[OPTIONS] [DOMAIN]",
                        "the recipient domains with the most mail",
                        List.of("vmta", "connected", "maxitems", "errors"),
                        asked -> domains(asked, Operations.Order.RECIPIENTS)),
                Command.of(
                        "show domains",
                        "[OPTIONS] [DOMAIN]",
                        """
                        --vmta=NAME --maxitems=N --sort=name|rcpt|size --errors
                        --connected=yes|no""",
                        List.of("vmta", "connected", "maxitems", "errors", "sort"),
                        asked -> domains(asked, asked.order())),
                Command.of(
                        "show vmtas",
                        "[--maxitems=N]",
                        "virtual MTAs with waiting mail",
                        List.of("maxitems"),
                        this::vmtas),
                Command.of("show jobs", "[--maxitems=N]", "jobs with waiting mail", List.of("maxitems"), this::jobs),
                Command.of(
                        "list",
                        "[OPTIONS]",
                        """
                        waiting recipients: --queue=Q --orig=A --rcpt=A --jobId=ID
                        --envId=ID --older-than=1d12h --maxitems=N; --priority and --schedule
                        add columns; --pause is not needed: busy queues are listed too""",
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
        var wanted = new Screens.Wanted(asked.has("errors"), asked.has("mode-events"), !asked.has("no-rcpt-events"));
        String title = title("queues", order, most);
        operations.queues(
                loop,
                query,
                listing -> asked.reply(
                        operations,
                        loop,
                        listing.rows().size(),
                        () -> screens.queues(listing, title, wanted, asked.format()),
                        () -> screens.queuesText(listing, pattern, wanted)));
    }

    private static String title(String what, Operations.Order order, int most) {
        return switch (order) {
            case RECIPIENTS -> "Top " + most + " " + what + " by number of recipients";
            case SIZE -> "Top " + most + " " + what + " by size";
            case NAME -> what.substring(0, 1).toUpperCase(Locale.ROOT) + what.substring(1) + " by name";
        };
    }

    private void domains(Asked asked, Operations.Order order) {
        int most = asked.number("maxitems", USUAL_QUEUES);
        boolean withErrors = asked.has("errors");
        var query = new Operations.DomainQuery(
                asked.argument(0),
                asked.option("vmta", ""),
                order,
                most,
                asked.yesNo("connected"),
                withErrors || asked.format() == OutputFormat.JSON);
        operations.domains(
                loop,
                query,
                listing -> asked.reply(
                        operations,
                        loop,
                        listing.rows().size(),
                        () -> sums.domains(listing, title("domains", order, most), withErrors, asked.format()),
                        () -> sums.domainsText(listing, withErrors)));
    }

    private void vmtas(Asked asked) {
        operations.virtualMtas(
                loop,
                asked.number("maxitems", Integer.MAX_VALUE),
                listing -> asked.reply(
                        operations,
                        loop,
                        listing.rows().size(),
                        () -> sums.virtualMtas(listing),
                        () -> sums.virtualMtasText(listing)));
    }

    private void jobs(Asked asked) {
        operations.jobs(
                loop,
                asked.number("maxitems", Integer.MAX_VALUE),
                listing -> asked.reply(
                        operations,
                        loop,
                        listing.rows().size(),
                        () -> sums.jobs(listing),
                        () -> sums.jobsText(listing)));
    }

    private void recipients(Asked asked) {
        operations.recipients(
                loop,
                query(asked, USUAL_RECIPIENTS),
                found -> asked.reply(
                        operations,
                        loop,
                        found.rows().size(),
                        () -> screens.recipients(found, asked.has("schedule")),
                        () -> screens.recipientsText(found, asked.has("priority"), asked.has("schedule"))));
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
