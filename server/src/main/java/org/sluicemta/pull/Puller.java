package org.sluicemta.pull;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.config.ConfigSource;
import org.sluicemta.config.Effect;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Entropy;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// When the configuration is pulled, whether what came is adopted, and which versions are kept.
///
/// A pull: fetch; if it is new, review it (check, effect, guards); if no guard refuses, write it as a
/// version, make the ledger name it, and let the server adopt it as a reload does. Where the adoption
/// fails the ledger goes back. So the ledger on disk names what a restart loads, and a crash anywhere
/// leaves a version that was whole and reviewed.
///
/// A refused version is pending: it is fetched and reviewed anew at every interval, because what a guard
/// minds (mail that waits) may go away. Failures make the waits longer, up to [#LONGEST_WAIT]. A
/// rollback holds pulling until [#pull] or [#resume], across restarts.
///
/// One thing is done at a time; what operators ask for meanwhile waits, [#MOST_WAITING] requests at
/// most. No input and output here: everything goes through the interfaces that it is given. Owner:
/// `home`, a lane.
public final class Puller {
    static final Duration LONGEST_WAIT = Duration.ofHours(1);
    static final int MOST_WAITING = 16;
    /// Between two pulls that somebody outside says there is something for.
    static final Duration LEAST_BETWEEN_CALLS = Duration.ofSeconds(5);
    /// Servers that were started together shall not ask together: a tenth to and fro.
    private static final double JITTER = 0.1;

    private static final Logger LOG = LoggerFactory.getLogger(Puller.class);

    private final Loop home;
    private final Entropy entropy;
    private final Fetching fetching;
    private final Keeping keeping;
    private final Review review;
    private final Adoption adoption;
    private final Alarm due;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private Optional<ConfigSource> source = Optional.empty();
    private @Nullable Ledger ledger;
    private Optional<Pending> pending = Optional.empty();
    private boolean isBusy;
    private boolean isStopped;
    private int failures;
    private String lastFailure = "";
    private long lastFailureMillis;
    private long lastPullMillis;
    private long nextPullMillis;
    private String told = "";
    /// Somebody says that there is something, and no pull has begun since.
    private boolean isCalledFor;

    private long callableNanos;

    public Puller(Loop home, Entropy entropy, Fetching fetching, Keeping keeping, Review review, Adoption adoption) {
        this.home = home;
        this.entropy = entropy;
        this.fetching = fetching;
        this.keeping = keeping;
        this.review = review;
        this.adoption = adoption;
        this.due = home.alarm(this::interval);
        this.callableNanos = home.nanos();
    }

    /// A version that came and is not in use.
    ///
    /// @param verdict refusals empty where it was only looked at
    public record Pending(String revision, String fingerprint, long seenMillis, Review.Verdict verdict) {}

    /// What became of a request.
    ///
    /// @param isDone whether what was asked for was done
    /// @param text for a person
    /// @param effect of the version that came, where one came and could be loaded
    /// @param refusals of the guards
    /// @param notes of an adoption: warnings, and what needs a restart
    public record Outcome(
            boolean isDone, String text, Optional<Effect> effect, List<Refusal> refusals, List<String> notes) {
        static Outcome done(String text) {
            return new Outcome(true, text, Optional.empty(), List.of(), List.of());
        }

        static Outcome failed(String text) {
            return new Outcome(false, text, Optional.empty(), List.of(), List.of());
        }
    }

    /// How it stands.
    ///
    /// @param source empty where the local file names none
    /// @param ledger empty until it was read
    /// @param lastPullMillis of the last pull that went well, whatever the guards said; 0 for none since
    ///     the start
    /// @param nextPullMillis 0 where none is to come by itself
    /// @param lastFailure empty where the last pull went well
    public record Status(
            Optional<ConfigSource> source,
            Optional<Ledger> ledger,
            boolean isBusy,
            long lastPullMillis,
            long nextPullMillis,
            String lastFailure,
            long lastFailureMillis,
            int failures,
            Optional<Pending> pending) {}

    // --- what it is asked

