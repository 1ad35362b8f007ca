package org.sluicemta.spf;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dns.DnsAnswer;
import org.sluicemta.dns.DnsQuestion;
import org.sluicemta.dns.DnsRecord;
import org.sluicemta.dns.DnsType;

/// One evaluation of check_host(): may this client send mail in the name of that domain?
///
/// A policy is read as a whole first, so that one with an error anywhere is an error whatever would have matched. Then
/// its terms are met from the left; each that needs DNS goes on when the answer is there. What a hostile policy may
/// cost is bounded: ten terms that look up, in all policies that it leads to; two look-ups that find nothing; ten
/// hosts of one `mx`; ten names of the client. Calls nest no deeper than the ten terms allow.
///
/// Source: RFC 7208 sections 4 to 7. Owner: the loop that began it.
public final class SpfCheck {
    /// Source: RFC 7208 section 4.6.4.
    private static final int MOST_LOOKUPS = 10;

    /// Source: RFC 7208 section 4.6.4, last paragraph.
    private static final int MOST_VOID = 2;

    /// Hosts of one `mx`, and names of the client. Source: RFC 7208 section 4.6.4.
    private static final int MOST_NAMES = 10;

    private static final int MOST_NAME_OCTETS = 253;
    private static final int MOST_EXPLANATION = 500;

    /// Asks DNS; the answer may come within the call.
    @FunctionalInterface
    public interface Dns {
        void find(DnsQuestion question, Consumer<DnsAnswer> found);
    }

    /// @param mailFrom the reverse-path without brackets; empty for the null path: then HELO is judged, as RFC 7208
    ///     section 2.4 says
    /// @param receiver the name of this host, for explanations
    /// @param nowMillis the time, for explanations
    public record Query(InetAddress client, String helo, String mailFrom, String receiver, long nowMillis) {}

    private final Dns dns;
    private final Query query;
    private final String sender;
    private final Consumer<SpfFinding> answer;
    private int lookups;
    private int voids;
    private @Nullable List<String> namesOfClient;

    private SpfCheck(Dns dns, Query query, Consumer<SpfFinding> answer) {
        this.dns = dns;
        this.query = query;
        this.answer = answer;
        String from = query.mailFrom().isEmpty() ? query.helo() : query.mailFrom();
        int at = from.lastIndexOf('@');
        // Source: RFC 7208 section 4.3.
        this.sender = at > 0 ? from : "postmaster@" + from.substring(at + 1);
    }

    /// Evaluates the policy of the sender's domain; `answer` is called once, within this call or in a later turn.
    public static void start(Dns dns, Query query, Consumer<SpfFinding> answer) {
        var check = new SpfCheck(dns, query, answer);
        String domain = check.senderDomain();
        check.check(domain, verdict -> check.conclude(domain, verdict));
    }

    /// What a policy came to.
    ///
    /// @param explanation where the text about a failure is found, and of which domain that is said
    private record Verdict(
            SpfResult result, String reason, @Nullable MacroText explanation, String domain) {}

    private static Verdict verdict(SpfResult result, String reason, String domain) {
        return new Verdict(result, reason, null, domain);
    }

    private void conclude(String domain, Verdict verdict) {
        MacroText where = verdict.explanation;
        if (verdict.result != SpfResult.FAIL || where == null) {
            tell(domain, verdict, "");
            return;
        }
        expanded(where, verdict.domain, target -> {
            Optional<DnsQuestion> question = question(target, DnsType.TXT);
            if (question.isEmpty()) {
                tell(domain, verdict, "");
                return;
            }
            dns.find(question.get(), found -> explain(domain, verdict, found));
        });
    }

    /// Whatever is wrong with an explanation, there is none. Source: RFC 7208 section 6.2.
    private void explain(String domain, Verdict verdict, DnsAnswer found) {
        List<String> texts = texts(found);
        if (texts.size() != 1) {
            tell(domain, verdict, "");
            return;
        }
        MacroText explanation;
        try {
            explanation = MacroText.explanation(texts.getFirst());
        } catch (SpfSyntax e) {
            tell(domain, verdict, "");
            return;
        }
        withNames(explanation, () -> {
            String text = explanation.expand(letter -> value(letter, verdict.domain));
            tell(domain, verdict, text.substring(0, Math.min(MOST_EXPLANATION, text.length())));
        });
    }

    private void tell(String domain, Verdict verdict, String explanation) {
        answer.accept(new SpfFinding(verdict.result, domain, verdict.reason, explanation, lookups));
    }

    // --- policies

