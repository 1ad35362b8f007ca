package org.sluicemta.deliver;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.queue.Carrier;
import org.sluicemta.queue.Consignment;
import org.sluicemta.queue.Dispatcher;
import org.sluicemta.queue.Outcome;
import org.sluicemta.queue.Shard;
import org.sluicemta.world.Mailbox;

/// The opening of a queue whose mail becomes files: what a session is where there are connections. It carries one
/// consignment at a time, and ends when there is none.
///
/// Owner: the shard's loop.
final class FileCarrier implements Carrier {
    private final Delivery delivery;
    private final FileStore files;
    private final Shard shard;
    private final Dispatcher.Opening opening;
    private final Mailbox<Told> answers;
    private DeliveryPolicy policy;
    private @Nullable Consignment carried;
    private boolean isRetiring;
    private boolean isOver;

    private record Told(Consignment consignment, List<Outcome> outcomes) {}

    FileCarrier(Delivery delivery, FileStore files, Shard shard, Dispatcher.Opening opening, DeliveryPolicy policy) {
        this.delivery = delivery;
        this.files = files;
        this.shard = shard;
        this.opening = opening;
        this.policy = policy;
        // One consignment at a time has one answer.
        this.answers = delivery.loop().mailbox(2, told -> settle(told.consignment(), told.outcomes()));
    }

    void start() {
        delivery.loop().post(this::ask);
    }

    Dispatcher.Opening opening() {
        return opening;
    }

    /// Takes the settings of a new snapshot, for the next consignment.
    void adopt(DeliveryPolicy changed) {
        policy = changed;
    }

    private void ask() {
        if (isRetiring) {
            end();
        } else {
            shard.wants(opening, this);
        }
    }

    @Override
    public void carry(Consignment consignment) {
        if (isOver || isRetiring) {
            delivery.loop().post(() -> shard.settled(consignment, untouched(consignment), 0));
            return;
        }
        carried = consignment;
        HeaderEdit edit = HeaderEdit.of(consignment, policy);
        Signing how = policy.signing().value();
        if (how.isNone() && edit.isNothing()) {
            write(consignment, Signatures.Front.NOTHING);
        } else {
            delivery.signatures().sign(consignment.stored(), how, edit, front -> write(consignment, front));
        }
    }

    private void write(Consignment consignment, Signatures.Front front) {
        if (carried != consignment) {
            // It was given back meanwhile.
            return;
        }
        FilePlan plan = policy.files();
        boolean isTaken = front != Signatures.Front.NOT_SIGNED
                && plan != null
                && files.write(new FileStore.Job(
                        plan,
                        consignment.stored(),
                        front,
                        List.copyOf(consignment.recipients()),
                        outcomes -> answers.offer(new Told(consignment, outcomes))));
        if (!isTaken) {
            String why = front == Signatures.Front.NOT_SIGNED
                    ? "X-Sluice;the message cannot be signed"
                    : "X-Sluice;too many files wait to be written";
            var later = new Outcome.Deferred(FileStore.FACTS, "4.3.5", why);
            delivery.loop().post(() -> settle(consignment, same(consignment, later)));
        }
    }

    private static List<Outcome> untouched(Consignment consignment) {
        return same(consignment, new Outcome.Untouched());
    }

    private static List<Outcome> same(Consignment consignment, Outcome outcome) {
        return Collections.nCopies(consignment.recipients().size(), outcome);
    }

    private void settle(Consignment consignment, List<Outcome> outcomes) {
        if (carried != consignment) {
            return;
        }
        carried = null;
        int taken = (int)
                outcomes.stream().filter(Outcome.Delivered.class::isInstance).count();
        long size = consignment.stored().message().shape().sizeBytes();
        if (taken > 0) {
            delivery.counts().add(taken, size);
        }
        shard.settled(consignment, outcomes, taken > 0 ? size : 0);
        ask();
    }

    @Override
    public void nothing(boolean mayIdle) {
        // Nothing is gained by waiting for mail: the next opening costs nothing.
        delivery.loop().post(() -> {
            if (carried == null && !isOver) {
                if (mayIdle) {
                    shard.leaving(opening);
                }
                end();
            }
        });
    }

    @Override
    public void retire() {
        isRetiring = true;
        delivery.loop().post(() -> {
            if (carried == null) {
                end();
            }
        });
    }

    /// Gives back what is under way; it may come into its file all the same, and then a second time.
    void abort() {
        isRetiring = true;
        Consignment present = carried;
        carried = null;
        if (present != null) {
            shard.settled(present, untouched(present), 0);
        }
        end();
    }

    private void end() {
        if (!isOver) {
            isOver = true;
            delivery.ended(this);
            shard.ended(opening, null);
        }
    }
}
