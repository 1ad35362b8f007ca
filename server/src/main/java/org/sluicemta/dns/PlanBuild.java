package org.sluicemta.dns;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.IpText;

/// One plan being made. Owner: [MxPlans].
///
/// First the *sources* (a domain, or each entry of a host list) become *candidates*, by MX records where they are asked
/// for; then the candidates' addresses are asked for, A and AAAA at the same time; then what is fit for mail is put in
/// order. Each step waits for all answers of the one before. An answer may come within the call that asks (from the
/// cache), so every step counts its open questions and holds one of its own until it has asked them all.
final class PlanBuild {
    /// How long addresses of IPv6 are waited for once all those of IPv4 are there. Source: RFC 8305 section 3.
    static final Duration GRACE = Duration.ofMillis(50);

    /// The most hosts of one destination that are asked for; those of lowest preference.
    private static final int MAX_CANDIDATES = 20;

    /// The most addresses of one host that are kept.
    private static final int MAX_ADDRESSES = 16;

    private static final int LEVEL = 65_536;

    /// How long a plan without its IPv6 addresses, or of addresses alone, is kept.
    private static final int HASTY_TTL_SECONDS = 5;

    private static final int LITERAL_TTL_SECONDS = 300;

    final PlanQuestion question;
    final PlanSettings settings;
    final List<Consumer<MxPlan>> waiting = new ArrayList<>();
    long graceEnds;

    private final MxPlans plans;
    private final List<DnsFinding> findings = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<Candidate> candidates = new ArrayList<>();
    private int openSources;
    private int openV4;
    private int openV6;
    private boolean isInGrace;
    private boolean isDone;
    private boolean leadsToUs;
    private boolean isImplicit;
    private @Nullable Verdict verdict;
    private int ttlSeconds = LITERAL_TTL_SECONDS;
    private boolean hasAsked;

    PlanBuild(MxPlans plans, PlanQuestion question, PlanSettings settings) {
        this.plans = plans;
        this.question = question;
        this.settings = settings;
    }

    void start() {
        openSources = 1;
        switch (question.destination()) {
            case Destination.Domain domain -> startDomain(domain);
            case Destination.Route route -> startRoute(route.hosts());
        }
        sourceDone();
    }

    private boolean isRoute() {
        return question.destination() instanceof Destination.Route;
    }

    private void startDomain(Destination.Domain domain) {
        String name = domain.name();
        if (name.startsWith("[")) {
            startLiteral(name, domain.port());
            return;
        }
        Optional<String> canonical = DnsQuestion.canonical(name);
        if (canonical.isEmpty()) {
            verdict = new Verdict.Never(MxPlan.Reason.NO_SUCH_DOMAIN, "the domain name is not valid");
        } else {
            askMx(canonical.get(), domain.port(), 0);
        }
    }

    /// Source: RFC 5321 section 4.1.3.
    private void startLiteral(String text, int port) {
        InetAddress address = text.endsWith("]") ? HostText.literal(text.substring(1, text.length() - 1)) : null;
        if (address == null) {
            verdict = new Verdict.Never(MxPlan.Reason.NO_SUCH_DOMAIN, "the address literal is not valid");
        } else if (!settings.isFit(address)) {
            verdict = new Verdict.Never(MxPlan.Reason.UNFIT_ADDRESS, "mail is not sent to " + IpText.of(address));
        } else if (settings.isOurs(address)) {
            leadsToUs = true;
        } else if (!isOfFamily(address)) {
            verdict = new Verdict.Never(
                    MxPlan.Reason.NO_ADDRESS, "the sender has no address of the family of " + IpText.of(address));
        } else {
            addLiteral(address, port, 0);
        }
    }

    private void startRoute(HostList hosts) {
        int preference = 0;
        for (List<HostList.Host> level : hosts.levels()) {
            for (HostList.Host host : level) {
                switch (host) {
                    case HostList.Host.Literal literal -> {
                        if (isOfFamily(literal.address())) {
                            addLiteral(literal.address(), literal.port(), preference);
                        } else {
                            note(IpText.of(literal.address()), "the sender has no address of its family");
                        }
                    }
                    case HostList.Host.Named named ->
                        candidates.add(new Candidate(named.name(), named.port(), preference));
                    case HostList.Host.MailOf mail -> askMx(mail.domain(), mail.port(), preference);
                }
            }
            preference += LEVEL;
        }
    }

    private void addLiteral(InetAddress address, int port, int preference) {
        boolean isV4 = address instanceof Inet4Address;
        var candidate = new Candidate(
                isV4 ? "[" + IpText.of(address) + "]" : "[IPv6:" + IpText.of(address) + "]", port, preference);
        candidate.addresses.add(address);
        candidate.isLiteral = true;
        candidates.add(candidate);
    }

    private void askMx(String domain, int port, int base) {
        openSources++;
        plans.find(new DnsQuestion(domain, DnsType.MX), finding -> {
            keep(finding);
            tookMx(domain, port, base, finding);
            sourceDone();
        });
    }

