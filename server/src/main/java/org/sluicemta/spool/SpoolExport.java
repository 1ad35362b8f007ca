package org.sluicemta.spool;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.DiskFile;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;
import org.sluicemta.world.World;

/// Writes what waits in a spool as files: for each message its content as it stands (`ID.eml`, RFC 5322) and its
/// envelope as text (`ID.envelope`). The spool's server must be stopped; the spool stays as it is, but for the seals of
/// a start. Owner: the loop that it is given, one of the world's.
public final class SpoolExport {
    private static final int WRITE_BYTES = 256 * 1024;

    private final Disk disk;
    private final Loop loop;
    private final JournalSpool spool;
    private final Path out;
    private final ArrayDeque<Waiting> left;
    private final Answer<Exported> answer;
    private long messages;
    private final java.util.ArrayList<String> failures = new java.util.ArrayList<>();

    /// A message that waits, as its [Survivors] were told of it.
    public record Waiting(MessageId id, long position, List<Survivors.LiveRecipient> recipients) {}

    /// @param failures messages that could not be read or written, with the reason
    public record Exported(long messages, List<String> failures) {
        public Exported {
            failures = List.copyOf(failures);
        }
    }

    private SpoolExport(
            Disk disk, Loop loop, JournalSpool spool, Path out, List<Waiting> waiting, Answer<Exported> answer) {
        this.disk = disk;
        this.loop = loop;
        this.spool = spool;
        this.out = out;
        this.left = new ArrayDeque<>(waiting);
        this.answer = answer;
    }

    /// Opens the spool, writes everything into `out`, and closes the spool. Answers on the first of the world's loops.
    ///
    /// @param home a lane for the spool
    public static void run(World world, Loop home, SpoolSettings settings, Path out, Answer<Exported> answer) {
        Loop loop = world.loops().getFirst();
        var waiting = new java.util.ArrayList<Waiting>();
        var survivors = new Survivors() {
            @Override
            public void message(
                    MessageId id, long position, long queuedMillis, long sizeBytes, List<LiveRecipient> recipients) {
                waiting.add(new Waiting(id, position, List.copyOf(recipients)));
            }

            @Override
            public void queue(QueueEvent last) {}
        };
        JournalSpool.open(world, home, settings, new Nobody(loop), survivors, new Answer<>() {
            @Override
            public void ready(JournalSpool spool) {
                var export = new SpoolExport(world.disk(), loop, spool, out, waiting, answer);
                loop.post(export::begin);
            }

            @Override
            public void failed(IoFailure why) {
                loop.post(() -> answer.failed(why));
            }
        });
    }

    /// What waits in a spool, in numbers.
    ///
    /// @param messages that somebody still waits for
    /// @param recipients of these
    public record Count(long messages, long recipients) {}

    /// Opens the spool, counts what waits in it, and closes it: as a start would find it, without reading any content.
    /// Answers on the first of the world's loops.
    ///
    /// @param home a lane for the spool
    public static void count(World world, Loop home, SpoolSettings settings, Answer<Count> answer) {
        Loop loop = world.loops().getFirst();
        var counting = new Survivors() {
            private long messages;
            private long recipients;

            @Override
            public void message(
                    MessageId id, long position, long queuedMillis, long sizeBytes, List<LiveRecipient> waiting) {
                messages++;
                recipients += waiting.size();
            }

            @Override
            public void queue(QueueEvent last) {}
        };
        Consumer<IoFailure> failed = why -> loop.post(() -> answer.failed(why));
        JournalSpool.open(world, home, settings, new Nobody(loop), counting, new Answer<>() {
            @Override
            public void ready(JournalSpool spool) {
                var count = new Count(counting.messages, counting.recipients);
                loop.post(() -> spool.close(new Answer<>() {
                    @Override
                    public void ready(Disk.Done closed) {
                        loop.post(() -> answer.ready(count));
                    }

                    @Override
                    public void failed(IoFailure why) {
                        failed.accept(why);
                    }
                }));
            }

            @Override
            public void failed(IoFailure why) {
                failed.accept(why);
            }
        });
    }

    private void begin() {
        disk.createFolder(loop, out, then(done -> next()));
    }

    private void next() {
        Waiting one = left.poll();
        if (one == null) {
            end();
            return;
        }
        spool.read(loop, one.position(), new Answer<>() {
            @Override
            public void ready(StoredMessage stored) {
                write(one, stored);
            }

            @Override
            public void failed(IoFailure why) {
                failures.add(one.id() + ": " + why.text());
                next();
            }
        });
    }