    private void check(String domain, Consumer<Verdict> then) {
        Optional<DnsQuestion> question = domain.indexOf('.') > 0 ? question(domain, DnsType.TXT) : Optional.empty();
        if (question.isEmpty()) {
            // Source: RFC 7208 section 4.3.
            then.accept(verdict(SpfResult.NONE, "\"" + domain + "\" is no domain of several labels", domain));
            return;
        }
        dns.find(question.get(), found -> {
            if (found instanceof DnsAnswer.Failed failed) {
                then.accept(verdict(SpfResult.TEMPERROR, domain + " TXT: " + failed.why(), domain));
                return;
            }
            List<String> policies =
                    texts(found).stream().filter(SpfRecord::isOne).toList();
            if (policies.size() != 1) {
                then.accept(
                        policies.isEmpty()
                                ? verdict(SpfResult.NONE, domain + " has no policy", domain)
                                : verdict(
                                        SpfResult.PERMERROR,
                                        domain + " has " + policies.size() + " policies instead of one",
                                        domain));
                return;
            }
            SpfRecord policy;
            try {
                policy = SpfRecord.parse(policies.getFirst());
            } catch (SpfSyntax e) {
                then.accept(verdict(SpfResult.PERMERROR, "the policy of " + domain + " has " + e.getMessage(), domain));
                return;
            }
            new Walk(policy, domain, then).step();
        });
    }

    private static List<String> texts(DnsAnswer found) {
        var texts = new ArrayList<String>();
        if (found instanceof DnsAnswer.Records records) {
            for (DnsRecord record : records.records()) {
                if (record instanceof DnsRecord.Text text) {
                    texts.add(text.text());
                }
            }
        }
        return texts;
    }

    /// What a mechanism says.
    private sealed interface Match {}

    private enum Plain implements Match {
        YES,
        NO
    }

    /// The whole evaluation ends with it.
    private record Ends(SpfResult result, String reason) implements Match {}

    /// One policy, met term by term.
    private final class Walk {
        private final SpfRecord policy;
        private final String domain;
        private final Consumer<Verdict> then;
        private int at;

        Walk(SpfRecord policy, String domain, Consumer<Verdict> then) {
            this.policy = policy;
            this.domain = domain;
            this.then = then;
        }

        void step() {
            while (at < policy.directives().size()) {
                SpfRecord.Directive directive = policy.directives().get(at++);
                switch (directive.mechanism()) {
                    case SpfRecord.All _ -> {
                        matched(directive);
                        return;
                    }
                    case SpfRecord.Network network -> {
                        if (isInside(network.address(), network.bits(), network.bits())) {
                            matched(directive);
                            return;
                        }
                    }
                    case SpfRecord.Include include -> {
                        cost(directive, () -> include(include, directive));
                        return;
                    }
                    case SpfRecord.A a -> {
                        cost(
                                directive,
                                () -> target(
                                        a.target(),
                                        name -> addresses(name, a.bits4(), a.bits6(), match -> met(directive, match))));
                        return;
                    }
                    case SpfRecord.Mx mx -> {
                        cost(directive, () -> target(mx.target(), name -> exchangers(name, mx, directive)));
                        return;
                    }
                    case SpfRecord.Ptr ptr -> {
                        cost(
                                directive,
                                () -> target(
                                        ptr.target(),
                                        name -> names(names -> met(
                                                directive,
                                                names.stream().anyMatch(n -> isOf(n, name)) ? Plain.YES : Plain.NO))));
                        return;
                    }
                    case SpfRecord.Exists exists -> {
                        cost(
                                directive,
                                () -> target(
                                        exists.target(),
                                        name -> found(
                                                name, DnsType.A, true, answer -> met(directive, exists(answer)))));
                        return;
                    }
                }
            }
            redirect();
        }

        private void redirect() {
            MacroText redirect = policy.redirect();
            if (redirect == null) {
                then.accept(verdict(SpfResult.NEUTRAL, "nothing in the policy of " + domain + " matches", domain));
                return;
            }
            if (++lookups > MOST_LOOKUPS) {
                tooMany("redirect");
                return;
            }
            target(
                    redirect,
                    name -> check(
                            name,
                            inner -> then.accept(
                                    inner.result == SpfResult.NONE
                                            // Source: RFC 7208 section 6.1.
                                            ? verdict(
                                                    SpfResult.PERMERROR,
                                                    "redirect of " + domain + ": " + inner.reason,
                                                    domain)
                                            : inner)));
        }

        /// Does what a term wants that looks up, if that is not one too many.
        private void cost(SpfRecord.Directive directive, Runnable task) {
            if (++lookups > MOST_LOOKUPS) {
                tooMany(directive.text());
            } else {
                task.run();
            }
        }

        private void tooMany(String term) {
            then.accept(verdict(
                    SpfResult.PERMERROR,
                    "more than " + MOST_LOOKUPS + " terms look up, at \"" + term + "\" of " + domain,
                    domain));
        }