    private void tookMx(String domain, int port, int base, DnsFinding finding) {
        switch (finding.answer()) {
            case DnsAnswer.Records records -> tookExchangers(domain, port, base, records.records());
            // Only the word that there are none makes the domain its own exchanger. Source: RFC 5321 section 5.1.
            case DnsAnswer.NoRecords none -> {
                isImplicit = true;
                candidates.add(new Candidate(domain, port, base));
            }
            case DnsAnswer.NoSuchDomain none ->
                verdict = new Verdict.Never(MxPlan.Reason.NO_SUCH_DOMAIN, "the domain " + domain + " does not exist");
            case DnsAnswer.Failed failure ->
                verdict = new Verdict.NotNow("the mail hosts of " + domain + " cannot be looked up: " + failure.why());
        }
    }

    private void tookExchangers(String domain, int port, int base, List<DnsRecord> records) {
        var exchangers = new ArrayList<DnsRecord.Mx>();
        for (DnsRecord record : records) {
            if (record instanceof DnsRecord.Mx mx) {
                exchangers.add(mx);
            }
        }
        if (exchangers.size() == 1 && exchangers.getFirst().host().isEmpty()) {
            // Source: RFC 7505 section 3.
            verdict = new Verdict.Never(MxPlan.Reason.NULL_MX, "the domain " + domain + " accepts no mail (null MX)");
            return;
        }
        exchangers.sort(Comparator.comparingInt(DnsRecord.Mx::preference));
        int taken = 0;
        for (DnsRecord.Mx mx : exchangers) {
            if (!isRoute() && settings.isOurs(mx.host())) {
                note(mx.host(), "is this server; hosts of preference " + mx.preference() + " and above are left out");
                leadsToUs = true;
                candidates.removeIf(c -> c.preference >= mx.preference());
                return;
            }
            Optional<String> host = DnsQuestion.canonical(mx.host());
            if (host.isEmpty() || HostText.isDottedQuad(mx.host())) {
                note("'" + mx.host() + "'", "is no host name");
            } else if (taken == MAX_CANDIDATES) {
                note(mx.host(), "more than " + MAX_CANDIDATES + " mail hosts");
            } else {
                taken++;
                candidates.add(new Candidate(host.get(), port, base + mx.preference()));
            }
        }
    }

    private void sourceDone() {
        openSources--;
        if (openSources == 0) {
            askAddresses();
        }
    }

    private void askAddresses() {
        // A bound for routes of many domains; each domain's own is above.
        if (candidates.size() > HostList.MAX_HOSTS) {
            candidates.sort(Comparator.comparingInt(c -> c.preference));
            candidates.subList(HostList.MAX_HOSTS, candidates.size()).clear();
        }
        openV4 = 1;
        openV6 = 1;
        for (Candidate candidate : candidates) {
            if (candidate.isLiteral) {
                continue;
            }
            if (question.families().hasV6()) {
                openV6++;
                plans.find(new DnsQuestion(candidate.name, DnsType.AAAA), finding -> tookAddresses(candidate, finding));
            }
            if (question.families().hasV4()) {
                openV4++;
                plans.find(new DnsQuestion(candidate.name, DnsType.A), finding -> tookAddresses(candidate, finding));
            }
        }
        openV4--;
        openV6--;
        goOn();
    }

    private void tookAddresses(Candidate candidate, DnsFinding finding) {
        if (isDone) {
            return; // the grace was over; the answer is in the cache for the next plan
        }
        keep(finding);
        switch (finding.answer()) {
            case DnsAnswer.Records records -> {
                for (DnsRecord record : records.records()) {
                    if (record instanceof DnsRecord.Ip ip) {
                        candidate.addresses.add(ip.address());
                    }
                }
            }
            case DnsAnswer.NoRecords none -> {}
            case DnsAnswer.NoSuchDomain none -> {}
            case DnsAnswer.Failed failure -> candidate.failure = failure.why();
        }
        if (!finding.aliases().isEmpty()) {
            // Source: RFC 2181 section 10.3 forbids it; everybody follows it.
            note(candidate.name, "is an alias (CNAME), which a mail host must not be; followed");
        }
        if (finding.question().type() == DnsType.A) {
            openV4--;
        } else {
            openV6--;
        }
        goOn();
    }

    private void goOn() {
        if (openV4 > 0) {
            return;
        }
        if (openV6 == 0) {
            finish();
        } else if (!isInGrace && candidates.stream().anyMatch(c -> !c.addresses.isEmpty())) {
            isInGrace = true;
            plans.grace(this);
        }
    }

    /// The grace is over: what is there must do.
    void goOnWithout() {
        if (!isDone) {
            note("IPv6", "addresses did not come within " + GRACE.toMillis() + " ms");
            ttlSeconds = Math.min(ttlSeconds, HASTY_TTL_SECONDS);
            finish();
        }
    }

