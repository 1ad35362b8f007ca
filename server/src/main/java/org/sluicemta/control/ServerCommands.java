package org.sluicemta.control;

import java.util.List;
import java.util.Set;
import org.sluicemta.world.Loop;

/// What operators do to the server as a whole: its configuration, its end.
final class ServerCommands implements Command.Group {
    private static final String ALLOW_BOUNCE = "allow-bounce";
    /// Remarks on a reload that are told.
    private static final int MOST_NOTES = 30;

    private final Loop loop;
    private final Operations operations;
    private final ConfigScreens screens;

    ServerCommands(Loop loop, Operations operations, Screens screens) {
        this.loop = loop;
        this.operations = operations;
        this.screens = new ConfigScreens(screens::time);
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of(
                        "rel|oad",
                        "[--allow-bounce=N]",
                        "N recipients may bounce whose virtual MTA is taken away",
                        List.of(ALLOW_BOUNCE),
                        this::reload),
                Command.of("shut|down", "", "an orderly stop", List.of(), this::shutdown),
                Command.of("conf|ig status", "", "what is pulled, in use, refused, kept", List.of(), this::status),
                Command.of(
                        "conf|ig pull",
                        "[--accept=GUARD,...]",
                        "pulls now",
                        List.of("accept", ALLOW_BOUNCE),
                        this::pull),
                Command.of(
                        "conf|ig show-effect",
                        "",
                        "what pulling now would change",
                        List.of(),
                        asked -> operations.configuration().showEffect(loop, outcome -> pulled(asked, outcome))),
                Command.of(
                        "conf|ig effect",
                        "",
                        "the same",
                        List.of(),
                        asked -> operations.configuration().showEffect(loop, outcome -> pulled(asked, outcome))),
                Command.of(
                        "conf|ig rollback",
                        "[VERSION]",
                        "back to an earlier version",
                        List.of(ALLOW_BOUNCE),
                        this::rollBack),
                Command.of(
                        "conf|ig res|ume",
                        "",
                        "lets pulling go on",
                        List.of(),
                        asked -> operations.configuration().resume(loop, outcome -> pulled(asked, outcome))));
    }

    private void reload(Asked asked) {
        operations.reload(loop, allowedBounces(asked), done -> {
            if (!done.failure().isEmpty()) {
                asked.fail(done.failure());
                return;
            }
            var text = new StringBuilder("Configuration reloaded.");
            done.notes().stream()
                    .limit(MOST_NOTES)
                    .forEach(note -> text.append('\n').append(note));
            if (done.notes().size() > MOST_NOTES) {
                text.append("\n... and ")
                        .append(done.notes().size() - MOST_NOTES)
                        .append(" more; sluice check tells them all");
            }
            asked.message(text.toString());
        });
    }

    private void shutdown(Asked asked) {
        operations.shutdown(loop, () -> asked.message("Shutting down."));
    }

    private void status(Asked asked) {
        operations
                .configuration()
                .status(loop, status -> asked.reply(screens.status(status), screens.statusText(status)));
    }

    private void pull(Asked asked) {
        var accepted = Set.of(asked.option("accept", "").split(",", 20));
        operations.configuration().pull(loop, accepted, allowedBounces(asked), outcome -> pulled(asked, outcome));
    }

    private void rollBack(Asked asked) {
        operations
                .configuration()
                .rollBack(loop, version(asked.argument(0)), allowedBounces(asked), outcome -> pulled(asked, outcome));
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

    private void pulled(Asked asked, ConfigCommands.PullOutcome outcome) {
        String text = screens.outcomeText(outcome);
        if (outcome.isDone()) {
            asked.reply(screens.outcome(outcome), text);
        } else {
            asked.fail(text.strip());
        }
    }

    private static long allowedBounces(Asked asked) {
        String given = asked.option(ALLOW_BOUNCE, "0");
        if (given.isEmpty() || given.length() > 18 || !given.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new BadUsage(
                    "--" + ALLOW_BOUNCE + "=" + given + " is not a number; write how many recipients may bounce");
        }
        return Long.parseLong(given);
    }
}
