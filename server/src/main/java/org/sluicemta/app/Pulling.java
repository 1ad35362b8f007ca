package org.sluicemta.app;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Effect;
import org.sluicemta.config.Snapshot;
import org.sluicemta.control.ConfigCommands;
import org.sluicemta.pull.Adoption;
import org.sluicemta.pull.Guard;
import org.sluicemta.pull.Guards;
import org.sluicemta.pull.Ledger;
import org.sluicemta.pull.Puller;
import org.sluicemta.pull.Refusal;
import org.sluicemta.pull.Review;
import org.sluicemta.pull.SourceFetching;
import org.sluicemta.pull.Tree;
import org.sluicemta.pull.Version;
import org.sluicemta.pull.VersionStore;
import org.sluicemta.world.Loop;
import org.sluicemta.world.World;

/// Connects the pulling of the configuration with the server: reviews versions, adopts them by a reload,
/// and answers operators. Owner: its lane; files are read on virtual threads, the server is asked on the
/// first mail loop.
final class Pulling implements ConfigCommands {
    /// Errors told in one refusal; `sluice check` tells all of them.
    private static final int MOST_ERRORS = 5;

    private final Loop server;
    private final Loop lane;
    private final Server running;
    private final ConfigurationLoading loading;
    private final Puller puller;

    private Pulling(World world, Server running, ConfigurationLoading loading) {
        this.server = world.loops().getFirst();
        this.lane = world.lane("pulling");
        this.running = running;
        this.loading = loading;
        Review review = this::review;
        Adoption adoption = this::adopt;
        this.puller = new Puller(
                lane,
                world.entropy(),
                new SourceFetching(world, lane, loading.versions()),
                new VersionStore(world, lane, loading.versions()),
                review,
                adoption);
    }

    /// On the first mail loop. The first pull, if there is a source, comes at once.
    static Pulling start(World world, Server running, ConfigurationLoading loading) {
        var pulling = new Pulling(world, running, loading);
        running.usePulling(pulling, pulling::reloaded);
        pulling.reloaded();
        return pulling;
    }

    private void reloaded() {
        lane.post(() -> puller.use(loading.source()));
    }

    /// Somebody outside says that there is something to pull. From any thread.
    void soon() {
        lane.post(puller::soon);
    }

    void stop() {
        lane.post(puller::stop);
    }

    // --- what the puller asks

    private void review(
            Tree tree, String folderName, int maxRemoved, Set<Guard> accepted, Consumer<Review.Verdict> answer) {
        Thread.ofVirtual().name("review").start(() -> {
            ConfigurationLoading.Checked checked = loading.review(tree, folderName);
            Snapshot after = checked.reloading().snapshot();
            if (after == null) {
                Guard guard = checked.isProtective() ? Guard.PROTECTIVE : Guard.ERROR;
                var refusal = new Refusal(guard, inBrief(checked.reloading().failure()));
                lane.post(() -> answer.accept(new Review.Verdict(Optional.empty(), List.of(refusal))));
            } else {
                server.post(() -> {
                    Configuration before = running.configuration();
                    lane.post(() -> judge(before, after, maxRemoved, accepted, answer));
                });
            }
        });
    }

    /// The first errors of a report, on one line.
    private static String inBrief(String report) {
        List<String> errors =
                report.lines().filter(line -> line.contains(": error: ")).toList();
        if (errors.isEmpty()) {
            return report.lines().findFirst().orElse("it cannot be loaded");
        }
        String first = String.join("; ", errors.stream().limit(MOST_ERRORS).toList());
        return errors.size() <= MOST_ERRORS ? first : first + "; and " + (errors.size() - MOST_ERRORS) + " more";
    }

    private void judge(
            Configuration before,
            Snapshot after,
            int maxRemoved,
            Set<Guard> accepted,
            Consumer<Review.Verdict> answer) {
        Effect effect = Effect.between(before, after.configuration());
        running.stranded(after, lane, stranded -> {
            // What is held since an earlier change stays held, and is no news; what would bounce always is.
            Map<String, Long> waiting = new TreeMap<>(stranded);
            if (!after.queues().bouncesRemoved()) {
                waiting.keySet().retainAll(effect.removedVirtualMtas());
            }
            List<Refusal> refusals =
                    Guards.refusals(before, after.configuration(), effect, maxRemoved, waiting, accepted);
            answer.accept(new Review.Verdict(Optional.of(effect), refusals));
        });
    }

