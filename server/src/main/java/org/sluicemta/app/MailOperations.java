package org.sluicemta.app;

import java.time.Duration;
import java.util.function.Consumer;
import org.sluicemta.control.MailActions;
import org.sluicemta.control.Operations;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.MailQuery;
import org.sluicemta.queue.QueuePattern;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.world.Loop;

/// What operators do to waiting mail, told to the queues in their words.
final class MailOperations implements MailActions {
    private static final String BY = "command";

    private final QueueRoom queues;

    MailOperations(QueueRoom queues) {
        this.queues = queues;
    }

    @Override
    public void pause(Loop home, String pattern, long forMillis, Consumer<Integer> answer) {
        queues.pause(exactly(pattern), true, Duration.ofMillis(forMillis), BY, home, answer);
    }

    @Override
    public void resume(Loop home, String pattern, Consumer<QueueRoom.Resumed> answer) {
        queues.resume(exactly(pattern), BY, home, answer);
    }

    @Override
    public void pauseJob(Loop home, String job, boolean isPaused, Consumer<String> answer) {
        queues.pauseJob(job, isPaused, BY, home, answer);
    }

    @Override
    public void setPriority(Loop home, Operations.RecipientQuery query, int priority, Consumer<Integer> answer) {
        queues.prioritize(mail(query), priority, home, answer);
    }

    @Override
    public void delete(
            Loop home,
            Operations.RecipientQuery query,
            boolean isReported,
            boolean isAccounted,
            Consumer<Integer> answer) {
        queues.delete(mail(query), isReported, isAccounted, home, answer);
    }

    /// A domain alone means its queue of the unnamed virtual MTA.
    static QueuePattern exactly(String text) {
        return QueuePattern.of(text.indexOf('/') < 0 ? text + "/" + QueueKey.DEFAULT_VIRTUAL_MTA : text);
    }

    static MailQuery mail(Operations.RecipientQuery query) {
        return new MailQuery(
                Listings.pattern(query.queue()),
                query.reversePath(),
                query.forwardPath(),
                query.jobId(),
                query.envelopeId(),
                query.olderThanMillis(),
                query.maxItems());
    }
}