    /// Uses this source from now on; pulls soon if it is another than before. Called at the start and
    /// after each reload.
    public void use(Optional<ConfigSource> now) {
        boolean isSame = now.equals(source);
        source = now;
        if (now.isEmpty()) {
            due.clear();
            nextPullMillis = 0;
            pending = Optional.empty();
        } else if (!isSame) {
            failures = 0;
            pullIn(Duration.ZERO);
        }
    }

    /// Pulls now, and ends a hold.
    ///
    /// @param accepted guards that may be passed this once; only those that may be accepted count
    /// @param allowedBounces waiting recipients that may bounce because their virtual MTA is taken away
    public void pull(Set<Guard> accepted, long allowedBounces, Consumer<Outcome> answer) {
        var guards = EnumSet.noneOf(Guard.class);
        accepted.stream().filter(Guard::mayBeAccepted).forEach(guards::add);
        var passing = new Passing(guards, allowedBounces);
        request(answer, done -> withSource(done, (from, kept) -> fetch(Kind.PULL, from, kept, passing, done)));
    }

    /// What may be passed this once.
    private record Passing(Set<Guard> guards, long bounces) {
        static final Passing NOTHING = new Passing(Set.of(), 0);
    }

    /// Lets the next interval come now, or [#LEAST_BETWEEN_CALLS] after the last that came so. However often it is
    /// called, a pull begins after the last call, unless pulling is held.
    public void soon() {
        isCalledFor = true;
        pullIn(Duration.ZERO);
    }

    /// Fetches and reviews, and adopts nothing, held or not.
    public void look(Consumer<Outcome> answer) {
        request(answer, done -> withSource(done, (from, kept) -> fetch(Kind.LOOK, from, kept, Passing.NOTHING, done)));
    }

    /// Goes back to an earlier version and holds pulling.
    ///
    /// @param number of a kept version, 0 for the local file, or -1 for the version before the one in
    ///     use
    /// @param allowedBounces as for [#pull]
    public void rollBack(int number, long allowedBounces, Consumer<Outcome> answer) {
        request(answer, done -> withSource(done, (_, kept) -> rollBack(number, allowedBounces, kept, done)));
    }

    /// Ends a hold: pulling goes on with the next interval, which comes now.
    public void resume(Consumer<Outcome> answer) {
        request(
                answer,
                done -> withSource(done, (_, kept) -> {
                    if (!kept.isHeld()) {
                        done.accept(Outcome.done("Pulling is not held."));
                        return;
                    }
                    Ledger next = kept.holding(false);
                    keeping.write(
                            next,
                            answer(
                                    _ -> {
                                        ledger = next;
                                        tell("resumed", () -> LOG.info("pulling of the configuration goes on"));
                                        done.accept(Outcome.done("Pulling goes on."));
                                        pullIn(Duration.ZERO);
                                    },
                                    why -> done.accept(notKept(why))));
                }));
    }

    public Status status() {
        return new Status(
                source,
                Optional.ofNullable(ledger),
                isBusy,
                lastPullMillis,
                nextPullMillis,
                lastFailure,
                lastFailureMillis,
                failures,
                pending);
    }

    /// Starts nothing more. What runs is let go.
    public void stop() {
        isStopped = true;
        due.clear();
        waiting.clear();
    }

    // --- one thing at a time

    private enum Kind {
        INTERVAL,
        PULL,
        LOOK
    }

    private void request(Consumer<Outcome> answer, Consumer<Consumer<Outcome>> work) {
        if (isStopped) {
            answer.accept(Outcome.failed("the server is stopping"));
        } else if (!isBusy) {
            run(answer, work);
        } else if (waiting.size() < MOST_WAITING) {
            waiting.add(() -> run(answer, work));
        } else {
            answer.accept(
                    Outcome.failed("a pull is under way and " + MOST_WAITING + " requests wait; ask again later"));
        }
    }

    private void run(Consumer<Outcome> answer, Consumer<Consumer<Outcome>> work) {
        isBusy = true;
        work.accept(outcome -> {
            isBusy = false;
            answer.accept(outcome);
            Runnable next = waiting.poll();
            if (next != null && !isBusy) {
                next.run();
            }
        });
    }

