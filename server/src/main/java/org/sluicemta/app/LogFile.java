package org.sluicemta.app;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// The server's log as a file: `2024-05-01 09:30:02 text`, a line an event, and at midnight `log` becomes `log.1`,
/// `log.1` becomes `log.2`, and so on.
///
/// Whoever logs never waits for the disk: lines go through a bounded queue of logback's and are written by its thread.
/// What the queue has no room for is dropped and counted, and a line says how many. A disk that takes nothing loses
/// lines, never mail. Once a process.
final class LogFile {
    private static final int WAITING_LINES = 8_192;
    private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rw-r-----");
    private static final Set<PosixFilePermission> EVERYBODYS = PosixFilePermissions.fromString("rw-r--r--");

    /// How a log file is kept.
    ///
    /// @param path of the present one
    /// @param kept files in all, the present one among them, 1 or more; 0 for one that is never renamed
    /// @param rotatesAtMidnight whether it is renamed by itself
    /// @param isWorldReadable whether others than the owner's group may read it
    /// @param zone whose times and midnights it has
    record Plan(Path path, int kept, boolean rotatesAtMidnight, boolean isWorldReadable, ZoneId zone) {}

    private final Queued queued;

    private LogFile(Queued queued) {
        this.queued = queued;
    }

    /// Opens the file, and has everything that is logged from now on go there instead of standard error.
    ///
    /// @throws IOException with a text for the operator when it cannot be opened
    static LogFile open(Plan plan) throws IOException {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var file = new Lines(plan);
        try {
            file.open();
        } catch (NoSuchFileException missing) {
            throw new IOException("log-file " + plan.path() + ": its folder is not there; make it", missing);
        } catch (AccessDeniedException denied) {
            throw new IOException(
                    "log-file " + plan.path() + ": permission denied; let the service's user write there", denied);
        }
        file.setContext(context);
        file.start();
        var queued = new Queued(file);
        queued.setContext(context);
        queued.setQueueSize(WAITING_LINES);
        queued.setDiscardingThreshold(0);
        queued.setNeverBlock(true);
        queued.addAppender(file);
        queued.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.addAppender(queued);
        return new LogFile(queued);
    }

    /// Begins a new file with the next line. From any thread.
    void rotate() {
        queued.file.mustRotate.set(true);
    }

    /// Writes what waits, for a second at most, and closes the file.
    void close() {
        queued.stop();
    }

    /// Counts what it drops.
    private static final class Queued extends AsyncAppender {
        private final Lines file;

        Queued(Lines file) {
            this.file = file;
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (getRemainingCapacity() == 0) {
                file.dropped.incrementAndGet();
            } else {
                super.append(event);
            }
        }
    }

    /// Owner: the thread of the queue.
    static final class Lines extends AppenderBase<ILoggingEvent> {
        private static final int MOST_OF_A_TRACE = 4_000;
        private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

        final AtomicLong dropped = new AtomicLong();
        final AtomicBoolean mustRotate = new AtomicBoolean();
        private final Plan plan;
        private @Nullable OutputStream out;
        private @Nullable LocalDate day;

        Lines(Plan plan) {
            this.plan = plan;
        }

        void open() throws IOException {
            boolean isNew = !Files.exists(plan.path());
            if (isNew) {
                Files.createFile(plan.path(), PosixFilePermissions.asFileAttribute(OURS));
            }
            out = Files.newOutputStream(plan.path(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            if (isNew) {
                Files.setPosixFilePermissions(plan.path(), plan.isWorldReadable() ? EVERYBODYS : OURS);
                day = null;
            } else {
                day = Files.getLastModifiedTime(plan.path())
                        .toInstant()
                        .atZone(plan.zone())
                        .toLocalDate();
            }
        }

        @Override
        protected void append(ILoggingEvent event) {
            IThrowableProxy thrown = event.getThrowableProxy();
            String text = event.getFormattedMessage();
            if (thrown != null) {
                String trace = ThrowableProxyUtil.asString(thrown);
                text += ": " + trace.substring(0, Math.min(trace.length(), MOST_OF_A_TRACE));
            }
            write(event.getTimeStamp(), event.getLevel(), text);
        }

        void write(long millis, Level level, String text) {
            long lost = dropped.getAndSet(0);
            try {
                turn(millis);
                if (lost > 0) {
                    line(millis, "warning: " + lost + " lines were lost here: the disk was too slow for them");
                }
                String mark = level.isGreaterOrEqual(Level.ERROR)
                        ? "error: "
                        : level.isGreaterOrEqual(Level.WARN) ? "warning: " : "";
                line(millis, mark + text);
            } catch (IOException failed) {
                dropped.addAndGet(lost + 1);
                addError("log-file " + plan.path() + " cannot be written", failed);
            }
        }

        private void line(long millis, String text) throws IOException {
            OutputStream to = out;
            if (to == null) {
                throw new IOException("it is not open");
            }
            String time = TIME.format(Instant.ofEpochMilli(millis).atZone(plan.zone()));
            to.write((time + " " + oneLine(text) + "\n").getBytes(StandardCharsets.UTF_8));
        }

        /// A line stays one, and a terminal that shows it is told nothing.
        private static String oneLine(String text) {
            var clean = new StringBuilder(text.length());
            text.codePoints().forEach(c -> {
                boolean isControl = c < ' ' || c >= 127 && c < 160 || c == 0x2028 || c == 0x2029;
                clean.appendCodePoint(isControl ? ' ' : c);
            });
            return clean.toString();
        }

        private void turn(long millis) throws IOException {
            LocalDate today = Instant.ofEpochMilli(millis).atZone(plan.zone()).toLocalDate();
            LocalDate before = day;
            // Several threads log: the last lines of a day may come behind the first ones of the next.
            boolean isNewDay = before != null && today.isAfter(before);
            if (before == null || isNewDay) {
                day = today;
            }
            // One that is never renamed is opened again: whoever renames it himself asks for that.
            boolean isAsked = mustRotate.getAndSet(false);
            boolean isDue = plan.kept() > 0 && (isAsked || plan.rotatesAtMidnight() && isNewDay);
            if (isDue || isAsked || out == null) {
                OutputStream old = out;
                out = null;
                if (old != null) {
                    old.close();
                }
                if (isDue) {
                    rename();
                }
                open();
                day = today;
            }
        }

        private void rename() throws IOException {
            Path oldest = numbered(plan.kept() - 1);
            Files.deleteIfExists(oldest);
            for (int number = plan.kept() - 1; number > 0; number--) {
                Path from = number == 1 ? plan.path() : numbered(number - 1);
                if (Files.exists(from)) {
                    Files.move(from, numbered(number), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }

        /// With one file in all, it is begun anew.
        private Path numbered(int number) {
            return number == 0 ? plan.path() : Path.of(plan.path() + "." + number);
        }

        @Override
        public void stop() {
            super.stop();
            try {
                if (out != null) {
                    out.close();
                    out = null;
                }
            } catch (IOException failed) {
                addError("log-file " + plan.path() + " cannot be closed", failed);
            }
        }
    }
}
