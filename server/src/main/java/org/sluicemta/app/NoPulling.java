package org.sluicemta.app;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.sluicemta.control.ConfigCommands;
import org.sluicemta.world.Loop;

/// Answers for a server that was started without pulling.
enum NoPulling implements ConfigCommands {
    NO_PULLING;

    private static final PullOutcome NOT_PULLED =
            new PullOutcome(false, "this server does not pull its configuration", List.of(), List.of(), List.of());

    @Override
    public void status(Loop home, Consumer<PullStatus> answer) {
        home.post(() -> answer.accept(new PullStatus("", false, false, List.of(), 0, 0, "", 0, 0, "", 0, List.of())));
    }

    @Override
    public void pull(Loop home, Set<String> accepted, long allowedBounces, Consumer<PullOutcome> answer) {
        home.post(() -> answer.accept(NOT_PULLED));
    }

    @Override
    public void showEffect(Loop home, Consumer<PullOutcome> answer) {
        home.post(() -> answer.accept(NOT_PULLED));
    }

    @Override
    public void rollBack(Loop home, int version, long allowedBounces, Consumer<PullOutcome> answer) {
        home.post(() -> answer.accept(NOT_PULLED));
    }

    @Override
    public void resume(Loop home, Consumer<PullOutcome> answer) {
        home.post(() -> answer.accept(NOT_PULLED));
    }
}
