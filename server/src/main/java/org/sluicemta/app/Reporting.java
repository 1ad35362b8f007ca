package org.sluicemta.app;

import org.sluicemta.account.BounceCategories;
import org.sluicemta.account.StatusWords;
import org.sluicemta.bounce.ReportPolicy;
import org.sluicemta.bounce.StatusTexts;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Directives;
import org.sluicemta.config.Rate;
import org.sluicemta.config.Snapshot;
import org.sluicemta.spool.RecipientEvent;

/// What a configuration says of reports to senders, and the words of accounting for them.
record Reporting(BounceCategories categories) implements StatusTexts {
    static ReportPolicy policy(Snapshot snapshot) {
        Configuration configuration = snapshot.configuration();
        String from = configuration.global(Directives.CUSTOM_DSN_FROM_HEADER).value();
        double perSecond =
                switch (configuration.global(Directives.MAX_DSN_RATE).value()) {
                    case Rate.Unlimited _ -> Double.POSITIVE_INFINITY;
                    case Rate.Limited limited ->
                        limited.amount() * 1000.0 / limited.per().toMillis();
                };
        return new ReportPolicy(
                snapshot.hostName(),
                from.isEmpty() ? "Mail Delivery System <postmaster@" + snapshot.hostName() + ">" : from,
                queue -> configuration
                                .queue(queue)
                                .setting(Directives.DSN_FORMAT)
                                .value()
                        == Directives.DsnFormat.PLAIN_TEXT,
                perSecond,
                queue -> configuration
                        .queue(queue)
                        .setting(Directives.BACKOFF_NOTIFY)
                        .value(),
                queue -> configuration
                        .queue(queue)
                        .setting(Directives.DISABLED_SOURCE_IP_NOTIFY)
                        .value(),
                snapshot.routes(),
                new Reporting(snapshot.accounting().categories()));
    }

    @Override
    public String status(RecipientEvent event) {
        return StatusWords.of(event.status(), !RecipientEvent.isReply(event.diagnostic()));
    }

    @Override
    public String category(RecipientEvent event) {
        return categories.of(event);
    }
}
