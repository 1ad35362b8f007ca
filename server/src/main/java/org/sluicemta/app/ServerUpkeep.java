package org.sluicemta.app;

import java.util.List;
import java.util.function.Consumer;
import org.sluicemta.account.KeyedHash;
import org.sluicemta.control.Upkeep;
import org.sluicemta.dns.MxPlans;
import org.sluicemta.dns.Resolver;
import org.sluicemta.world.Loop;

/// What operators do to the server's own counters, files and memory. Owner: the first mail loop, which owns the
/// counters and the resolver too.
final class ServerUpkeep implements Upkeep {
    /// What belongs to the process and not to the server.
    interface Host {
        /// @param answer why not, or empty; on any thread
        void rotateLog(Consumer<String> answer);

        /// Reads and checks, on another thread, and keeps nothing.
        void test(Consumer<ServerPlan.Reloading> answer);
    }

    /// The server's own part.
    interface Counters {
        void reset(boolean withConnections);

        /// What a reload that is good would meet.
        ///
        /// @param answer on the first mail loop
        void judge(ServerPlan.Reloading good, Consumer<Tested> answer);
    }

    private final Loop home;
    private final Counters counters;
    private final Accounting accounting;
    private final Resolver resolver;
    private final MxPlans plans;
    private final Host host;

    ServerUpkeep(Loop home, Counters counters, Accounting accounting, Resolver resolver, MxPlans plans, Host host) {
        this.home = home;
        this.counters = counters;
        this.accounting = accounting;
        this.resolver = resolver;
        this.plans = plans;
        this.host = host;
    }

    @Override
    public void resetCounters(Loop asker, boolean withConnections, Runnable done) {
        home.post(() -> {
            counters.reset(withConnections);
            asker.post(done);
        });
    }

    @Override
    public void rotateAccounting(Loop asker, String file, Consumer<String> answer) {
        accounting.rotate(file, why -> asker.post(() -> answer.accept(why)));
    }

    @Override
    public void rotateLog(Loop asker, Consumer<String> answer) {
        host.rotateLog(why -> asker.post(() -> answer.accept(why)));
    }

    @Override
    public void testConfiguration(Loop asker, Consumer<Tested> answer) {
        host.test(tested -> home.post(() -> {
            if (tested.snapshot() == null) {
                asker.post(() -> answer.accept(new Tested(tested.failure(), List.of())));
            } else {
                counters.judge(tested, judged -> asker.post(() -> answer.accept(judged)));
            }
        }));
    }

    @Override
    public void clearDns(Loop asker, String name, Runnable done) {
        home.post(() -> {
            if (name.equals("*")) {
                resolver.forgetAll();
            } else {
                resolver.forget(name);
            }
            // They are made of what was known of several names.
            plans.forgetPlans();
            asker.post(done);
        });
    }

    @Override
    public String digest(Digest kind, byte[] key, String text) {
        return switch (kind) {
            case HMAC_SHA256 -> KeyedHash.hmacSha256(key, text);
            case SIPHASH -> KeyedHash.sip(key, text);
        };
    }
}
