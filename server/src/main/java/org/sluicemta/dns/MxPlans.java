package org.sluicemta.dns;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// Says where mail for a destination goes: by MX records, by addresses, or by a configured list. Owner: the loop of its
/// [Resolver]; others ask through an [Asker].
///
/// A plan is made once for all who ask at the same time, kept as long as all its answers hold, and told with everything
/// that led to it. A plan that says "try later" is not kept: the resolver remembers failures itself, and a recovered
/// name server shows at once.
public final class MxPlans {
    private static final int MAX_QUESTIONS_WAITING = 65_536;

    private final Loop loop;
    private final Resolver resolver;
    private final Alarm graceAlarm;
    private final ArrayDeque<PlanBuild> graces = new ArrayDeque<>();
    private final Mailbox<Asker.Question<PlanQuestion, MxPlan>> questions;
    private final Map<PlanQuestion, PlanBuild> underWay = new HashMap<>();
    private final Map<PlanQuestion, Kept> plans;
    private PlanSettings settings;

    /// To be made in a turn of `loop`, or before it runs.
    ///
    /// @param loop the one that owns `resolver`
    public MxPlans(Loop loop, Resolver resolver, PlanSettings settings) {
        this(loop, resolver, settings, MAX_QUESTIONS_WAITING);
    }

    /// @param mailbox questions that may wait
    MxPlans(Loop loop, Resolver resolver, PlanSettings settings, int mailbox) {
        this.loop = loop;
        this.resolver = resolver;
        this.settings = settings;
        this.graceAlarm = loop.alarm(this::gracesEnd);
        this.questions = loop.mailbox(mailbox, q -> plan(q.question(), q.answer()));
        this.plans = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<PlanQuestion, Kept> eldest) {
                return size() > MxPlans.this.settings.cacheEntries();
            }
        };
    }

    /// A way to ask for `home`, to be made in a turn of `home`. Answers come as its turns.
    ///
    /// @param credits the most questions it may have open, 1 or more
    public Asker<PlanQuestion, MxPlan> asker(Loop home, int credits) {
        return new Asker<>(questions, home, credits);
    }

    /// Other settings from now on; plans made under the old ones are forgotten.
    public void use(PlanSettings other) {
        settings = other;
        plans.clear();
    }

    /// Forgets every plan: an operator asked, or cached answers were forgotten.
    public void forgetPlans() {
        plans.clear();
    }

    void plan(PlanQuestion question, Consumer<MxPlan> found) {
        Kept kept = plans.get(question);
        if (kept != null && kept.expires - loop.nanos() > 0) {
            found.accept(kept.plan);
            return;
        }
        PlanBuild build = underWay.get(question);
        if (build != null) {
            build.waiting.add(found);
            return;
        }
        build = new PlanBuild(this, question, settings);
        build.waiting.add(found);
        underWay.put(question, build);
        build.start();
    }

    void find(DnsQuestion question, Consumer<DnsFinding> found) {
        resolver.find(question, found);
    }

    long serverMillis() {
        return loop.serverMillis();
    }

    /// Ends the wait of `build` for IPv6 addresses in [PlanBuild#GRACE]. All graces are equally long, so the first to
    /// begin is the first to end.
    void grace(PlanBuild build) {
        build.graceEnds = loop.nanos() + PlanBuild.GRACE.toNanos();
        graces.add(build);
        if (graces.size() == 1) {
            graceAlarm.set(build.graceEnds);
        }
    }

    private void gracesEnd() {
        long nanos = loop.nanos();
        PlanBuild first = graces.peek();
        while (first != null && first.graceEnds - nanos <= 0) {
            graces.remove();
            first.goOnWithout();
            first = graces.peek();
        }
        if (first != null) {
            graceAlarm.set(first.graceEnds);
        }
    }

    /// @param ttlSeconds how long it holds; 0 for a plan that is not kept
    void made(PlanBuild build, MxPlan plan, int ttlSeconds) {
        underWay.remove(build.question, build);
        if (ttlSeconds > 0 && build.settings == settings) {
            plans.put(
                    build.question,
                    new Kept(plan, loop.nanos() + Duration.ofSeconds(ttlSeconds).toNanos()));
        }
        for (Consumer<MxPlan> each : build.waiting) {
            each.accept(plan);
        }
    }

    private record Kept(MxPlan plan, long expires) {}
}
