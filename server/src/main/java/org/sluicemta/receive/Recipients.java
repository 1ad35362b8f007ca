package org.sluicemta.receive;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.route.Assignment;
import org.sluicemta.route.RouteFacts;
import org.sluicemta.route.Routes;
import org.sluicemta.smtp.Reply;
import org.sluicemta.spool.AcceptedRecipient;

/// The recipients of one message on their way to their queues. Those in one domain are assigned once and stay together.
///
/// Owner: the session's loop, for one turn.
final class Recipients {
    static final int USUAL_PRIORITY = 50;
    /// What aliases may make of a message's recipients: more would be a list, which is not our trade.
    static final int MOST = 20_000;

    /// What all of them share.
    ///
    /// @param requested the virtual MTA or pool asked for, or empty
    record Shared(String requested, String job, String envelopeId, int priority) {}

    private static final Map<String, Assignment> NOT_REMEMBERED = Map.of();

    private final Routes routes;
    private final RouteFacts facts;
    private final SourcePolicy source;
    private final Shared shared;
    private final List<AcceptedRecipient> all;
    private final Map<String, Assignment> byDomain;
    private @Nullable Reply refusal;

    /// @param most how many there will be, as far as is known
    Recipients(Routes routes, RouteFacts facts, SourcePolicy source, Shared shared, int most) {
        this.routes = routes;
        this.facts = facts;
        this.source = source;
        this.shared = shared;
        this.all = new ArrayList<>(most);
        this.byDomain = most > 1 ? new HashMap<>() : NOT_REMEMBERED;
    }

    /// Why the message is refused, or null.
    @Nullable
    Reply refusal() {
        return refusal;
    }

    List<AcceptedRecipient> all() {
        return all;
    }

    /// @param originalRecipient ORCPT or empty
    void add(Address given, String originalRecipient, int notifyBits) {
        if (all.size() >= MOST) {
            refusal = Replies.TOO_MANY_RECIPIENTS;
            return;
        }
        Address to = ReceiveSession.inAsciiDomain(given);
        String domain = ReceiveSession.canonical(to).orElse(to.canonicalDomain());
        Assignment assignment = byDomain.get(domain);
        if (assignment == null) {
            assignment = assign(domain);
            if (byDomain != NOT_REMEMBERED) {
                byDomain.put(domain, assignment);
            }
        }
        switch (assignment) {
            case Assignment.Queued queued -> add(to, queued.queue(), queued.pool(), originalRecipient, notifyBits);
            case Assignment.UnknownVirtualMta unknown -> {
                if (source.rejectInvalidVirtualMta().value()) {
                    refusal = Replies.unknownVirtualMta(unknown.name());
                } else {
                    String name = Replies.printable(unknown.name().toLowerCase(Locale.ROOT));
                    add(to, new QueueKey(domain, name), "", originalRecipient, notifyBits);
                }
            }
        }
    }

    private void add(Address to, QueueKey queue, String pool, String originalRecipient, int notifyBits) {
        all.add(new AcceptedRecipient(
                to.toString(),
                queue,
                pool,
                shared.job(),
                shared.envelopeId(),
                originalRecipient,
                notifyBits,
                shared.priority(),
                0));
    }

    private Assignment assign(String domain) {
        Assignment assignment = routes.assign(domain, shared.requested(), facts);
        boolean fallsBack = assignment instanceof Assignment.UnknownVirtualMta
                && !source.rejectInvalidVirtualMta().value()
                && !routes.fallback().isEmpty();
        return fallsBack ? routes.assign(domain, routes.fallback(), facts) : assignment;
    }
}
