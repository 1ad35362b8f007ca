package org.sluicemta.control;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.queue.Trace;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Mailbox;

/// Commands that tell delivery attempts while they happen: `trace` makes one, `watch` looks on. They answer with text
/// alone, bit by bit.
///
/// Lines come from the queues' loops through one bounded mailbox. When it is full, or somebody reads too slowly, the
/// telling is cut and never the delivery.
///
/// Owner: the loop of the control connections.
final class TraceCommands implements Command.Group {
    /// Traces and watches at one time: more than people look at, few enough to cost nothing.
    static final int MOST_AT_A_TIME = 32;

    /// Lines on their way to all who look on.
    private static final int MAILBOX = 16_384;

    private static final Logger LOG = LoggerFactory.getLogger(TraceCommands.class);
    private static final String QUEUE = "DOMAIN/VMTA";

    private final Loop loop;
    private final NetworkOperations operations;
    private final Mailbox<Told> told;
    private int open;

    TraceCommands(Loop loop, NetworkOperations operations) {
        this.loop = loop;
        this.operations = operations;
        this.told = loop.mailbox(MAILBOX, each -> each.by().arrived(each));
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of(
                        "trace",
                        "[OPTIONS] " + QUEUE,
                        "makes one attempt now and tells it: --log-data\n"
                                + "--log-resolution --to-log --retry-recipients\n--source-ip=IP",
                        List.of("log-data", "log-resolution", "to-log", "retry-recipients", "source-ip"),
                        this::trace),
                Command.of("watch", QUEUE, "tells the sessions that begin from now on", List.of(), this::watch));
    }

    private void trace(Asked asked) {
        String queue = asked.need(0);
        var wishes = new Trace.Wishes(asked.has("log-data"), asked.has("log-resolution"), source(asked));
        boolean retries = asked.has("retry-recipients");
        if (isRefused(asked, "trace")) {
            return;
        }
        if (asked.has("to-log")) {
            var logged = new Logged(queue, wishes, asked);
            operations.trace(queue, retries, logged);
        } else {
            asked.reply(CommandReply.streamed(stream -> {
                var shown = new Shown(queue, wishes, stream);
                stream.onLeave(shown::leave);
                operations.trace(queue, retries, shown);
            }));
        }
    }

    private void watch(Asked asked) {
        String queue = asked.need(0);
        if (isRefused(asked, "watch")) {
            return;
        }
        asked.reply(CommandReply.streamed(stream -> {
            var shown = new Shown(queue, Trace.Wishes.DIALOGUE, stream);
            stream.onLeave(shown::leave);
            operations.watch(queue, shown);
        }));
    }

    private boolean isRefused(Asked asked, String command) {
        if (asked.format() != OutputFormat.TEXT) {
            asked.fail(command + " tells what happens line by line, as text; ask without --xml, --dom and --json");
            return true;
        }
        if (open >= MOST_AT_A_TIME) {
            asked.fail(MOST_AT_A_TIME + " traces and watches are open already; end one of them");
            return true;
        }
        return false;
    }

    private static @Nullable InetAddress source(Asked asked) {
        if (!asked.has("source-ip")) {
            return null;
        }
        String given = asked.option("source-ip", "");
        try {
            return InetAddress.ofLiteral(given);
        } catch (IllegalArgumentException e) {
            throw new BadUsage("--source-ip=" + given + " is no IP address");
        }
    }

    /// What travels to the control loop.
    ///
    /// @param isEnd whether nothing follows; then the text is why no attempt was made, or empty
    private record Told(Live by, String text, boolean isEnd) {}

    /// One that is under way. Told from the queue's loop; all else on the control loop.
    private abstract class Live implements Trace {
        final String queue;
        private final Wishes wishes;
        private volatile boolean isGone;
        private boolean isOver;

        Live(String queue, Wishes wishes) {
            this.queue = queue;
            this.wishes = wishes;
            open++;
        }

        @Override
        public Wishes wishes() {
            return wishes;
        }

        @Override
        public boolean isGone() {
            return isGone;
        }

        @Override
        public void line(String text) {
            if (!isGone) {
                offer(new Told(this, text, false));
            }
        }

        @Override
        public void over(String refusal) {
            if (!isGone) {
                offer(new Told(this, refusal, true));
            }
        }

        private void offer(Told news) {
            if (!told.offer(news)) {
                isGone = true;
                loop.post(() -> {
                    if (leaves()) {
                        ended("more lines came than could be told; the delivery goes on untold");
                    }
                });
            }
        }

        void arrived(Told news) {
            if (isOver) {
                return;
            }
            if (!news.isEnd) {
                shows(news.text);
                return;
            }
            isGone = true;
            isOver = true;
            open--;
            ended(news.text);
        }

        /// @return false when it was over already
        private boolean leaves() {
            if (isOver) {
                return false;
            }
            isGone = true;
            isOver = true;
            open--;
            operations.leave(queue, this);
            return true;
        }

        void leave() {
            boolean unused = leaves();
        }

        abstract void shows(String text);

        /// @param failure empty when all went well
        abstract void ended(String failure);
    }

    /// On the screen of whoever asked.
    private final class Shown extends Live {
        private final CommandStream stream;

        Shown(String queue, Wishes wishes, CommandStream stream) {
            super(queue, wishes);
            this.stream = stream;
        }

        @Override
        void shows(String text) {
            stream.out(Answered.plain(text) + "\n");
        }

        @Override
        void ended(String failure) {
            if (!failure.isEmpty()) {
                stream.err(Answered.plain(failure) + "\n");
            }
            stream.end(failure.isEmpty() ? 0 : 1);
        }
    }

    /// In the log. Whoever asked is answered when the attempt begins, or is refused.
    private final class Logged extends Live {
        private @Nullable Asked asked;

        Logged(String queue, Wishes wishes, Asked asked) {
            super(queue, wishes);
            this.asked = asked;
        }

        @Override
        void shows(String text) {
            Asked waiting = asked;
            if (waiting != null) {
                asked = null;
                waiting.message("The attempt of " + queue + " is traced in the log.");
            }
            LOG.info("trace {}: {}", queue, Answered.plain(text));
        }

        @Override
        void ended(String failure) {
            Asked waiting = asked;
            if (waiting != null) {
                asked = null;
                waiting.fail(failure.isEmpty() ? "nothing happened" : failure);
            } else if (!failure.isEmpty()) {
                LOG.info("trace {}: {}", queue, Answered.plain(failure));
            }
        }
    }
}