    private void interval() {
        if (isBusy) {
            // Whatever runs, the next interval is soon enough; if somebody calls, that comes in a moment.
            callableNanos = home.nanos() + LEAST_BETWEEN_CALLS.toNanos();
            source.ifPresent(from -> pullIn(from.every()));
        } else {
            if (isCalledFor) {
                isCalledFor = false;
                callableNanos = home.nanos() + LEAST_BETWEEN_CALLS.toNanos();
            }
            run(_ -> {}, this::intervalPull);
        }
    }

    private void intervalPull(Consumer<Outcome> done) {
        withSource(done, (from, kept) -> {
            if (kept.isHeld()) {
                nextPullMillis = 0;
                tell(
                        "held",
                        () -> LOG.warn(
                                "pulling of the configuration is held since a rollback; config pull or config resume end it"));
                done.accept(Outcome.failed("held"));
            } else {
                fetch(Kind.INTERVAL, from, kept, Passing.NOTHING, done);
            }
        });
    }

    private void withSource(Consumer<Outcome> done, BiConsumer<ConfigSource, Ledger> next) {
        if (source.isEmpty()) {
            done.accept(Outcome.failed(
                    "the configuration is not pulled: the local file has no config-source; add one and reload"));
            return;
        }
        ConfigSource from = source.get();
        Ledger known = ledger;
        if (known != null) {
            next.accept(from, known);
            return;
        }
        keeping.open(new Answer<>() {
            @Override
            public void ready(Ledger read) {
                ledger = read;
                next.accept(from, read);
            }

            @Override
            public void failed(IoFailure why) {
                broken("the folder of versions cannot be used: " + why.text(), done);
            }
        });
    }

    // --- a pull

    private void fetch(Kind kind, ConfigSource from, Ledger kept, Passing passing, Consumer<Outcome> done) {
        // What an operator asks for, and what was refused, is looked at anew.
        Optional<Version> atHand = kind == Kind.INTERVAL && pending.isEmpty()
                ? kept.inUse().filter(each -> each.from().equals(from.shown()))
                : Optional.empty();
        fetching.fetch(
                from,
                atHand.map(Version::revision).orElse(""),
                atHand.map(Version::etag).orElse(""),
                answer(
                        came -> {
                            fetched(from);
                            switch (came) {
                                case Fetching.Fetched.Unchanged _ -> done.accept(Outcome.done("Nothing new."));
                                case Fetching.Fetched.Changed changed ->
                                    changed(kind, from, kept, changed, passing, done);
                            }
                        },
                        why -> broken(why.text(), done)));
    }

    private void fetched(ConfigSource from) {
        failures = 0;
        lastFailure = "";
        lastPullMillis = home.serverMillis();
        if (told.equals("failing")) {
            tell("working", () -> LOG.info("pulling the configuration from {} works again", from.shown()));
        }
        pullIn(from.every());
    }

    private void changed(
            Kind kind,
            ConfigSource from,
            Ledger kept,
            Fetching.Fetched.Changed came,
            Passing passing,
            Consumer<Outcome> done) {
        String fingerprint = came.tree().fingerprint();
        Optional<Version> current =
                kept.inUse().filter(each -> each.fingerprint().equals(fingerprint));
        if (current.isPresent()) {
            pending = Optional.empty();
            if (told.startsWith("refused")) {
                tell("working", () -> LOG.info("{} has the configuration in use again", from.shown()));
            }
            same(kind, from, kept, current.get(), came, done);
            return;
        }
        Version version = new Version(
                kept.next(),
                home.serverMillis(),
                came.revision(),
                came.etag(),
                fingerprint,
                came.tree().main(),
                from.shown());
        review.review(came.tree(), version.folderName(), from.maxRemoved(), passing.guards(), verdict -> {
            if (kind == Kind.LOOK || !verdict.refusals().isEmpty()) {
                pending = Optional.of(new Pending(came.revision(), fingerprint, home.serverMillis(), verdict));
                reviewed(kind, version, verdict, done);
            } else {
                keeping.keep(
                        version,
                        came.tree(),
                        answer(
                                _ -> adopt(kept, version, passing.bounces(), verdict, done),
                                why -> broken("the version cannot be kept: " + why.text(), done)));
            }
        });
    }

