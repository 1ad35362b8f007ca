package org.sluicemta.control;

import java.util.List;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.world.Loop;

/// What operators do to waiting mail: hold it, let it go, prefer it, delete it.
final class MailCommands implements Command.Group {
    private static final String QUEUE = "DOMAIN/VMTA";
    private static final int HIGHEST_PRIORITY = 100;

    /// Longer is a pause for ever, which needs no time.
    private static final long LONGEST_PAUSE_MILLIS = 366L * 86_400_000L;

    private final Loop loop;
    private final MailActions mail;

    MailCommands(Loop loop, MailActions mail) {
        this.loop = loop;
        this.mail = mail;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of(
                        "pause queue",
                        "[--for=1h30m] " + QUEUE,
                        "no mail goes out; with --for it resumes by itself",
                        List.of("for"),
                        this::pause),
                Command.of(
                        "resume queue", QUEUE, "says how many expired, then lets mail go out", List.of(), this::resume),
                Command.of(
                        "pause job",
                        "ID",
                        "no mail of the job goes out, now or later",
                        List.of(),
                        asked -> pauseJob(asked, true)),
                Command.of(
                        "resume job",
                        "ID",
                        "mail of the job goes out again",
                        List.of(),
                        asked -> pauseJob(asked, false)),
                Command.of(
                        "set priority",
                        "[--queue=Q --orig=A --rcpt=A --jobId=ID --envId=ID] N",
                        "waiting mail goes out sooner (100) or later (1)",
                        List.of("queue", "orig", "rcpt", "jobid", "envid"),
                        this::setPriority),
                Command.of(
                        "delete",
                        "--queue=" + QUEUE + " | --jobId=ID",
                        "bounces waiting mail: --orig=A --rcpt=A --envId=ID --older-than=1d12h\n"
                                + "--dsn tells the senders, --no-accounting makes no rows",
                        List.of("queue", "orig", "rcpt", "jobid", "envid", "older-than", "dsn", "no-accounting"),
                        this::delete));
    }

    private void pause(Asked asked) {
        String pattern = asked.need(0);
        long lasting = asked.interval("for");
        if (asked.has("for") && (lasting < 1_000 || lasting > LONGEST_PAUSE_MILLIS)) {
            throw asked.wrong("--for takes 1s to 366d");
        }
        mail.pause(loop, pattern, lasting, count -> {
            if (count == 0) {
                asked.fail("no queue matches " + pattern);
            } else {
                asked.message("Queue(s) paused.");
            }
        });
    }

    private void resume(Asked asked) {
        String pattern = asked.need(0);
        mail.resume(loop, pattern, resumed -> {
            if (resumed.queues() == 0) {
                asked.fail("no queue matches " + pattern);
            } else {
                asked.message(cost(resumed) + "Queue(s) resumed.");
            }
        });
    }

    /// What a pause has cost comes first; empty where it was nothing.
    private static String cost(QueueRoom.Resumed resumed) {
        if (resumed.expired() == 0 && resumed.expiring() == 0) {
            return "";
        }
        return resumed.expired() + " recipient(s) expired in the pause, " + resumed.expiring()
                + " expire within the hour. ";
    }

    private void pauseJob(Asked asked, boolean isPaused) {
        mail.pauseJob(loop, asked.need(0), isPaused, refusal -> {
            if (refusal.isEmpty()) {
                asked.message(isPaused ? "paused job." : "resumed job.");
            } else {
                asked.fail(refusal);
            }
        });
    }

    private void setPriority(Asked asked) {
        String given = asked.need(0);
        boolean isNumber =
                given.length() <= 3 && given.chars().allMatch(c -> c >= '0' && c <= '9') && !given.startsWith("0");
        if (!isNumber || Integer.parseInt(given) > HIGHEST_PRIORITY) {
            throw asked.wrong("\"" + given + "\" is no priority; write 1 to " + HIGHEST_PRIORITY);
        }
        mail.setPriority(
                loop,
                query(asked),
                Integer.parseInt(given),
                count -> asked.message("Priority set for " + count + " recipient(s)."));
    }

    private void delete(Asked asked) {
        if (!asked.has("queue") && !asked.has("jobid")) {
            throw new BadUsage("delete needs --queue=DOMAIN/VMTA or --jobId=ID, so that nothing goes by accident");
        }
        mail.delete(
                loop,
                query(asked),
                asked.has("dsn"),
                !asked.has("no-accounting"),
                count -> asked.message(count + " recipient(s) deleted."));
    }

    private static Operations.RecipientQuery query(Asked asked) {
        return new Operations.RecipientQuery(
                asked.option("queue", ""),
                asked.option("orig", ""),
                asked.option("rcpt", ""),
                asked.option("jobId", ""),
                asked.option("envId", ""),
                asked.interval("older-than"),
                Integer.MAX_VALUE);
    }
}