    private void write(Waiting one, StoredMessage stored) {
        byte[] envelope = envelope(one, stored.message()).getBytes(StandardCharsets.UTF_8);
        file(one.id() + ".envelope", ByteBuffer.wrap(envelope), () -> content(one, stored));
    }

    private void content(Waiting one, StoredMessage stored) {
        disk.open(
                loop,
                out.resolve(one.id() + ".eml"),
                Disk.OpenPlan.WRITE,
                then(file -> file.truncate(0, then(cut -> slice(file, stored, 0, 0, 0)))));
    }

    private void slice(DiskFile file, StoredMessage stored, int number, int from, long at) {
        List<Slice> slices = stored.content().slices();
        if (number == slices.size()) {
            file.sync(then(done -> {
                file.close();
                stored.content().release();
                messages++;
                next();
            }));
            return;
        }
        Slice slice = slices.get(number);
        int count = Math.min(WRITE_BYTES, slice.length() - from);
        if (count == 0) {
            slice(file, stored, number + 1, 0, at);
            return;
        }
        ByteBuffer copy = ByteBuffer.allocate(count);
        slice.get(from, copy);
        file.write(at, copy.flip(), then(done -> slice(file, stored, number, from + count, at + count)));
    }

    private void file(String name, ByteBuffer bytes, Runnable then) {
        disk.open(
                loop,
                out.resolve(name),
                Disk.OpenPlan.WRITE,
                then(file -> file.truncate(
                        0,
                        then(cut -> file.write(0, bytes, then(done -> {
                            file.close();
                            then.run();
                        }))))));
    }

    /// A line for each fact, then one for each recipient that waits.
    private static String envelope(Waiting one, AcceptedMessage message) {
        var text = new StringBuilder(256);
        text.append("id ").append(message.id()).append('\n');
        text.append("queued-millis ").append(message.queuedMillis()).append('\n');
        text.append("mail-from <").append(message.reversePath()).append(">\n");
        text.append("source ")
                .append(message.sourceType())
                .append(' ')
                .append(message.sourceMta())
                .append('\n');
        if (message.needsSmtpUtf8()) {
            text.append("smtputf8\n");
        }
        if (!message.returnType().isEmpty()) {
            text.append("ret ").append(message.returnType()).append('\n');
        }
        for (Survivors.LiveRecipient live : one.recipients()) {
            AcceptedRecipient recipient = message.recipients().get(live.index());
            text.append("rcpt-to <")
                    .append(recipient.forwardPath())
                    .append("> queue ")
                    .append(live.queue());
            text.append(" attempts ")
                    .append(live.attempts())
                    .append(" due-millis ")
                    .append(live.dueMillis());
            optional(text, " job ", recipient.jobId());
            optional(text, " envid ", recipient.envelopeId());
            optional(text, " orcpt ", recipient.originalRecipient());
            text.append(live.isReportOwed() ? " report-owed\n" : "\n");
        }
        return text.toString();
    }

    private static void optional(StringBuilder text, String name, String value) {
        if (!value.isEmpty()) {
            text.append(name).append(value);
        }
    }

    private void end() {
        disk.syncFolder(
                loop,
                out,
                then(done -> spool.close(new Answer<>() {
                    @Override
                    public void ready(Disk.Done closed) {
                        loop.post(() -> answer.ready(new Exported(messages, failures)));
                    }

                    @Override
                    public void failed(IoFailure why) {
                        loop.post(() -> answer.failed(why));
                    }
                })));
    }

    private <T> Answer<T> then(Consumer<T> next) {
        return new Answer<>() {
            @Override
            public void ready(T value) {
                next.accept(value);
            }

            /// The folder that is written to refuses: nothing more can be exported.
            @Override
            public void failed(IoFailure why) {
                answer.failed(new IoFailure(why.kind(), out + ": " + why.text()));
            }
        };
    }

    /// Nobody holds anything: what is told is only read.
    private record Nobody(Loop only) implements LiveSource {
        @Override
        public int shards() {
            return 1;
        }

        @Override
        public Loop loop(int shard) {
            return only;
        }

        @Override
        public int shardOf(QueueKey queue) {
            return 0;
        }

        @Override
        public void whenTakenIn(Loop loop, Runnable done) {
            done.run();
        }

        @Override
        public long dump(int shard, long cursor, int atMost, LiveSink sink) {
            throw new SpoolException("an export writes no checkpoint");
        }

        @Override
        public long evacuate(int shard, long cursor, long from, long to, int atMost) {
            return END;
        }
    }
}