        private void matched(SpfRecord.Directive directive) {
            then.accept(new Verdict(
                    directive.result(),
                    "\"" + directive.text() + "\" of " + domain + " matches",
                    policy.explanation(),
                    domain));
        }

        private void met(SpfRecord.Directive directive, Match match) {
            switch (match) {
                case Plain.YES -> matched(directive);
                case Plain.NO -> step();
                case Ends ends ->
                    then.accept(verdict(
                            ends.result, "\"" + directive.text() + "\" of " + domain + ": " + ends.reason, domain));
            }
        }

        private void target(@Nullable MacroText spec, Consumer<String> named) {
            if (spec == null) {
                named.accept(domain);
            } else {
                expanded(spec, domain, named);
            }
        }

        /// Source: RFC 7208 section 5.2.
        private void include(SpfRecord.Include include, SpfRecord.Directive directive) {
            target(
                    include.target(),
                    name -> check(
                            name,
                            inner -> met(
                                    directive,
                                    switch (inner.result) {
                                        case PASS -> Plain.YES;
                                        case FAIL, SOFTFAIL, NEUTRAL -> Plain.NO;
                                        case TEMPERROR -> new Ends(SpfResult.TEMPERROR, inner.reason);
                                        case PERMERROR, NONE -> new Ends(SpfResult.PERMERROR, inner.reason);
                                    })));
        }

        private void exchangers(String name, SpfRecord.Mx mx, SpfRecord.Directive directive) {
            found(name, DnsType.MX, true, answer -> {
                var hosts = new ArrayList<String>();
                if (answer instanceof Answered.Records records) {
                    for (DnsRecord record : records.records) {
                        if (record instanceof DnsRecord.Mx each) {
                            hosts.add(each.host());
                        }
                    }
                }
                if (answer instanceof Answered.Over over) {
                    met(directive, over.ends);
                } else if (hosts.size() > MOST_NAMES) {
                    met(
                            directive,
                            new Ends(SpfResult.PERMERROR, name + " has more than " + MOST_NAMES + " mail hosts"));
                } else {
                    anyOf(hosts, 0, mx, directive);
                }
            });
        }

        private void anyOf(List<String> hosts, int index, SpfRecord.Mx mx, SpfRecord.Directive directive) {
            if (index == hosts.size()) {
                met(directive, Plain.NO);
                return;
            }
            addresses(hosts.get(index), mx.bits4(), mx.bits6(), match -> {
                if (match == Plain.NO) {
                    anyOf(hosts, index + 1, mx, directive);
                } else {
                    met(directive, match);
                }
            });
        }
    }

    // --- look-ups of mechanisms

    /// What a look-up for a mechanism gives.
    private sealed interface Answered {
        record Records(List<DnsRecord> records) implements Answered {}

        record Over(Ends ends) implements Answered {}
    }

    /// @param counts whether finding nothing counts among the look-ups that do so
    private void found(String name, DnsType type, boolean counts, Consumer<Answered> then) {
        Optional<DnsQuestion> question = question(name, type);
        if (question.isEmpty()) {
            // What is no name has no records, and nobody was asked. Source: RFC 7208 section 4.8.
            then.accept(new Answered.Records(List.of()));
            return;
        }
        dns.find(
                question.get(),
                found -> then.accept(
                        switch (found) {
                            case DnsAnswer.Records records -> new Answered.Records(records.records());
                            case DnsAnswer.NoSuchDomain _, DnsAnswer.NoRecords _ ->
                                counts && ++voids > MOST_VOID
                                        ? new Answered.Over(new Ends(
                                                SpfResult.PERMERROR,
                                                "more than " + MOST_VOID + " look-ups find nothing"))
                                        : new Answered.Records(List.of());
                            case DnsAnswer.Failed failed ->
                                new Answered.Over(
                                        new Ends(SpfResult.TEMPERROR, name + " " + type + ": " + failed.why()));
                        }));
    }

    private static Match exists(Answered answer) {
        return switch (answer) {
            case Answered.Records records -> records.records.isEmpty() ? Plain.NO : Plain.YES;
            case Answered.Over over -> over.ends;
        };
    }

    private DnsType addressType() {
        return query.client() instanceof Inet4Address ? DnsType.A : DnsType.AAAA;
    }

    private void addresses(String name, int bits4, int bits6, Consumer<Match> then) {
        found(name, addressType(), true, answer -> {
            if (answer instanceof Answered.Over over) {
                then.accept(over.ends);
                return;
            }
            boolean isOne = answer instanceof Answered.Records records
                    && records.records.stream()
                            .anyMatch(r -> r instanceof DnsRecord.Ip ip && isInside(ip.address(), bits4, bits6));
            then.accept(isOne ? Plain.YES : Plain.NO);
        });
    }

