package org.sluicemta.queue;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.IpText;
import org.sluicemta.pace.Limit;
import org.sluicemta.pace.LimitKey;
import org.sluicemta.pace.Meter;
import org.sluicemta.pace.Rate;
import org.sluicemta.settings.Setting;

/// The source addresses of one queue: what each may still do, and which are disabled. Made for queues whose addresses
/// are limited or disabled; for others an address is only the session's business.
///
/// A connection is counted for its address from the moment at which the session chooses it, so the choice is asked for
/// when the family of the remote's address is known.
///
/// Owner: the queue's shard.
final class Sources {
    private final String queue;
    private final List<Source> all = new ArrayList<>();

    Sources(String queue, SourcesPolicy policy, Meter.Clock clock) {
        this.queue = queue;
        bind(policy, clock);
    }

    /// One address in this queue.
    static final class Source {
        /// Null for the system's choice.
        final @Nullable InetAddress address;

        @Nullable
        QueueLimits limits;

        int connections;

        @Nullable
        Meter messages;

        @Nullable
        Meter connects;

        @Nullable
        Meter volume;

        boolean isDisabled;
        long disabledAtMillis;
        /// Server time; 0 for ever.
        long disabledUntilMillis;
        String reason = "";

        Source(@Nullable InetAddress address) {
            this.address = address;
        }

        boolean isSystems() {
            return address == null;
        }

        String name() {
            return address == null ? "chosen by the system" : IpText.of(address);
        }

        private void bind(@Nullable QueueLimits now, Meter.Clock clock) {
            limits = now;
            messages = now == null ? null : meter(messages, now.maxMsgRate().value());
            connects = now == null ? null : meter(connects, now.maxConnectRate().value());
            volume = now == null
                    ? null
                    : volumeMeter(volume, now.maxDataVolumeRate().value(), clock);
        }
    }

    static @Nullable Meter meter(@Nullable Meter present, Rate rate) {
        if (rate.isUnlimited()) {
            return null;
        }
        if (present == null) {
            return new Meter(rate);
        }
        present.bind(rate);
        return present;
    }

    /// As [#meter], for what is counted in bytes.
    static @Nullable Meter volumeMeter(@Nullable Meter present, Rate rate, Meter.Clock clock) {
        if (present == null || rate.isUnlimited()) {
            return meter(null, rate);
        }
        present.bindAmounts(rate, clock);
        return present;
    }

    /// Takes new settings; addresses that stay keep what they owe.
    ///
    /// @return those that are the queue's no more
    final List<Source> bind(SourcesPolicy policy, Meter.Clock clock) {
        List<Source> before = List.copyOf(all);
        all.clear();
        if (policy.addresses().isEmpty()) {
            all.add(kept(before, null));
        }
        for (InetAddress address : policy.addresses()) {
            if (find(address) == null) {
                all.add(kept(before, address));
            }
        }
        for (Source each : all) {
            each.bind(each.address == null ? null : policy.limits().get(each.address), clock);
        }
        return before.stream().filter(each -> !all.contains(each)).toList();
    }

    private static Source kept(List<Source> before, @Nullable InetAddress address) {
        for (Source each : before) {
            if (java.util.Objects.equals(each.address, address)) {
                return each;
            }
        }
        return new Source(address);
    }

    List<Source> all() {
        return all;
    }

    @Nullable
    Source find(@Nullable InetAddress address) {
        for (Source each : all) {
            if (java.util.Objects.equals(each.address, address)) {
                return each;
            }
        }
        // The system's choice is one source, whatever address it takes.
        return all.size() == 1 && all.getFirst().isSystems() ? all.getFirst() : null;
    }

    /// @param name as [Source#name], empty for the system's choice
    @Nullable
    Source find(String name) {
        for (Source each : all) {
            if (name.isEmpty() ? each.isSystems() : each.name().equals(name)) {
                return each;
            }
        }
        return null;
    }

    /// Whether a rate of messages binds any.
    boolean arePaced() {
        return all.stream().anyMatch(each -> each.messages != null);
    }

    boolean areAllDisabled() {
        return all.stream().allMatch(each -> each.isDisabled);
    }

    boolean isAnyDisabled() {
        return all.stream().anyMatch(each -> each.isDisabled);
    }

    /// Whether forgetting this would forget something but disabled addresses, which are recorded.
    boolean remembers(Meter.Clock clock) {
        for (Source each : all) {
            if (each.connections > 0
                    || each.messages != null && each.messages.isInDebt(clock)
                    || each.connects != null && each.connects.isInDebt(clock)
                    || each.volume != null && each.volume.isInDebt(clock)) {
                return true;
            }
        }
        return false;
    }

    // ---- connections

    /// How many connections the addresses together may open now.
    int openable(Meter.Clock clock) {
        return openable(all, clock);
    }

    /// As [#openable(Meter.Clock)], for some of the addresses; those that are the queue's no more count as free.
    int openable(List<Source> some, Meter.Clock clock) {
        int count = 0;
        for (Source each : some) {
            if (!all.contains(each)) {
                return 1_000;
            }
            count += openable(each, clock);
            if (count >= 1_000 || count < 0) {
                return 1_000;
            }
        }
        return count;
    }

