package org.sluicemta.control;

import java.time.ZoneId;
import java.util.List;
import org.sluicemta.mail.MessageId;
import org.sluicemta.world.Loop;

/// Why mail waits.
final class ExplainCommands implements Command.Group {
    private final Loop loop;
    private final Operations operations;
    private final ExplainScreen screen;

    ExplainCommands(Loop loop, Operations operations, ZoneId zone) {
        this.loop = loop;
        this.operations = operations;
        this.screen = new ExplainScreen(zone);
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of(
                        "explain queue",
                        "DOMAIN/VMTA",
                        "what its mail waits for, every limit and its source line, the next\nattempt",
                        List.of(),
                        this::queue),
                Command.of(
                        "explain message",
                        "ID",
                        "the same for a message's waiting recipients",
                        List.of(),
                        this::message));
    }

    private void queue(Asked asked) {
        String queue = asked.need(0);
        operations.explain(loop, queue, found -> {
            if (found.isEmpty()) {
                asked.fail("there is no queue " + queue + " now: nothing waits in it and nothing is remembered of it");
            } else {
                asked.reply(screen.data(found.get()), screen.text(found.get()));
            }
        });
    }

    private void message(Asked asked) {
        MessageId id;
        try {
            id = MessageId.parse(asked.need(0));
        } catch (IllegalArgumentException e) {
            throw new BadUsage("\"" + asked.argument(0) + "\" is no message id; list prints them");
        }
        operations.explain(loop, id, found -> {
            if (found.rows().isEmpty()) {
                asked.fail("no recipient of message " + id + " waits; the accounting tells what became of it");
            } else {
                asked.reply(screen.data(found), screen.text(found, loop.serverMillis()));
            }
        });
    }
}
