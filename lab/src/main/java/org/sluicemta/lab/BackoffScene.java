package org.sluicemta.lab;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;

/// The play about backoff: one receiver that is well throughout, and one that loses its temper for a while. Pure.
final class BackoffScene {
    static final String SOURCE = "127.0.0.41";
    static final String VIRTUAL_MTA = "news";

    static final int NORMAL_PER_SECOND = 80;
    static final int BACKOFF_PER_SECOND = 2;
    static final int MAX_SMTP_OUT = 4;
    static final Duration BACKOFF_RETRY = Duration.ofSeconds(2);
    static final Duration RECIPIENT_RETRY = Duration.ofSeconds(4);
    static final Duration TO_NORMAL = Duration.ofSeconds(6);

    /// How long the feeder takes, whatever the number of messages: mail must be on its way in every act.
    static final Duration FEEDING = Duration.ofSeconds(24);

    /// A receiver's time for a message, so that a queue has some under way whenever it is looked at.
    static final Duration TAKING = Duration.ofMillis(30);

    private static final String COMPLAINTS =
            "4.7.0 [TSS04] Messages from {source} temporarily deferred due to user complaints";

    /// What the moody receiver does, one after the other.
    enum Act {
        GOOD("in good temper", Duration.ZERO, Mood.GOOD),
        COMPLAINS(
                "answers MAIL with 421", Duration.ofSeconds(5), new Mood(Set.of(Refusal.Stage.MAIL), 421, COMPLAINTS)),
        HANGS_UP(
                "hangs up and greets with 421",
                Duration.ofSeconds(13),
                new Mood(Set.of(Refusal.Stage.CONNECT, Refusal.Stage.MAIL), 421, COMPLAINTS)),
        FORGIVES("takes mail again", Duration.ofSeconds(17), Mood.GOOD);

        private final String says;
        private final Duration begins;
        private final Mood mood;

        Act(String says, Duration begins, Mood mood) {
            this.says = says;
            this.begins = begins;
            this.mood = mood;
        }

        String says() {
            return says;
        }

        /// After the first message.
        Duration begins() {
            return begins;
        }

        Mood mood() {
            return mood;
        }
    }

    enum Place {
        STEADY("steady.example", "127.0.0.31"),
        MOODY("moody.example", "127.0.0.32");

        private final String domain;
        private final String address;

        Place(String domain, String address) {
            this.domain = domain;
            this.address = address;
        }

        String domain() {
            return domain;
        }

        String address() {
            return address;
        }

        String queue() {
            return domain + "/" + VIRTUAL_MTA;
        }

        static Optional<Place> of(String recipientOrQueue) {
            String domain = recipientOrQueue.substring(recipientOrQueue.indexOf('@') + 1);
            for (Place place : values()) {
                if (domain.equals(place.domain) || domain.equals(place.queue())) {
                    return Optional.of(place);
                }
            }
            return Optional.empty();
        }
    }

    private final MessageMaker maker;

    BackoffScene(String run) {
        this.maker = new MessageMaker(run);
    }

    static ZoneTable zones() {
        ZoneTable.Builder zones = ZoneTable.builder();
        for (Place place : Place.values()) {
            zones.mx(place.domain(), 10, "mx." + place.domain()).address("mx." + place.domain(), place.address());
        }
        return zones.build();
    }

    /// Messages take turns between the two.
    LoadMessage message(long number) {
        Place place = Place.values()[(int) (number % Place.values().length)];
        String to = "user" + number + "@" + place.domain();
        String name = maker.name(number);
        String from = "news@sender.example";
        String fields = "X-Virtual-MTA: " + VIRTUAL_MTA + "\r\nX-Job: newsletter-35\r\nX-Envid: " + name + "\r\n";
        return new LoadMessage(number, name, from, List.of(to), maker.message(number, from, to, fields, 2048));
    }

    /// The server's configuration, with the reasons, since people will read it.
    static String configuration(int smtpPort, InetSocketAddress resolver, ToIntFunction<Place> ports, Path acct) {
        var text = new StringBuilder("""
                # Written by "sluice demo --scene backoff". Change it while the scene is kept running, then: sluice reload

                host-name      mail.sender.example
                postmaster     postmaster@sender.example
                smtp-listener  127.0.0.1:%d
                name-server    %s:%d          # the scene's own, for the .example domains
                mx-to-loopback yes                     # the receivers live on 127.0.0.x

                <source 127.0.0.1>
                    always-allow-relaying yes
                    process-x-virtual-mta yes
                    process-x-job         yes
                    process-x-envid       yes
                </source>

                <virtual-mta %s>
                    smtp-source-host %s news.sender.example
                </virtual-mta>

                # What a receiver's refusals mean. The first rule that matches decides.
                <smtp-pattern-list tempers>
                    reply /\\[TSS0[1-3]\\]/               mode=backoff,backoff-to-normal-after=1h
                    reply /\\[TSS04\\]/                   mode=backoff,backoff-to-normal-after=%ds
                    reply /too many connections/        mode=backoff,backoff-to-normal-after=5m
                </smtp-pattern-list>

                <domain *>
                    max-smtp-out           %d
                    max-msg-rate           %d/s
                    retry-after            5s
                    retry-recipients-after %ds        # a recipient that was answered 4xx
                    bounce-after           10m

                    smtp-pattern-list      tempers
                    backoff-max-smtp-out   1
                    backoff-max-msg-rate   %d/s       # in backoff: enough to notice when it is over
                    backoff-retry-after    %ds        # in backoff: after a failure of the queue as a whole
                </domain>
                """.formatted(
                        smtpPort,
                        resolver.getAddress().getHostAddress(),
                        resolver.getPort(),
                        VIRTUAL_MTA,
                        SOURCE,
                        TO_NORMAL.toSeconds(),
                        MAX_SMTP_OUT,
                        NORMAL_PER_SECOND,
                        RECIPIENT_RETRY.toSeconds(),
                        BACKOFF_PER_SECOND,
                        BACKOFF_RETRY.toSeconds()));
        for (Place place : Place.values()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%n<domain %s>%n    default-smtp-port %d%n</domain>%n",
                    place.domain(),
                    ports.applyAsInt(place)));
        }
        return text.append("""

                <acct-file %s>
                    records d,b,t,tq
                </acct-file>
                """.formatted(acct)).toString();
    }
}
