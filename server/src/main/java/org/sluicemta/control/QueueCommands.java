package org.sluicemta.control;

import java.net.InetAddress;
import java.util.List;
import org.sluicemta.world.Loop;

/// What operators do to queues: their mode, their addresses, their clocks.
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
                        "schedule",
                        "[--retry-recipients] " + QUEUE,
                        "try now",
                        List.of("retry-recipients"),
                        this::schedule));
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

    private void schedule(Asked asked) {
        operations.schedule(
                loop,
                asked.need(0),
                asked.has("retry-recipients"),
                done -> asked.message(done.queues() + " of " + done.of() + " matching queues scheduled."));
    }
}
