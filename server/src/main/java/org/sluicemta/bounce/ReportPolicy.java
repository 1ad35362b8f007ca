package org.sluicemta.bounce;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.route.Routes;

/// One configuration, as far as reports go.
///
/// @param hostName the server's name
/// @param from content of the field From
/// @param isPlainText whether reports about mail of a queue have no part for programs; pure
/// @param perSecond reports at most, above 0; infinite for no bound
/// @param backoffNotify who hears that a queue enters or leaves backoff; pure
/// @param sourceNotify who hears that a source address of a queue is disabled or enabled; pure
/// @param routes the way that reports take
/// @param texts the words of accounting
public record ReportPolicy(
        String hostName,
        String from,
        Predicate<QueueKey> isPlainText,
        double perSecond,
        Function<QueueKey, List<String>> backoffNotify,
        Function<QueueKey, List<String>> sourceNotify,
        Routes routes,
        StatusTexts texts) {}
