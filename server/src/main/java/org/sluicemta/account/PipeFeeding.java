package org.sluicemta.account;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.spool.EventFollower;
import org.sluicemta.spool.QueueEvent;
import org.sluicemta.spool.ReaderOffset;
import org.sluicemta.spool.ReceiptEvent;
import org.sluicemta.spool.RecipientEvent;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.ChildEnd;
import org.sluicemta.world.ChildEngine;
import org.sluicemta.world.ChildPlan;
import org.sluicemta.world.ChildProcess;
import org.sluicemta.world.ChildProcesses;
import org.sluicemta.world.IoFailure;

/// One run of an accounting program. Owner: the reader's lane.
///
/// ```
/// rows wait here        until the program's buffer has room; beyond a bound no more events are asked for
/// given                 to the buffer before the pipe
/// taken                 by the system: looked at five times a second while something is given and not taken
/// (a program is ended: what was given is waited for, then its input ends, then it has some seconds)
/// recorded              the place of the last event whose rows were taken, once a second
/// ```
final class PipeFeeding implements ChildEngine, EventFollower.Taker {
    private static final Logger LOG = LoggerFactory.getLogger(PipeFeeding.class);
    private static final int PIECE = 16 * 1024;
    /// No more events are asked for while so many bytes wait.
    private static final int WAITING_BYTES = 1 << 20;

    private static final long LOOK_NANOS = 200_000_000L;
    private static final long RECORD_NANOS = 1_000_000_000L;
    /// A program that is told to end has so long.
    private static final long END_NANOS = 5_000_000_000L;
    /// The longest line of its error output that goes to the log.
    private static final int LONGEST_SAYING = 200;

    /// An event's place, and how many bytes had been formatted when its rows were.
    private record Mark(long position, long bytes) {}

    private final PipeReader reader;
    private final EventFollower follower;
    private final RowFormat format;
    private final RowBuffer rows = new RowBuffer();
    private final ArrayDeque<Mark> marks = new ArrayDeque<>();
    private final Alarm look;
    private final Alarm patience;
    private final byte[] piece = new byte[PIECE];

    private @Nullable ChildProcess child;
    private int given;
    private long formattedBytes;
    private long givenBytes;
    private long takenBytes;
    private long lastTakenNanos;
    private long takenUpTo;
    private long recordedUpTo;
    private long lastRecordNanos;
    private boolean isRecording;
    private boolean isLooking;
    private boolean isAsking;
    private boolean isOver;
    private String step = "starting";
    private String reason = "";
    private @Nullable Runnable finished;

    PipeFeeding(PipeReader reader, EventFollower follower) {
        this.reader = reader;
        this.follower = follower;
        this.format = new RowFormat(reader.pipe().rows(), reader.policies());
        this.look = reader.lane().alarm(this::look);
        this.patience = reader.lane().alarm(this::endNow);
    }

    void begin(ChildProcesses children) {
        takenUpTo = recordedUpTo = reader.spool().offset(reader.name()).position();
        lastTakenNanos = lastRecordNanos = reader.lane().nanos();
        children.start(reader.lane(), new ChildPlan(reader.pipe().command(), Map.of(), null, Long.MAX_VALUE, 0), this);
    }

    // ---- the program

    @Override
    public void started(ChildProcess running) {
        child = running;
        step = "executing";
        if (finished != null) {
            running.endInput();
            return;
        }
        format.header(rows);
        formattedBytes = rows.length();
        LOG.info("accounting pipe: \"{}\" runs", String.join(" ", reader.pipe().command()));
        give();
    }

    /// Its output is nobody's; it is read so that the program does not wait for a reader.
    @Override
    public void output(ByteBuffer lent) {}

    @Override
    public void errorOutput(ByteBuffer lent) {
        byte[] text = new byte[Math.min(LONGEST_SAYING, lent.remaining())];
        lent.get(text);
        String said = new String(text, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " ");
        LOG.warn("accounting pipe: \"{}\" says: {}", reader.pipe().command().getFirst(), said.strip());
    }

    @Override
    public void writable() {
        give();
    }

    @Override
    public void inputClosed() {
        step = "writing to";
        reason = "it reads no more";
        endNow();
    }

    @Override
    public void ended(ChildEnd how) {
        if (isOver) {
            return;
        }
        isOver = true;
        look.clear();
        patience.clear();
        follower.close();
        Runnable waiting = finished;
        String why =
                switch (how) {
                    case ChildEnd.Exited(int status) -> "it ended with status " + status;
                    case ChildEnd.NotStarted(IoFailure failure) -> failure.text();
                    case ChildEnd.Killed _ -> "it was killed";
                    case ChildEnd.TimedOut _ -> "it ran too long";
                    case ChildEnd.TooMuchOutput _ -> "it wrote too much";
                };
        reader.ended(step, reason.isEmpty() ? why : reason);
        if (waiting != null) {
            waiting.run();
        }
    }

    private void endNow() {
        ChildProcess running = child;
        if (running != null) {
            running.kill();
        }
    }

    /// No more rows: what was given goes out, then its input ends; a program that stays is killed.
    void finish(Runnable done) {
        if (isOver) {
            done.run();
            return;
        }
        Runnable before = finished;
        finished = before == null
                ? done
                : () -> {
                    before.run();
                    done.run();
                };
        if (before == null) {
            patience.set(reader.lane().nanos() + END_NANOS);
            finishing();
        }
    }