    /// What came is in use already, perhaps by another name; a pull that was asked for ends a hold even
    /// so.
    private void same(
            Kind kind,
            ConfigSource from,
            Ledger kept,
            Version current,
            Fetching.Fetched.Changed came,
            Consumer<Outcome> done) {
        boolean endsHold = kind == Kind.PULL && kept.isHeld();
        boolean isNamedAlike = current.revision().equals(came.revision())
                && current.etag().equals(came.etag())
                && current.from().equals(from.shown());
        if (kind == Kind.LOOK || isNamedAlike && !endsHold) {
            done.accept(new Outcome(true, "Nothing new.", Optional.of(NO_EFFECT), List.of(), List.of()));
            return;
        }
        Version renamed = new Version(
                current.number(),
                current.fetchedMillis(),
                came.revision(),
                came.etag(),
                current.fingerprint(),
                current.main(),
                from.shown());
        Ledger next = kept.replacing(renamed).holding(kept.isHeld() && !endsHold);
        keeping.write(
                next,
                answer(
                        _ -> {
                            ledger = next;
                            pullIn(from.every());
                            done.accept(Outcome.done("Nothing new."));
                        },
                        why -> done.accept(notKept(why))));
    }

    private static final Effect NO_EFFECT = new Effect(List.of(), List.of(), List.of(), List.of(), List.of());

    private void reviewed(Kind kind, Version version, Review.Verdict verdict, Consumer<Outcome> done) {
        List<Refusal> refusals = verdict.refusals();
        if (kind == Kind.LOOK) {
            done.accept(new Outcome(
                    true,
                    "Revision " + version.shortRevision() + " is not in use.",
                    verdict.effect(),
                    refusals,
                    List.of()));
            return;
        }
        String reasons = String.join("; ", refusals.stream().map(Refusal::text).toList());
        tell(
                "refused " + version.fingerprint() + reasons,
                () -> LOG.warn(
                        "the pulled configuration {} is refused, the one in use stays: {}",
                        version.shortRevision(),
                        reasons));
        done.accept(new Outcome(
                false,
                "Revision " + version.shortRevision() + " is refused, the configuration in use stays.",
                verdict.effect(),
                refusals,
                List.of()));
    }

    /// The ledger first: what a restart loads is never older than what ran.
    private void adopt(
            Ledger before, Version version, long allowedBounces, Review.Verdict verdict, Consumer<Outcome> done) {
        Ledger next = before.adding(version);
        point(before, next, allowedBounces, why -> broken(why, done), notes -> {
            pending = Optional.empty();
            String text = "Version " + version.number() + " (" + version.shortRevision() + ") is in use.";
            tell(
                    "adopted " + version.number() + " " + home.serverMillis(),
                    () -> LOG.info(
                            "configuration pulled: version {} ({}) from {} is in use",
                            version.number(),
                            version.shortRevision(),
                            version.from()));
            source.ifPresent(from -> pullIn(from.every()));
            var adopted = new Outcome(true, text, verdict.effect(), List.of(), notes);
            keeping.forgetOthers(next, answer(_ -> done.accept(adopted), why -> {
                // The next start removes them.
                LOG.debug("old versions stay: {}", why.text());
                done.accept(adopted);
            }));
        });
    }

    /// Writes the ledger and lets the server load what it names; back again where either fails.
    ///
    /// @param adopted hears the notes of the adoption
    private void point(
            Ledger before, Ledger next, long allowedBounces, Consumer<String> failed, Consumer<List<String>> adopted) {
        keeping.write(
                next,
                answer(
                        _ -> adoption.adopt(allowedBounces, done -> {
                            if (done.failure().isEmpty()) {
                                ledger = next;
                                adopted.accept(done.notes());
                            } else {
                                back(before, done.failure(), failed);
                            }
                        }),
                        why -> back(before, "the ledger of versions cannot be written: " + why.text(), failed)));
    }

