package org.sluicemta.deliver;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.queue.Outcome;
import org.sluicemta.smtp.OutgoingContent;
import org.sluicemta.spool.AcceptedRecipient;
import org.sluicemta.spool.HeapSlice;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;
import org.sluicemta.world.Slice;

/// Writes messages into files, one for each recipient, one after the other: `NAME.tmp`, synced, then renamed to
/// `NAME.msg`, and the folder synced, before the outcome is told. So whoever reads the folder sees whole messages only,
/// and none that was told as delivered is lost. A crash in between delivers twice.
///
/// Owner: its lane. [#write] may be called from any loop.
public final class FileStore {
    /// Sessions that wait at one time; each has one job at most, and connections are fewer.
    private static final int MOST_JOBS = 16_384;

    static final Outcome.RemoteFacts FACTS = new Outcome.RemoteFacts("", "", "", "", "file");

    private final Disk disk;
    private final Loop lane;
    private final Mailbox<Job> jobs;
    private final ArrayDeque<Job> waiting = new ArrayDeque<>();
    private final long startedMillis;
    private boolean isBusy;
    private long number;

    /// One message for some recipients.
    ///
    /// @param front what goes in front of what is stored
    /// @param told hears the outcomes, one for each recipient in order, on the lane
    record Job(
            FilePlan plan,
            StoredMessage stored,
            Signatures.Front front,
            List<AcceptedRecipient> recipients,
            Consumer<List<Outcome>> told) {}

    public FileStore(Disk disk, Loop lane) {
        this.disk = disk;
        this.lane = lane;
        this.startedMillis = lane.serverMillis();
        this.jobs = lane.mailbox(MOST_JOBS, this::came);
    }

    /// Takes a job; its message is held until it is done. Never blocks.
    ///
    /// @return false if too many wait: nothing happened
    boolean write(Job job) {
        job.stored().content().retain();
        if (jobs.offer(job)) {
            return true;
        }
        job.stored().content().release();
        return false;
    }

    private void came(Job job) {
        waiting.add(job);
        if (!isBusy) {
            isBusy = true;
            begin();
        }
    }

    private void begin() {
        Job next = waiting.poll();
        if (next == null) {
            isBusy = false;
            return;
        }
        write(next, new ArrayList<>(next.recipients().size()));
    }

    private void write(Job job, List<Outcome> outcomes) {
        if (outcomes.size() == job.recipients().size()) {
            job.stored().content().release();
            job.told().accept(outcomes);
            begin();
            return;
        }
        new Writing(job, job.recipients().get(outcomes.size()), outcome -> {
                    outcomes.add(outcome);
                    write(job, outcomes);
                })
                .start();
    }

    private String nextName(StoredMessage stored) {
        number++;
        return stored.message().id() + "-" + Long.toString(startedMillis, 36) + "-" + Long.toString(number, 36);
    }

    private static String status(IoFailure why) {
        return switch (why.kind()) {
            case NO_SPACE -> "4.3.1";
            case NOT_FOUND, DENIED, READ_ONLY -> "4.3.5";
            case CLOSED_HERE,
                    CLOSED_THERE,
                    REFUSED,
                    TIMED_OUT,
                    UNREACHABLE,
                    ADDRESS_NOT_AVAILABLE,
                    ADDRESS_IN_USE,
                    EXHAUSTED,
                    TLS,
                    LOCKED,
                    DISTRUSTED,
                    ERROR -> "4.3.0";
        };
    }

    /// One file on its way. Owner: the lane.
    private final class Writing {
        private final Job job;
        private final AcceptedRecipient recipient;
        private final Consumer<Outcome> done;
        private final StoredContent content;
        private @Nullable Path folder;
        private String name = "";
        private @Nullable DiskFile file;
        private long at;
        private long left;

        Writing(Job job, AcceptedRecipient recipient, Consumer<Outcome> done) {
            this.job = job;
            this.recipient = recipient;
            this.done = done;
            this.content = new StoredContent(job.stored(), job.front());
        }

