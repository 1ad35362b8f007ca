package org.sluicemta.deliver;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sluicemta.sign.DomainKey;
import org.sluicemta.sign.HeaderAddresses;
import org.sluicemta.sign.Identity;
import org.sluicemta.sign.SignatureForm;

/// How the mail of a queue is signed. Immutable; safe from any thread.
///
/// @param plans one for each signature, the second of `second-dkim-…`; empty for none
/// @param keys in the order in which they are looked through: those of the virtual MTA, of its pool, of the server
public record Signing(List<Plan> plans, List<Key> keys) {
    private static final int MAX_LOCAL_PART = 64;

    /// Nothing is signed.
    public static final Signing NONE = new Signing(List.of(), List.of());

    /// One signature.
    ///
    /// @param who in whose name
    /// @param fallback in whose name if no key fits the first, or it is not known
    public record Plan(Who who, Optional<Who> fallback, SignatureForm form) {}

    /// In whose name a signature is made (`dkim-identity`).
    public sealed interface Who {
        /// `@domain` or an address.
        record Fixed(String agent) implements Who {}

        /// The address in Sender, else in From.
        record SenderOrFrom() implements Who {}

        /// The address in From.
        record From() implements Who {}
    }

    /// A line `domain-key`.
    ///
    /// @param domain canonical; `*` for every domain
    /// @param origin its place, for messages
    public record Key(String domain, String selector, DomainKey key, String origin) {
        /// The key of a domain serves the domains below it too.
        boolean fits(String signingDomain) {
            return domain.equals("*") || signingDomain.equals(domain) || signingDomain.endsWith("." + domain);
        }
    }

    /// What one signature of a message is made of.
    record Chosen(Key key, Identity identity, SignatureForm form) {}

    public Signing {
        plans = List.copyOf(plans);
        keys = List.copyOf(keys);
    }

    /// Whether there is nothing to sign with, or nothing is to be signed.
    boolean isNone() {
        return plans.isEmpty() || keys.isEmpty();
    }

    /// The signatures of a message with this header section. A plan that no key fits makes none, and a message
    /// without From, or with two, has none. Two plans that come
    /// to one key take that one and the next that fits, if there is one: so a domain with an RSA and an Ed25519 key
    /// is signed with both.
    List<Chosen> choose(byte[] header) {
        if (HeaderAddresses.count(header, "from") != 1) {
            // Every signature covers From, and none should make two of them look right. Source: RFC 6376 section 5.4.
            return List.of();
        }
        var chosen = new ArrayList<Chosen>(plans.size());
        for (Plan plan : plans) {
            Chosen one = choose(plan.who(), plan.form(), header, chosen);
            if (one == null && plan.fallback().isPresent()) {
                one = choose(plan.fallback().get(), plan.form(), header, chosen);
            }
            if (one != null) {
                chosen.add(one);
            }
        }
        return chosen;
    }

    private @Nullable Chosen choose(Who who, SignatureForm form, byte[] header, List<Chosen> taken) {
        String agent =
                switch (who) {
                    case Who.Fixed(String fixed) -> fixed;
                    case Who.SenderOrFrom _ ->
                        HeaderAddresses.first(header, "sender")
                                .or(() -> HeaderAddresses.first(header, "from"))
                                .orElse("");
                    case Who.From _ -> HeaderAddresses.first(header, "from").orElse("");
                };
        String domain = inLabels(agent.substring(agent.lastIndexOf('@') + 1));
        if (!Identity.isName(domain)) {
            return null;
        }
        for (Key key : keys) {
            if (key.fits(domain) && taken.stream().noneMatch(each -> isSame(each, key, domain))) {
                String signing = key.domain().equals("*") ? domain : key.domain();
                return new Chosen(key, new Identity(signing, key.selector(), plainAgent(agent, domain)), form);
            }
        }
        return null;
    }

    private static boolean isSame(Chosen each, Key key, String domain) {
        String signing = key.domain().equals("*") ? domain : key.domain();
        return each.identity().domain().equals(signing)
                && each.identity().selector().equals(key.selector());
    }

    /// In A-labels and lower case, or empty. Source: RFC 8616 section 5.
    private static String inLabels(String domain) {
        // So short that no label is too long.
        if (domain.length() <= 63 && Identity.isName(domain)) {
            return domain.toLowerCase(Locale.ROOT);
        }
        try {
            return IDN.toASCII(domain, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException noDomain) {
            return "";
        }
    }

    /// A local part beyond ASCII, or longer than any that is one, is left out: `i=` is the domain alone then. Source:
    /// RFC 5321 section 4.5.3.1.1.
    private static String plainAgent(String agent, String domain) {
        String localPart = agent.substring(0, agent.lastIndexOf('@'));
        boolean isPlain = localPart.length() <= MAX_LOCAL_PART
                && StandardCharsets.US_ASCII.newEncoder().canEncode(localPart);
        return (isPlain ? localPart : "") + "@" + domain;
    }
}