    private void back(Ledger before, String failure, Consumer<String> failed) {
        keeping.write(before, answer(_ -> failed.accept(failure), why -> {
            // What the disk says is not known: it is read again before the next step.
            ledger = null;
            LOG.error(
                    "a version was not adopted, and the ledger could not be set back: {}; the next start may load it",
                    why.text());
            failed.accept(failure);
        }));
    }

    private void rollBack(int number, long allowedBounces, Ledger kept, Consumer<Outcome> done) {
        int target = number < 0 ? kept.before() : number;
        if (number < 0 && kept.current() == 0) {
            done.accept(Outcome.failed("the local file is in use; there is nothing before it"));
            return;
        }
        if (target != 0 && kept.version(target).isEmpty()) {
            done.accept(Outcome.failed("there is no version " + target + "; kept are 0 (the local file)"
                    + kept.versions().stream().map(each -> ", " + each.number()).reduce("", String::concat)));
            return;
        }
        point(kept, kept.pointing(target, true), allowedBounces, why -> done.accept(Outcome.failed(why)), notes -> {
            due.clear();
            nextPullMillis = 0;
            String what = target == 0 ? "the local file" : "version " + target;
            tell(
                    "rolled back " + home.serverMillis(),
                    () -> LOG.warn("configuration rolled back: {} is in use; pulling is held", what));
            done.accept(new Outcome(
                    true,
                    "Rolled back: " + what + " is in use. Pulling is held; config pull or config resume end that.",
                    Optional.empty(),
                    List.of(),
                    notes));
        });
    }

    // --- failures and waits

    private void broken(String why, Consumer<Outcome> done) {
        failures++;
        lastFailure = why;
        lastFailureMillis = home.serverMillis();
        tell("failing", () -> LOG.warn("the configuration cannot be pulled, the one in use stays: {}", why));
        source.ifPresent(from -> pullIn(waitAfterFailures(from.every(), failures)));
        done.accept(Outcome.failed(why));
    }

    private static Outcome notKept(IoFailure why) {
        return Outcome.failed("the ledger of versions cannot be written, so nothing was changed: " + why.text());
    }

    /// Twice as long after each failure but the first, up to an hour or the interval if that is longer.
    static Duration waitAfterFailures(Duration every, int failures) {
        Duration longest = every.compareTo(LONGEST_WAIT) > 0 ? every : LONGEST_WAIT;
        Duration wait = every;
        for (int i = 1; i < failures && wait.compareTo(longest) < 0; i++) {
            wait = wait.multipliedBy(2);
        }
        return wait.compareTo(longest) > 0 ? longest : wait;
    }

    private void pullIn(Duration wait) {
        if (isStopped || source.isEmpty() || ledger != null && ledger.isHeld()) {
            return;
        }
        if (isCalledFor) {
            due.set(Math.max(home.nanos(), callableNanos));
            nextPullMillis = home.serverMillis() + Math.max(0, (callableNanos - home.nanos()) / 1_000_000);
            return;
        }
        long nanos = wait.toNanos();
        long spread = (long) (nanos * JITTER);
        long jittered = spread == 0 ? nanos : nanos - spread + Math.floorMod(entropy.nextLong(), 2 * spread);
        due.set(home.nanos() + jittered);
        nextPullMillis = home.serverMillis() + Duration.ofNanos(jittered).toMillis();
    }

    /// One line for each change of state.
    private void tell(String state, Runnable line) {
        if (!told.equals(state)) {
            told = state;
            line.run();
        }
    }

    private static <T> Answer<T> answer(Consumer<T> ready, Consumer<IoFailure> failed) {
        return new Answer<>() {
            @Override
            public void ready(T value) {
                ready.accept(value);
            }

            @Override
            public void failed(IoFailure why) {
                failed.accept(why);
            }
        };
    }
}