    /// Waits until all that was given is taken, records that, and ends the input.
    private void finishing() {
        ChildProcess running = child;
        if (running == null || isOver) {
            return;
        }
        seeTaken();
        if (takenBytes < givenBytes || isRecording) {
            look.set(reader.lane().nanos() + LOOK_NANOS);
        } else if (takenUpTo > recordedUpTo) {
            record();
            look.set(reader.lane().nanos() + LOOK_NANOS);
        } else {
            running.endInput();
        }
    }

    // ---- rows

    @Override
    public void recipient(long position, RecipientEvent event) {
        if (format.takes(event)) {
            format.row(position, event, rows);
        }
        formatted(position);
    }

    @Override
    public void queue(long position, QueueEvent event) {
        if (event instanceof QueueEvent.Failed failed && format.takes(failed)) {
            format.row(position, failed, rows);
        }
        formatted(position);
    }

    @Override
    public void receipt(long position, ReceiptEvent event) {
        if (format.takesReceipts()) {
            format.row(position, event, rows);
        }
        formatted(position);
    }

    private void formatted(long position) {
        formattedBytes = givenBytes + rows.length() - given;
        Mark last = marks.peekLast();
        if (last != null && last.bytes == formattedBytes) {
            marks.removeLast();
        }
        marks.add(new Mark(position, formattedBytes));
    }

    @Override
    public void end(long last, boolean hasNews) {
        isAsking = false;
        if (isOver) {
            return;
        }
        if (hasNews) {
            formatted(last);
        }
        // Else it was places of readers only, perhaps our own: to record that they were seen would go on for ever.
        give();
    }

    @Override
    public void failed(IoFailure why) {
        isAsking = false;
        LOG.warn(
                "accounting pipe {}: events cannot be read now: {}",
                reader.pipe().name(),
                why.text());
        look.set(reader.lane().nanos() + RECORD_NANOS);
    }

    // ---- the steps

    private void give() {
        ChildProcess running = child;
        if (running == null || isOver || finished != null) {
            return;
        }
        if (takenBytes == givenBytes) {
            lastTakenNanos = reader.lane().nanos();
        }
        boolean hasRoom = true;
        while (hasRoom && given < rows.length()) {
            ByteBuffer bytes = ByteBuffer.wrap(piece);
            rows.copyTo(given, bytes);
            int count = wholeRows(bytes.flip());
            hasRoom = running.write(bytes.limit(count));
            if (hasRoom) {
                given += count;
                givenBytes += count;
            }
        }
        if (given == rows.length()) {
            rows.clear();
            given = 0;
        } else if (given >= WAITING_BYTES) {
            rows.dropFirst(given);
            given = 0;
        }
        seeTaken();
        if (!isAsking && rows.length() - given < WAITING_BYTES && running.unwrittenBytes() < WAITING_BYTES / 2) {
            isAsking = true;
            follower.next(this);
        }
        boolean isToBeSeen = takenBytes < givenBytes || !marks.isEmpty() || takenUpTo > recordedUpTo;
        if (isToBeSeen && !isLooking) {
            // Not put off by rows that go on coming.
            isLooking = true;
            look.set(reader.lane().nanos() + LOOK_NANOS);
        }
    }

    /// A program whose input ends has no half row: pieces end with rows, but for a row that is longer than a piece.
    private static int wholeRows(ByteBuffer bytes) {
        int end = bytes.remaining();
        while (end > 0 && bytes.get(end - 1) != '\n') {
            end--;
        }
        return end == 0 ? bytes.remaining() : end;
    }

    /// What the system has taken since the last look, and up to which event that is.
    private void seeTaken() {
        ChildProcess running = child;
        if (running == null || !running.write(ByteBuffer.allocate(0))) {
            // It has ended: nobody knows how much the system took.
            return;
        }
        long taken = givenBytes - running.unwrittenBytes();
        if (taken > takenBytes) {
            takenBytes = taken;
            lastTakenNanos = reader.lane().nanos();
        }
        for (Mark next = marks.peek(); next != null && next.bytes <= takenBytes; next = marks.peek()) {
            takenUpTo = next.position;
            marks.remove();
        }
    }

    private void look() {
        isLooking = false;
        if (finished != null) {
            finishing();
            return;
        }
        if (isOver) {
            return;
        }
        seeTaken();
        long now = reader.lane().nanos();
        if (takenBytes < givenBytes
                && now - lastTakenNanos >= reader.pipe().writeTimeout().toNanos()) {
            step = "writing to";
            reason = "it took nothing for " + reader.pipe().writeTimeout().toSeconds() + " s";
            endNow();
            return;
        }
        if (now - lastRecordNanos >= RECORD_NANOS) {
            record();
        }
        give();
    }

    /// A full event stream is tried again with the next look.
    private void record() {
        if (isRecording || takenUpTo == recordedUpTo) {
            return;
        }
        long upTo = takenUpTo;
        lastRecordNanos = reader.lane().nanos();
        isRecording = reader.spool().record(new ReaderOffset(reader.name(), upTo, "", 0), reader.lane(), () -> {
            isRecording = false;
            recordedUpTo = upTo;
            if (!isOver) {
                follower.passed(upTo);
            }
        });
    }
}
