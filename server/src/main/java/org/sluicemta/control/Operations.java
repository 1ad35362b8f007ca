package org.sluicemta.control;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.sluicemta.mail.MessageId;
import org.sluicemta.queue.MessageExplanation;
import org.sluicemta.queue.OutcomeCounts;
import org.sluicemta.queue.QueueExplanation;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.queue.RecipientNote;
import org.sluicemta.world.Loop;

/// What operators may ask of the running server. Implemented by `app`, which knows the owners; every answer comes as a
/// turn of `home`, the loop of the connection that asked. Nothing blocks.
public interface Operations {
    void status(Loop home, Consumer<ServerStatus> answer);

    void queues(Loop home, QueueQuery query, Consumer<QueueListing> answer);

    /// Recipient domains, each with the sum of its queues.
    void domains(Loop home, DomainQuery query, Consumer<DomainListing> answer);

    /// Virtual MTAs with waiting mail, by name.
    ///
    /// @param maxItems 1 or more
    void virtualMtas(Loop home, int maxItems, Consumer<VirtualMtaListing> answer);

    /// Jobs with waiting mail, by id.
    ///
    /// @param maxItems 1 or more
    void jobs(Loop home, int maxItems, Consumer<JobListing> answer);

    void recipients(Loop home, RecipientQuery query, Consumer<RecipientListing> answer);

    /// What became of recipients in the last minutes, by the domain of their queues; a few thousand at most.
    void outcomesLately(Loop home, Consumer<Map<String, OutcomeCounts>> answer);

    /// What is done to waiting mail.
    MailActions mail();

    /// What is done to the server's own counters, files and memory.
    Upkeep upkeep();

    void schedule(Loop home, String pattern, boolean retryRecipients, Consumer<Scheduled> answer);

    /// Everything that decides when a queue's mail goes out.
    ///
    /// @param queue `domain/vmta`, without `*`
    /// @param answer without a value where there is no such queue now
    void explain(Loop home, String queue, Consumer<Optional<QueueExplanation>> answer);

    /// Where the waiting recipients of a message are.
    void explain(Loop home, MessageId message, Consumer<MessageExplanation> answer);

    /// @param pattern `domain/vmta`, a `*` in either half
    /// @param answer hears how many queues it concerned
    void setMode(Loop home, String pattern, boolean isBackoff, Consumer<Integer> answer);

    /// @param reenableAfterMillis of a disabling; 0: as configured
    /// @param answer hears how many queues it concerned
    void setSource(
            Loop home,
            String pattern,
            InetAddress address,
            boolean isEnabled,
            long reenableAfterMillis,
            Consumer<Integer> answer);

    void disabledSources(Loop home, String pattern, Consumer<List<QueueRoom.DisabledSource>> answer);

    /// Where the settings of a queue come from.
    ///
    /// @param queue `domain/vmta`, without `*`
    /// @param name of one directive; empty for all
    void settings(Loop home, String queue, String name, Consumer<QueueSettings> answer);

    /// @param allowedBounces waiting recipients that may bounce because their virtual MTA is taken away
    /// @param answer hears the empty text when the configuration was swapped, else why it was not
    void reload(Loop home, long allowedBounces, Consumer<Reloaded> answer);

    /// Starts an orderly stop; the answer comes before the server ends.
    void shutdown(Loop home, Runnable answer);

    /// What this server is and where it runs. Does not change while it runs.
    About about();

    /// Runs pure work that is too long for a loop somewhere else, such as writing out a long list.
    ///
    /// @param answer a turn of `home`; without a value where it could not be done now
    <T> void aside(Loop home, Supplier<T> work, Consumer<Optional<T>> answer);

    /// Attempts that are told, and the world outside.
    NetworkOperations network();

    /// The pulling of the configuration.
    ConfigCommands configuration();

    /// @param failure why there is nothing to show; else empty
    /// @param notes what else a person should know
    record QueueSettings(
            String failure, String queue, List<SettingRow> virtualMta, List<SettingRow> domain, List<String> notes) {}

    /// @param chain the effective value first, then what it overrode, to the built-in default; never empty
    /// @param hasEffect false for a directive that this version reads and does not obey
    record SettingRow(String name, List<SettingSource> chain, boolean hasEffect) {}

    /// @param file empty for the built-in default
    /// @param scope the enclosing block, or empty
    record SettingSource(String value, String file, int line, String scope) {}

    /// @param queues that matched and whose mail waited for a clock that is cleared now
    /// @param of all that matched
    record Scheduled(int queues, int of) {}

    /// @param failure empty when done
    /// @param notes warnings, and what needs a restart
    record Reloaded(String failure, List<String> notes) {}

    /// Which queues.
    ///
    /// @param pattern `domain/vmta`, a `*` in either half; empty for all
    /// @param order of the answer
    /// @param isConnected only those with connections (true) or without (false); null for all
    /// @param isPaused as above
    /// @param isBackoff as above
    record QueueQuery(
            String pattern,
            Order order,
            int maxItems,
            @org.jspecify.annotations.Nullable Boolean isConnected,
            @org.jspecify.annotations.Nullable Boolean isPaused,
            @org.jspecify.annotations.Nullable Boolean isBackoff) {}

    /// How queues are sorted.
    enum Order {
        NAME,
        RECIPIENTS,
        SIZE
    }