    private static int openable(Source source, Meter.Clock clock) {
        if (source.isDisabled) {
            return 0;
        }
        QueueLimits limits = source.limits;
        if (limits == null) {
            return 1_000;
        }
        int most = Math.clamp((long) limits.maxSmtpOut().value() - source.connections, 0, 1_000);
        return source.connects == null ? most : Math.min(most, source.connects.free(clock, clock.nanos()));
    }

    /// What holds connections back when none may be opened: the limit that ends first. Null where no limit does: all
    /// addresses are disabled.
    @Nullable
    Hold held(Meter.Clock clock) {
        return held(all, clock);
    }

    /// As [#held(Meter.Clock)], for some of the addresses.
    @Nullable
    Hold held(List<Source> some, Meter.Clock clock) {
        Hold best = null;
        for (Source each : some) {
            QueueLimits limits = each.limits;
            if (each.isDisabled || limits == null) {
                continue;
            }
            Hold hold;
            if (each.connections >= limits.maxSmtpOut().value()) {
                hold = new Hold(
                        Limit.OfConnections.of(key(each, LimitKey.Kind.CONNECTIONS), limits.maxSmtpOut()),
                        Long.MAX_VALUE);
            } else if (each.connects != null) {
                hold = new Hold(
                        Limit.OfRate.of(key(each, LimitKey.Kind.CONNECT_RATE), limits.maxConnectRate()),
                        each.connects.earliest(clock, clock.nanos()));
            } else {
                continue;
            }
            if (best == null || hold.untilNanos() < best.untilNanos()) {
                best = hold;
            }
        }
        return best;
    }

    /// What holds mail or connections back.
    record Hold(Limit limit, long untilNanos) {}

    boolean mayOpen(@Nullable InetAddress address, Meter.Clock clock) {
        Source source = find(address);
        return source != null && openable(source, clock) > 0;
    }

    void opened(Session session, @Nullable InetAddress address, Meter.Clock clock) {
        closed(session);
        Source source = find(address);
        if (source == null) {
            return;
        }
        session.source = source;
        source.connections++;
        if (source.connects != null) {
            source.connects.take(clock, source.connects.earliest(clock, clock.nanos()), 1);
        }
    }

    /// Counts a session that was there before addresses mattered.
    void stands(Session session) {
        Source source = session.hasAddress ? find(session.address) : null;
        if (source != null && session.source == null) {
            session.source = source;
            source.connections++;
        }
    }

    static void closed(Session session) {
        Source source = session.source;
        if (source != null) {
            source.connections--;
            session.source = null;
        }
    }

    // ---- mail

    /// How many recipients may be attempted from the session's address now. None from one that is disabled.
    static int free(Session session, Meter.Clock clock, long since) {
        Source source = session.source;
        if (source == null) {
            return Integer.MAX_VALUE;
        }
        if (source.isDisabled || source.volume != null && source.volume.earliest(clock, since) > clock.nanos()) {
            return 0;
        }
        return source.messages == null ? Integer.MAX_VALUE : source.messages.free(clock, since);
    }

    /// What holds the session's address back, when [#free] is 0; null where it is disabled.
    @Nullable
    Hold heldMail(Session session, Meter.Clock clock, long since) {
        Source source = session.source;
        if (source == null || source.isDisabled) {
            return null;
        }
        QueueLimits limits = source.limits;
        if (limits == null) {
            return null;
        }
        if (source.volume != null && source.volume.earliest(clock, since) > clock.nanos()) {
            return hold(source, LimitKey.Kind.DATA_VOLUME, limits.maxDataVolumeRate(), source.volume, clock, since);
        }
        return source.messages == null
                ? null
                : hold(source, LimitKey.Kind.MESSAGE_RATE, limits.maxMsgRate(), source.messages, clock, since);
    }

    private Hold hold(
            Source source, LimitKey.Kind kind, Setting<Rate> rate, Meter meter, Meter.Clock clock, long since) {
        return new Hold(Limit.OfRate.of(key(source, kind), rate), meter.earliest(clock, since));
    }

    static void use(Session session, int recipients, long bytes, Meter.Clock clock, long since) {
        Source source = session.source;
        if (source == null) {
            return;
        }
        if (source.messages != null) {
            source.messages.take(clock, source.messages.earliest(clock, since), recipients);
        }
        if (source.volume != null) {
            source.volume.pay(clock, bytes);
        }
    }

    static void refund(Session session, long bytes, long paidMillis, Meter.Clock clock) {
        Source source = session.source;
        if (source != null && source.volume != null) {
            source.volume.refund(clock, bytes, paidMillis);
        }
    }

    LimitKey key(Source source, LimitKey.Kind kind) {
        return new LimitKey(LimitKey.Scope.SOURCE_ADDRESS, source.name() + " in " + queue, kind);
    }
}