    private void finish() {
        isDone = true;
        candidates.sort(Comparator.comparingInt(c -> c.preference));
        var hosts = new ArrayList<MxHost>();
        int cutAt = Integer.MAX_VALUE;
        String failure = null;
        boolean wasUnfit = false;
        for (Candidate candidate : candidates) {
            if (candidate.preference >= cutAt) {
                note(candidate.name, "is not preferred to this server");
                continue;
            }
            if (!isRoute() && candidate.addresses.stream().anyMatch(settings::isOurs)) {
                note(candidate.name, "points to this server; hosts of its preference and above are left out");
                leadsToUs = true;
                cutAt = candidate.preference;
                hosts.removeIf(h -> h.preference() >= candidate.preference);
                continue;
            }
            List<InetAddress> fit = fitAddresses(candidate);
            if (!fit.isEmpty()) {
                hosts.add(new MxHost(candidate.name, candidate.preference, candidate.port, fit));
            } else if (candidate.failure != null) {
                note(candidate.name, "has no known address: " + candidate.failure);
                failure = candidate.failure;
            } else if (candidate.addresses.isEmpty()) {
                note(candidate.name, "has no address");
            } else {
                wasUnfit = true;
            }
        }
        if (!hosts.isEmpty()) {
            done(new MxPlan.Hosts(hosts, trace(ttlSeconds)), ttlSeconds);
        } else {
            refuse(verdict != null ? verdict : noHosts(failure, wasUnfit));
        }
    }

    /// Why not one host is left. If MX records exist and none is usable, the domain itself is not tried.
    /// Source: RFC 5321 section 5.1.
    private Verdict noHosts(@Nullable String failure, boolean wasUnfit) {
        if (failure != null) {
            return new Verdict.NotNow("the addresses of the mail hosts cannot be looked up: " + failure);
        }
        if (leadsToUs) {
            return new Verdict.Never(MxPlan.Reason.LEADS_TO_US, "the mail hosts lead back to this server");
        }
        if (wasUnfit) {
            return new Verdict.Never(
                    MxPlan.Reason.UNFIT_ADDRESS, "the mail hosts have only addresses that mail is not sent to");
        }
        return isImplicit
                ? new Verdict.Never(MxPlan.Reason.NO_MAIL_HOST, "the domain has neither mail hosts nor an address")
                : new Verdict.Never(MxPlan.Reason.NO_ADDRESS, "none of the mail hosts has an address that can be used");
    }

    /// A configured route that fails is ours to mend, never the recipient's fault: its mail waits.
    private void refuse(Verdict why) {
        switch (why) {
            case Verdict.NotNow later -> done(new MxPlan.TryLater("4.4.3", later.text(), trace(0)), 0);
            case Verdict.Never never
            when isRoute() -> {
                String text = "the configured route leads nowhere: " + never.text();
                done(new MxPlan.TryLater("4.4.4", text, trace(0)), 0);
            }
            case Verdict.Never never ->
                done(new MxPlan.NoMail(never.reason(), never.text(), trace(ttlSeconds)), ttlSeconds);
        }
    }

    private void done(MxPlan plan, int ttl) {
        isDone = true;
        plans.made(this, plan, ttl);
    }

    private PlanTrace trace(int ttl) {
        long now = plans.serverMillis();
        return new PlanTrace(question, findings, notes, now, now + ttl * 1_000L);
    }

    private List<InetAddress> fitAddresses(Candidate candidate) {
        var fit = new ArrayList<InetAddress>();
        for (InetAddress address : candidate.addresses) {
            if (!isRoute() && !settings.isFit(address)) {
                note(candidate.name, "mail is not sent to " + IpText.of(address));
            } else if (isOfFamily(address) && fit.size() < MAX_ADDRESSES) {
                // An AAAA record may hold an address of IPv4 in disguise.
                fit.add(address);
            }
        }
        boolean v4First = question.families() == Families.V4_THEN_V6;
        fit.sort(Comparator.comparing(a -> (a instanceof Inet4Address) != v4First));
        return fit;
    }

    private boolean isOfFamily(InetAddress address) {
        return address instanceof Inet4Address
                ? question.families().hasV4()
                : question.families().hasV6();
    }

    /// The plan holds no longer than the least of its answers.
    private void keep(DnsFinding finding) {
        findings.add(finding);
        ttlSeconds = hasAsked ? Math.min(ttlSeconds, finding.ttlSeconds()) : finding.ttlSeconds();
        hasAsked = true;
    }

    private void note(String what, String why) {
        notes.add(what + ": " + why);
    }

    private sealed interface Verdict {
        record Never(MxPlan.Reason reason, String text) implements Verdict {}

        record NotNow(String text) implements Verdict {}
    }

    private static final class Candidate {
        private final String name;
        private final int port;
        private final int preference;
        private final List<InetAddress> addresses = new ArrayList<>();
        private boolean isLiteral;
        private @Nullable String failure;

        Candidate(String name, int port, int preference) {
            this.name = name;
            this.port = port;
            this.preference = preference;
        }
    }
}