    /// @param retryMillis server time of the next attempt or permit; 0 for none
    /// @param pausedUntilMillis server time at which it resumes by itself; 0 where it does not
    /// @param holding why it waits, with the source line of the limit; empty when nothing holds it
    record QueueRow(
            String name,
            long recipients,
            long bytes,
            int connections,
            boolean isPaused,
            long pausedUntilMillis,
            boolean isBackoff,
            long retryMillis,
            String holding,
            List<QueueNote> notes,
            List<QueueNote> modeNotes,
            List<RecipientNote> recipientNotes) {
        /// Not paused for a time.
        public QueueRow(
                String name,
                long recipients,
                long bytes,
                int connections,
                boolean isPaused,
                boolean isBackoff,
                long retryMillis,
                String holding,
                List<QueueNote> notes,
                List<QueueNote> modeNotes,
                List<RecipientNote> recipientNotes) {
            this(
                    name,
                    recipients,
                    bytes,
                    connections,
                    isPaused,
                    0,
                    isBackoff,
                    retryMillis,
                    holding,
                    notes,
                    modeNotes,
                    recipientNotes);
        }
    }

    /// @param atMillis server time
    record QueueNote(long atMillis, String text) {}

    /// @param matching how many queues matched, shown or not
    record QueueListing(List<QueueRow> rows, int matching, long totalRecipients, int totalQueuesWithRecipients) {}

    /// Which domains.
    ///
    /// @param domain `*` for any part; empty for all
    /// @param virtualMta only queues of this one count; likewise
    /// @param isConnected only those with connections (true) or without (false); null for all
    /// @param withErrors whether more than the newest error of each is wanted
    record DomainQuery(
            String domain,
            String virtualMta,
            Order order,
            int maxItems,
            @org.jspecify.annotations.Nullable Boolean isConnected,
            boolean withErrors) {}

    /// @param bytes of the recipients' messages
    /// @param notes errors of its queues, newest first, ten at most, one unless more were asked for
    record DomainRow(String name, long recipients, long bytes, int connections, List<QueueNote> notes) {}

    /// @param matching how many domains matched, shown or not
    /// @param totalRecipients of all that matched
    record DomainListing(List<DomainRow> rows, int matching, long totalRecipients) {}

    /// @param domains with recipients that wait for it
    /// @param percent of all waiting recipients
    record VirtualMtaRow(String name, int domains, long recipients, int percent, long bytes, int connections) {}

    /// @param matching how many virtual MTAs have waiting mail, shown or not
    record VirtualMtaListing(List<VirtualMtaRow> rows, int matching) {}

    /// @param connections messages of it that connections carry now
    record JobRow(String id, long recipients, long bytes, int connections, boolean isPaused) {}

    /// @param matching how many jobs have waiting mail, shown or not
    /// @param totalRecipients of all of them
    record JobListing(List<JobRow> rows, int matching, long totalRecipients) {}

    /// Which recipients: all given conditions must hold; an empty one holds for all. `*` stands for anything.
    ///
    /// @param olderThanMillis 0 for any age
    record RecipientQuery(
            String queue,
            String reversePath,
            String forwardPath,
            String jobId,
            String envelopeId,
            long olderThanMillis,
            int maxItems) {}

    /// One waiting recipient.
    ///
    /// @param dueMillis server time of its own next attempt; 0 where it waits for its queue only
    /// @param attempts made so far
    record RecipientRow(
            String queue,
            String reversePath,
            String forwardPath,
            String id,
            long queuedMillis,
            String subject,
            int priority,
            String jobId,
            String envelopeId,
            long dueMillis,
            int attempts) {}

    /// @param busyQueues skipped because they were busy
    /// @param unreadable messages that are missing because they could not be read
    record RecipientListing(List<RecipientRow> rows, int busyQueues, int unreadable) {}

    /// Everything that `show status` prints.
    ///
    /// @param nowMillis server time
    /// @param queriesActive questions to DNS under way; `queriesPending` those that wait for their turn
    /// @param maxRecipients that fit in the tables; reception refuses beyond
    /// @param reportsOwed recipients that failed and whose sender has not been told yet
    /// @param isWithGmImprinter whether monitors of old need an element of that name
    record ServerStatus(
            long nowMillis,
            long startedMillis,
            boolean isShuttingDown,
            Traffic total,
            Traffic lastHour,
            Traffic topHour,
            Traffic lastMinute,
            Traffic topMinute,
            Performance performance,
            Connections in,
            Connections out,
            long namesCached,
            long queriesPending,
            long queriesActive,
            QueueLoad smtp,
            QueueLoad discard,
            QueueLoad file,
            int spoolDirectories,
            long segmentsInUse,
            long segmentsSpare,
            long totalRecipients,
            long maxRecipients,
            long reportsOwed,
            boolean isWithGmImprinter,
            List<String> warnings) {}

    /// What waits in the queues of one type.
    ///
    /// @param domains queues with recipients
    record QueueLoad(long recipients, long domains, long bytes) {
        static final QueueLoad NONE = new QueueLoad(0, 0, 0);
    }

    /// Messages that came in during the last minute, and milliseconds that one took on the average.
    ///
    /// @param envelopeMillis from MAIL to the beginning of content
    /// @param contentMillis from there to the acceptance
    record Performance(long count, long envelopeMillis, long contentMillis) {}

    record Traffic(Flow in, Flow out) {}

    record Flow(long recipients, long messages, long bytes) {}

    record Connections(int now, int limit, int most) {}
}
