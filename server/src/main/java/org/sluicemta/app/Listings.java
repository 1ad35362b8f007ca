package org.sluicemta.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sluicemta.control.Operations;
import org.sluicemta.queue.MailQuery;
import org.sluicemta.queue.QueueNote;
import org.sluicemta.queue.QueuePattern;
import org.sluicemta.queue.QueueQuery;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.queue.QueueSum;
import org.sluicemta.queue.QueueSums;
import org.sluicemta.queue.QueueView;
import org.sluicemta.world.Loop;

/// What operators list, in the words of their commands: asks the queues and turns what they answer into rows.
///
/// Threads: from any loop; answers are turns of the asker's.
final class Listings {
    private final QueueRoom queues;

    Listings(QueueRoom queues) {
        this.queues = queues;
    }

    void queues(Loop asker, Operations.QueueQuery query, Consumer<Operations.QueueListing> answer) {
        var asked = new QueueQuery(
                pattern(query.pattern()),
                choice(query.isConnected()),
                choice(query.isPaused()),
                choice(query.isBackoff()),
                sort(query.order()),
                query.maxItems(),
                false);
        queues.find(asked, asker, found -> {
            var rows = new ArrayList<Operations.QueueRow>(found.views().size());
            for (QueueView view : found.views()) {
                rows.add(new Operations.QueueRow(
                        view.key().toString(),
                        view.recipients(),
                        view.bytes(),
                        view.connections(),
                        view.isPaused(),
                        view.pausedUntilMillis(),
                        view.isBackoff(),
                        view.retryMillis(),
                        view.reason().text(),
                        notes(view.notes()),
                        notes(view.modeNotes()),
                        view.recipientNotes()));
            }
            answer.accept(new Operations.QueueListing(
                    rows, found.matching(), found.recipients(), found.queuesWithRecipients()));
        });
    }

    void domains(Loop asker, Operations.DomainQuery query, Consumer<Operations.DomainListing> answer) {
        String virtualMta = query.virtualMta().isEmpty() ? "*" : query.virtualMta();
        var asked = new QueueSums.Query(
                QueuePattern.of(query.domain() + "/" + virtualMta),
                choice(query.isConnected()),
                sort(query.order()),
                query.maxItems(),
                query.withErrors());
        queues.sums(QueueSums.By.DOMAIN, asked, asker, found -> {
            var rows = new ArrayList<Operations.DomainRow>(found.sums().size());
            for (QueueSum sum : found.sums()) {
                rows.add(new Operations.DomainRow(
                        sum.name(), sum.recipients(), sum.bytes(), sum.connections(), notes(sum.notes())));
            }
            answer.accept(new Operations.DomainListing(rows, found.matching(), found.recipients()));
        });
    }

    void virtualMtas(Loop asker, int maxItems, Consumer<Operations.VirtualMtaListing> answer) {
        queues.sums(QueueSums.By.VIRTUAL_MTA, byName(maxItems), asker, found -> {
            var rows = new ArrayList<Operations.VirtualMtaRow>(found.sums().size());
            for (QueueSum sum : found.sums()) {
                rows.add(new Operations.VirtualMtaRow(
                        sum.name(),
                        sum.queues(),
                        sum.recipients(),
                        percent(sum.recipients(), found.recipients()),
                        sum.bytes(),
                        sum.connections()));
            }
            answer.accept(new Operations.VirtualMtaListing(rows, found.matching()));
        });
    }

    private static int percent(long part, long whole) {
        return whole == 0 ? 0 : (int) ((part * 200 + whole) / (whole * 2));
    }

    void jobs(Loop asker, int maxItems, Consumer<Operations.JobListing> answer) {
        queues.pausedJobs(asker, all -> {
            Set<String> paused = all.stream().map(each -> each.job()).collect(Collectors.toSet());
            queues.jobs(byName(maxItems), asker, found -> {
                var rows = new ArrayList<Operations.JobRow>(found.sums().size());
                for (QueueSum sum : found.sums()) {
                    rows.add(new Operations.JobRow(
                            sum.name(), sum.recipients(), sum.bytes(), sum.connections(), paused.contains(sum.name())));
                }
                answer.accept(new Operations.JobListing(rows, found.matching(), found.recipients()));
            });
        });
    }

    private static QueueSums.Query byName(int maxItems) {
        return new QueueSums.Query(QueuePattern.ALL, QueueQuery.Choice.EITHER, QueueQuery.Sort.NAME, maxItems, false);
    }

    void recipients(Loop asker, MailQuery query, Consumer<Operations.RecipientListing> answer) {
        queues.list(query, asker, found -> {
            var rows = new ArrayList<Operations.RecipientRow>(found.rows().size());
            for (MailQuery.Row row : found.rows()) {
                rows.add(new Operations.RecipientRow(
                        row.queue().toString(),
                        row.originator(),
                        row.recipient(),
                        row.id().toString(),
                        row.queuedMillis(),
                        row.subject(),
                        row.priority(),
                        row.jobId(),
                        row.envelopeId(),
                        row.dueMillis(),
                        row.attempts()));
            }
            // Nothing is skipped here for being busy: what is being delivered is listed too.
            answer.accept(new Operations.RecipientListing(rows, 0, found.unreadable()));
        });
    }

    private static List<Operations.QueueNote> notes(List<QueueNote> notes) {
        return notes.stream()
                .map(note -> new Operations.QueueNote(note.atMillis(), note.text()))
                .toList();
    }

    /// A domain alone means all its queues.
    static QueuePattern pattern(String text) {
        return text.isEmpty() ? QueuePattern.ALL : QueuePattern.of(text.indexOf('/') < 0 ? text + "/*" : text);
    }

    private static QueueQuery.Choice choice(@Nullable Boolean wanted) {
        return wanted == null ? QueueQuery.Choice.EITHER : wanted ? QueueQuery.Choice.YES : QueueQuery.Choice.NO;
    }

    private static QueueQuery.Sort sort(Operations.Order order) {
        return switch (order) {
            case NAME -> QueueQuery.Sort.NAME;
            case RECIPIENTS -> QueueQuery.Sort.RECIPIENTS;
            case SIZE -> QueueQuery.Sort.SIZE;
        };
    }
}