    private void adopt(long allowedBounces, Consumer<Adoption.Adopted> answer) {
        server.post(() -> running.reload(
                allowedBounces,
                done -> lane.post(() -> answer.accept(new Adoption.Adopted(done.failure(), done.notes())))));
    }

    // --- what operators ask

    @Override
    public void status(Loop home, Consumer<PullStatus> answer) {
        lane.post(() -> {
            PullStatus status = shown(puller.status());
            home.post(() -> answer.accept(status));
        });
    }

    private static PullStatus shown(Puller.Status s) {
        var versions = new ArrayList<VersionRow>();
        Ledger ledger = s.ledger().orElse(Ledger.EMPTY);
        for (Version each : ledger.versions().reversed()) {
            versions.add(new VersionRow(
                    each.number(),
                    each.fetchedMillis(),
                    each.shortRevision(),
                    each.from(),
                    each.number() == ledger.current()));
        }
        return new PullStatus(
                s.source().map(Object::toString).orElse(""),
                ledger.isHeld(),
                s.isBusy(),
                versions,
                s.lastPullMillis(),
                s.nextPullMillis(),
                s.lastFailure(),
                s.lastFailureMillis(),
                s.failures(),
                s.pending().map(Puller.Pending::revision).orElse(""),
                s.pending().map(Puller.Pending::seenMillis).orElse(0L),
                s.pending()
                        .map(pending -> refusals(pending.verdict().refusals()))
                        .orElse(List.of()));
    }

    private static List<RefusalRow> refusals(List<Refusal> all) {
        return all.stream()
                .map(each -> new RefusalRow(each.guard().word(), each.text()))
                .toList();
    }

    @Override
    public void pull(Loop home, Set<String> accepted, long allowedBounces, Consumer<PullOutcome> answer) {
        var guards = EnumSet.noneOf(Guard.class);
        for (String word : accepted) {
            Optional<Guard> guard = Guard.of(word).filter(Guard::mayBeAccepted);
            if (guard.isPresent()) {
                guards.add(guard.get());
            } else if (!word.isEmpty()) {
                List<String> words = Arrays.stream(Guard.values())
                        .filter(Guard::mayBeAccepted)
                        .map(Guard::word)
                        .toList();
                var refused = new PullOutcome(
                        false,
                        "--accept=" + word + " is no guard that may be passed; there are: " + String.join(", ", words),
                        List.of(),
                        List.of(),
                        List.of());
                home.post(() -> answer.accept(refused));
                return;
            }
        }
        lane.post(() -> puller.pull(guards, allowedBounces, to(home, answer)));
    }

    @Override
    public void showEffect(Loop home, Consumer<PullOutcome> answer) {
        lane.post(() -> puller.look(to(home, answer)));
    }

    @Override
    public void rollBack(Loop home, int version, long allowedBounces, Consumer<PullOutcome> answer) {
        lane.post(() -> puller.rollBack(version, allowedBounces, to(home, answer)));
    }

    @Override
    public void resume(Loop home, Consumer<PullOutcome> answer) {
        lane.post(() -> puller.resume(to(home, answer)));
    }

    private static Consumer<Puller.Outcome> to(Loop home, Consumer<PullOutcome> answer) {
        return outcome -> {
            var shown = new PullOutcome(
                    outcome.isDone(),
                    outcome.text(),
                    outcome.effect().stream().map(Pulling::rows).toList(),
                    refusals(outcome.refusals()),
                    outcome.notes());
            home.post(() -> answer.accept(shown));
        };
    }

    private static EffectRows rows(Effect effect) {
        return new EffectRows(
                effect.addedVirtualMtas(),
                effect.removedVirtualMtas(),
                effect.addedPools(),
                effect.removedPools(),
                effect.settings().stream().map(Effect.Change::text).toList());
    }
}
