package org.sluicemta.control;

import java.net.InetAddress;
import java.util.List;
import org.sluicemta.world.Loop;

/// What operators do to queues and the mail in them.
final class QueueCommands implements Command.Group {
    private static final String QUEUE = "DOMAIN/VMTA";

    private final Loop loop;
    private final Operations operations;

    QueueCommands(Loop loop, Operations operations) {
        this.loop = loop;
        this.operations = operations;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of("pause queue", QUEUE, "no mail goes out", List.of(), asked -> pause(asked, true)),
                Command.of("resume queue", QUEUE, "mail goes out again", List.of(), asked -> pause(asked, false)),
                Command.of(
                        "set queue",
                        "--mode=normal|backoff " + QUEUE,
                        "changes the mode",
                        List.of("mode"),
                        this::setMode),
                Command.of(
                        "disable source",
                        "[--reenable-after=INTERVAL] IP " + QUEUE,
                        "mail does not leave from this address",
                        List.of("reenable-after"),
                        asked -> setSource(asked, false)),
                Command.of(
                        "enable source",
                        "IP " + QUEUE,
                        "mail may leave from this address again",
                        List.of(),
                        asked -> setSource(asked, true)),
                Command.of(
                        "delete",
                        "--queue=" + QUEUE + " | --jobId=ID",
                        "bounces waiting mail: --orig=A --rcpt=A --envId=ID --older-than=1d12h",
                        List.of("queue", "orig", "rcpt", "jobid", "envid", "older-than", "maxitems"),
                        this::delete),
                Command.of(
                        "schedule",
                        "[--retry-recipients] " + QUEUE,
                        "try now",
                        List.of("retry-recipients"),
                        this::schedule));
    }

    private void pause(Asked asked, boolean isPaused) {
        String pattern = asked.need(0);
        operations.pause(loop, pattern, isPaused, count -> {
            if (count == 0) {
                asked.fail("no queue matches " + pattern);
            } else {
                asked.message(isPaused ? "Queue(s) paused." : "Queue(s) resumed.");
            }
        });
    }

    private void setMode(Asked asked) {
        Boolean isBackoff = asked.either("mode", "backoff", "normal");
        if (isBackoff == null) {
            throw asked.wrong();
        }
        String pattern = asked.need(0);
        operations.setMode(loop, pattern, isBackoff, count -> {
            if (count == 0) {
                asked.fail("no queue matches " + pattern);
            } else {
                asked.message("Mode set for " + count + " queue(s).");
            }
        });
    }

    private void setSource(Asked asked, boolean isEnabled) {
        String address = asked.need(0);
        String pattern = asked.need(1);
        InetAddress source;
        try {
            source = InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException e) {
            throw asked.wrong("\"" + address + "\" is no IP address");
        }
        operations.setSource(loop, pattern, source, isEnabled, asked.interval("reenable-after"), count -> {
            if (count == 0) {
                asked.fail("no queue that matches " + pattern + " has this source address to "
                        + (isEnabled ? "enable" : "disable"));
            } else {
                asked.message("Source " + (isEnabled ? "enabled" : "disabled") + " in " + count + " queue(s).");
            }
        });
    }

    private void delete(Asked asked) {
        if (!asked.has("queue") && !asked.has("jobid")) {
            throw new BadUsage("delete needs --queue=DOMAIN/VMTA or --jobId=ID, so that nothing goes by accident");
        }
        operations.delete(
                loop,
                ListingCommands.query(asked, Integer.MAX_VALUE),
                count -> asked.message(count + " recipient(s) deleted."));
    }

    private void schedule(Asked asked) {
        operations.schedule(
                loop,
                asked.need(0),
                asked.has("retry-recipients"),
                done -> asked.message(done.queues() + " of " + done.of() + " matching queues scheduled."));
    }
}
