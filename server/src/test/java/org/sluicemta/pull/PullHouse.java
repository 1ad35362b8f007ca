package org.sluicemta.pull;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.config.ConfigSource;
import org.sluicemta.config.Effect;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// A puller in a simulated world: its disk is simulated, what is fetched, judged and adopted is the
/// test's.
final class PullHouse implements Fetching, Review, Adoption {
    static final Path FOLDER = Path.of("/data/pulled");
    static final ConfigSource SOURCE =
            new ConfigSource.Git("/srv/repo.git", "main", "config", Duration.ofMinutes(5), 3);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    static final Effect EFFECT = new Effect(List.of("new"), List.of(), List.of(), List.of(), List.of());

    final SimulatedWorld world;
    final Loop lane;
    final Puller puller;
    final List<String> asked = new ArrayList<>();
    final List<Integer> adopted = new ArrayList<>();
    /// What the source has: a revision and the text of its main file; null for a failure.
    @Nullable
    Fetched has;

    String failsWith = "the network is away";
    List<Refusal> refusals = List.of();
    String adoptionFails = "";
    /// Passed with what is asked next.
    long allowedBounces;
    /// With which adoptions were asked for.
    final List<Long> bounces = new ArrayList<>();

    PullHouse(SimulatedWorld world) {
        this.world = world;
        this.lane = world.lane("pulling");
        world.host().disk().makeFolders(Path.of("/data"));
        this.puller = new Puller(lane, world.entropy(), this, new VersionStore(world, lane, FOLDER), this, this);
    }

    static PullHouse seeded(long seed) {
        return new PullHouse(SimulatedWorld.seeded(seed));
    }

    /// Tells the puller its source; the first pull comes at once.
    PullHouse started() {
        lane.post(() -> puller.use(Optional.of(SOURCE)));
        return this;
    }

    PullHouse publishes(String revision, String text) {
        has = new Fetched.Changed(tree(text), revision, "");
        return this;
    }

    static Tree tree(String text) {
        return new Tree(
                "config",
                new TreeMap<>(Map.of(
                        "config", text.getBytes(StandardCharsets.UTF_8),
                        "parts/domains.conf", "# none\n".getBytes(StandardCharsets.UTF_8))));
    }

    void pass(Duration time) {
        world.advance(time);
    }

    Puller.Outcome ask(Consumer<Consumer<Puller.Outcome>> request) {
        var outcome = new AtomicReference<Puller.@Nullable Outcome>();
        lane.post(() -> request.accept(outcome::set));
        world.runUntil(() -> outcome.get() != null, PATIENCE);
        return Objects.requireNonNull(outcome.get());
    }

    /// Somebody outside says that there is something to pull.
    void calls() {
        lane.post(puller::soon);
    }

    Puller.Outcome pull(Guard... accepted) {
        return ask(answer -> puller.pull(Set.of(accepted), allowedBounces, answer));
    }

    Puller.Status status() {
        var status = new AtomicReference<Puller.@Nullable Status>();
        lane.post(() -> status.set(puller.status()));
        world.runUntil(() -> status.get() != null, PATIENCE);
        return Objects.requireNonNull(status.get());
    }

    int current() {
        return status().ledger().orElseThrow().current();
    }

    @Override
    public void fetch(ConfigSource source, String revision, String etag, Answer<Fetched> answer) {
        asked.add(revision);
        lane.alarm(() -> {
                    Fetched now = has;
                    if (now == null) {
                        answer.failed(new IoFailure(IoFailure.Kind.UNREACHABLE, failsWith));
                    } else if (now instanceof Fetched.Changed changed
                            && changed.revision().equals(revision)) {
                        answer.ready(new Fetched.Unchanged());
                    } else {
                        answer.ready(now);
                    }
                })
                .set(lane.nanos() + Duration.ofSeconds(1).toNanos());
    }

    @Override
    public void review(Tree tree, String folderName, int maxRemoved, Set<Guard> accepted, Consumer<Verdict> answer) {
        List<Refusal> left = refusals.stream()
                .filter(each -> !accepted.contains(each.guard()))
                .toList();
        lane.post(() -> answer.accept(new Verdict(Optional.of(EFFECT), left)));
    }

    /// Like a reload: reads what the ledger on disk names.
    @Override
    public void adopt(long allowedBounces, Consumer<Adopted> answer) {
        bounces.add(allowedBounces);
        new VersionStore(world, lane, FOLDER).open(new Answer<>() {
            @Override
            public void ready(Ledger ledger) {
                if (adoptionFails.isEmpty()) {
                    adopted.add(ledger.current());
                }
                answer.accept(new Adopted(adoptionFails, List.of("a note")));
            }

            @Override
            public void failed(IoFailure why) {
                answer.accept(new Adopted(why.text(), List.of()));
            }
        });
    }
}