        void start() {
            String written = job.plan().folder(job.stored().message().reversePath(), recipient.forwardPath());
            if (written.isEmpty()) {
                later("4.3.5", "file-destination is not configured");
                return;
            }
            try {
                folder = Path.of(written);
            } catch (InvalidPathException impossible) {
                later("4.3.5", "file-destination is no path: " + impossible.getReason());
                return;
            }
            name = nextName(job.stored());
            left = content.sizeBytes();
            disk.open(lane, in(".tmp"), Disk.OpenPlan.WRITE, new Step<>(opened -> {
                file = opened;
                if (job.plan().asPickup()) {
                    write(new HeapSlice(envelope()), 0, -1);
                } else {
                    piece();
                }
            }));
        }

        private Path folder() {
            Path into = folder;
            if (into == null) {
                throw new IllegalStateException("a file without a folder");
            }
            return into;
        }

        private Path in(String ending) {
            return folder().resolve(name + ending);
        }

        private DiskFile file() {
            DiskFile open = file;
            if (open == null) {
                throw new IllegalStateException("the file is not open");
            }
            return open;
        }

        /// As the pickup folder reads it.
        private byte[] envelope() {
            var text = new StringBuilder("x-sender: ")
                    .append(job.stored().message().reversePath())
                    .append("\r\nx-receiver: ")
                    .append(recipient.forwardPath())
                    .append("\r\n");
            if (!recipient.envelopeId().isEmpty()) {
                text.append("x-envid: ").append(oneLine(recipient.envelopeId())).append("\r\n");
            }
            if (!recipient.jobId().isEmpty()) {
                text.append("x-job: ").append(oneLine(recipient.jobId())).append("\r\n");
            }
            return text.toString().getBytes(StandardCharsets.UTF_8);
        }

        private static String oneLine(String text) {
            return text.replace('\r', ' ').replace('\n', ' ');
        }

        private void piece() {
            if (left <= 0) {
                file().sync(new Step<>(_ -> rename()));
                return;
            }
            OutgoingContent.Piece next = content.next();
            if (next == null) {
                throw new IllegalStateException("a content shorter than its size");
            }
            left -= next.length();
            write(next.slice(), next.from(), next.length());
        }

        /// @param length -1 for all of it
        private void write(Slice slice, int from, int length) {
            ByteBuffer bytes = slice.view(from, length < 0 ? slice.length() : length);
            int count = bytes.remaining();
            file().write(
                            at,
                            bytes,
                            new Step<>(
                                    _ -> {
                                        slice.release();
                                        at += count;
                                        piece();
                                    },
                                    slice::release));
        }

        private void rename() {
            file().close();
            file = null;
            disk.rename(
                    lane,
                    in(".tmp"),
                    in(".msg"),
                    new Step<>(_ -> disk.syncFolder(
                            lane, folder(), new Step<>(_ -> done.accept(new Outcome.Delivered(FACTS, "2.0.0", ""))))));
        }

        private void later(String status, String text) {
            done.accept(new Outcome.Deferred(FACTS, status, "X-Sluice;" + text));
        }

        private void failed(IoFailure why) {
            DiskFile open = file;
            if (open != null) {
                open.close();
                file = null;
            }
            String text = why.text();
            disk.delete(lane, in(".tmp"), new Answer<>() {
                @Override
                public void ready(Disk.Done done) {
                    later(status(why), text);
                }

                @Override
                public void failed(IoFailure stays) {
                    // It was not there, or stays as garbage; the first failure is the one to be told.
                    later(status(why), text);
                }
            });
        }

        /// A call that goes on where it succeeds, and ends the file where it fails.
        private final class Step<T> implements Answer<T> {
            private final Consumer<T> next;
            private final Runnable last;

            Step(Consumer<T> next) {
                this(next, () -> {});
            }

            /// @param last runs before a failure is told
            Step(Consumer<T> next, Runnable last) {
                this.next = next;
                this.last = last;
            }

            @Override
            public void ready(T value) {
                next.accept(value);
            }

            @Override
            public void failed(IoFailure why) {
                last.run();
                Writing.this.failed(why);
            }
        }
    }
}
