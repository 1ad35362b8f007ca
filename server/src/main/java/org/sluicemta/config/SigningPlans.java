package org.sluicemta.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sluicemta.deliver.Signing;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.match.OperatorPattern;
import org.sluicemta.match.Subject;
import org.sluicemta.settings.Setting;
import org.sluicemta.sign.Canonicalization;
import org.sluicemta.sign.DomainKey;
import org.sluicemta.sign.SignatureForm;

/// What is signed in each queue, as `deliver` wants it. Safe from any thread.
final class SigningPlans {
    private final Configuration configuration;
    private final Map<String, DomainKey> keys;
    /// By virtual MTA: many queues share one list.
    private final Map<String, List<Signing.Key>> keysOf = new ConcurrentHashMap<>();

    /// @param keys by their files as written; lines whose file is missing here sign nothing
    SigningPlans(Configuration configuration, Map<String, DomainKey> keys) {
        this.configuration = configuration;
        this.keys = Map.copyOf(keys);
    }

    Setting<Signing> of(QueueKey queue, Configuration.QueueView view) {
        Setting<Directives.DkimSign> first = view.setting(Directives.DKIM_SIGN);
        boolean hasSecond = view.value(Directives.SECOND_DKIM_SIGN);
        if (first.value() != Directives.DkimSign.YES && !hasSecond) {
            return new Setting<>(first.directive(), Signing.NONE, first.origin(), null);
        }
        var plans = new ArrayList<Signing.Plan>(2);
        if (first.value() == Directives.DkimSign.YES) {
            plans.add(plan(view, Directives.FIRST_DKIM));
        }
        if (hasSecond) {
            plans.add(plan(view, Directives.SECOND_DKIM));
        }
        return new Setting<>(first.directive(), new Signing(plans, keysOf(queue.virtualMta())), first.origin(), null);
    }

    private static Signing.Plan plan(Configuration.QueueView view, Directives.Dkim of) {
        String fallback = view.value(of.identityFallback());
        return new Signing.Plan(
                who(view.value(of.identity())),
                fallback.isEmpty() ? Optional.empty() : Optional.of(who(fallback)),
                form(view, of));
    }

    private static Signing.Who who(String identity) {
        return switch (identity) {
            case SigningValues.SENDER_OR_FROM, "" -> new Signing.Who.SenderOrFrom();
            case SigningValues.STRICT_FROM -> new Signing.Who.From();
            default -> new Signing.Who.Fixed(identity);
        };
    }

    private static SignatureForm form(Configuration.QueueView view, Directives.Dkim of) {
        var names = new ArrayList<String>();
        var patterns = new ArrayList<Predicate<String>>();
        for (String each : view.value(of.headers())) {
            if (SigningValues.isPattern(each)) {
                OperatorPattern pattern = OperatorPattern.of(each.substring(1, each.length() - 1));
                patterns.add(name -> pattern.matches(Subject.of(name)));
            } else {
                names.add(each);
            }
        }
        return new SignatureForm(
                canonicalization(view.value(of.headersCanon())),
                canonicalization(view.value(of.bodyCanon())),
                names,
                patterns,
                view.value(of.disallowAddingHeaders()),
                view.value(of.addTimestamp()),
                switch (view.value(of.expireAfter())) {
                    case Delay.Never _ -> OptionalLong.empty();
                    case Delay.After(Duration time) -> OptionalLong.of(Math.max(1, time.toSeconds()));
                },
                view.value(of.queryMethod()));
    }

    private static Canonicalization canonicalization(String word) {
        return Canonicalization.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private List<Signing.Key> keysOf(String virtualMta) {
        return keysOf.computeIfAbsent(virtualMta, name -> {
            var all = new ArrayList<Signing.Key>();
            for (Located line : lines(configuration.virtualMta(name).orElse(null))) {
                if (SigningValues.key(line.value()) instanceof Parsed.Good<SigningValues.KeyLine>(var key)) {
                    DomainKey known = keys.get(key.file());
                    if (known != null) {
                        all.add(new Signing.Key(
                                key.domain(),
                                key.selector(),
                                known,
                                line.place().brief()));
                    }
                }
            }
            return List.copyOf(all);
        });
    }

    /// Those of the virtual MTA, of its pool, of the server.
    private List<Located> lines(Configuration.@Nullable VirtualMta virtualMta) {
        var lines = new ArrayList<Located>();
        if (virtualMta != null) {
            lines.addAll(KeyFiles.lines(virtualMta.own()));
            Configuration.Pool pool = virtualMta.pool();
            if (pool != null) {
                lines.addAll(KeyFiles.lines(pool.own()));
            }
        }
        lines.addAll(KeyFiles.lines(configuration.parts().global()));
        return lines;
    }
}
