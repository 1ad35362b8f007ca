package org.sluicemta.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.sluicemta.world.Loop;

/// A pulling whose answers are fixed and which notes what it was asked.
final class FakeConfigCommands implements ConfigCommands {
    static final long AT = 1_714_587_932_000L;
    static final PullStatus REFUSED = new PullStatus(
            "git:/srv/repo.git branch=main",
            false,
            false,
            List.of(
                    new VersionRow(2, AT, "c2", "git:/srv/repo.git branch=main", true),
                    new VersionRow(1, AT, "c1", "git:/srv/repo.git branch=main", false)),
            AT,
            AT,
            "",
            0,
            0,
            "c3",
            AT,
            List.of(new RefusalRow("open-relay", "everybody\nmay send")));

    final List<String> asked = new ArrayList<>();
    PullStatus status = REFUSED;
    PullOutcome outcome = new PullOutcome(true, "Nothing new.", List.of(), List.of(), List.of());

    static String bounces(long allowed) {
        return allowed == 0 ? "" : " and " + allowed + " may bounce";
    }

    @Override
    public void status(Loop home, Consumer<PullStatus> answer) {
        answer.accept(status);
    }

    @Override
    public void pull(Loop home, Set<String> accepted, long allowedBounces, Consumer<PullOutcome> answer) {
        asked.add("pull " + new TreeSet<>(accepted) + bounces(allowedBounces));
        answer.accept(outcome);
    }

    @Override
    public void showEffect(Loop home, Consumer<PullOutcome> answer) {
        asked.add("effect");
        answer.accept(outcome);
    }

    @Override
    public void rollBack(Loop home, int version, long allowedBounces, Consumer<PullOutcome> answer) {
        asked.add("rollback " + version + bounces(allowedBounces));
        answer.accept(outcome);
    }

    @Override
    public void resume(Loop home, Consumer<PullOutcome> answer) {
        asked.add("resume");
        answer.accept(outcome);
    }
}