    private boolean isInside(InetAddress network, int bits4, int bits6) {
        byte[] client = query.client().getAddress();
        byte[] other = network.getAddress();
        if (client.length != other.length) {
            return false;
        }
        int bits = client.length == 4 ? bits4 : bits6;
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> (i & 7);
            if (((client[i >> 3] ^ other[i >> 3]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    // --- names of the client

    /// Names that the client's address has and that have its address. What cannot be looked up is none of them.
    /// Source: RFC 7208 section 5.5.
    private void names(Consumer<List<String>> then) {
        List<String> known = namesOfClient;
        if (known != null) {
            then.accept(known);
            return;
        }
        found(reverseName(query.client()), DnsType.PTR, false, answer -> {
            var candidates = new ArrayList<String>();
            if (answer instanceof Answered.Records records) {
                for (DnsRecord record : records.records) {
                    if (record instanceof DnsRecord.Pointer pointer && candidates.size() < MOST_NAMES) {
                        candidates.add(pointer.host());
                    }
                }
            }
            validate(candidates, 0, new ArrayList<>(), then);
        });
    }

    private void validate(List<String> candidates, int index, List<String> valid, Consumer<List<String>> then) {
        if (index == candidates.size()) {
            namesOfClient = valid;
            then.accept(valid);
            return;
        }
        String name = candidates.get(index);
        found(name, addressType(), false, answer -> {
            if (answer instanceof Answered.Records records
                    && records.records.stream()
                            .anyMatch(r ->
                                    r instanceof DnsRecord.Ip ip && ip.address().equals(query.client()))) {
                valid.add(name);
            }
            validate(candidates, index + 1, valid, then);
        });
    }

    static String reverseName(InetAddress address) {
        return reversed(dotted(address)) + (address instanceof Inet4Address ? ".in-addr.arpa" : ".ip6.arpa");
    }

    private static String reversed(String dotted) {
        List<String> parts = new ArrayList<>(List.of(dotted.split("\\.", -1)));
        java.util.Collections.reverse(parts);
        return String.join(".", parts);
    }

    /// Dotted octets, or for IPv6 dotted nibbles.
    private static String dotted(InetAddress address) {
        if (address instanceof Inet4Address) {
            return address.getHostAddress();
        }
        var nibbles = new StringBuilder();
        for (char nibble : HexFormat.of().formatHex(address.getAddress()).toCharArray()) {
            nibbles.append(nibbles.isEmpty() ? "" : ".").append(nibble);
        }
        return nibbles.toString();
    }

    private static boolean isOf(String name, String domain) {
        String lower = domain.toLowerCase(Locale.ROOT);
        return name.equalsIgnoreCase(lower) || name.endsWith("." + lower);
    }

    // --- macros

    private void withNames(MacroText text, Runnable then) {
        if (text.uses('p')) {
            names(names -> then.run());
        } else {
            then.run();
        }
    }

    private void expanded(MacroText spec, String domain, Consumer<String> then) {
        withNames(spec, () -> then.accept(shortened(spec.expand(letter -> value(letter, domain)))));
    }

    /// A name that is too long loses labels on its left (source: RFC 7208 section 7.3), and any its dot at the end.
    private static String shortened(String name) {
        String left = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        while (left.length() > MOST_NAME_OCTETS && left.indexOf('.') >= 0) {
            left = left.substring(left.indexOf('.') + 1);
        }
        return left;
    }

    private String senderDomain() {
        return sender.substring(sender.lastIndexOf('@') + 1);
    }

    private String value(char letter, String domain) {
        return switch (letter) {
            case 's' -> sender;
            case 'l' -> sender.substring(0, sender.lastIndexOf('@'));
            case 'o' -> senderDomain();
            case 'd' -> domain;
            case 'i' -> dotted(query.client());
            case 'p' -> bestName(domain);
            case 'v' -> query.client() instanceof Inet4Address ? "in-addr" : "ip6";
            case 'h' -> query.helo();
            case 'c' -> query.client().getHostAddress();
            case 'r' -> query.receiver();
            case 't' -> Long.toString(query.nowMillis() / 1000);
            default -> throw new IllegalStateException("a macro was let through: " + letter);
        };
    }

    /// The domain itself, or a name in it, or any. Source: RFC 7208 section 7.3.
    private String bestName(String domain) {
        List<String> names = namesOfClient == null ? List.of() : namesOfClient;
        return names.stream()
                .filter(name -> name.equalsIgnoreCase(domain))
                .findFirst()
                .or(() -> names.stream().filter(name -> isOf(name, domain)).findFirst())
                .or(() -> names.stream().findFirst())
                .orElse("unknown");
    }

    private static Optional<DnsQuestion> question(String name, DnsType type) {
        return DnsQuestion.of(name, type);
    }
}
