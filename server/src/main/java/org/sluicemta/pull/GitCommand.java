package org.sluicemta.pull;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.ChildEnd;
import org.sluicemta.world.ChildEngine;
import org.sluicemta.world.ChildPlan;
import org.sluicemta.world.ChildProcess;
import org.sluicemta.world.ChildProcesses;
import org.sluicemta.world.Loop;

/// One run of git: arguments and input in, all of its output out. Owner: the puller's home.
final class GitCommand implements ChildEngine {
    /// Git asks nobody, in words that we know, and runs no helper that a repository or an address could
    /// name.
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "GIT_TERMINAL_PROMPT", "0",
            "GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh",
            "LC_ALL", "C");

    /// Nothing runs on the side, and what is fetched stays one pack, whose size can be watched.
    private static final List<String> SETTINGS = List.of(
            "-c",
            "gc.auto=0",
            "-c",
            "maintenance.auto=false",
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "fetch.unpackLimit=1");

    /// Of what git complains, the beginning says why.
    private static final int COMPLAINT_BYTES = 4096;

    private static final int LONGEST_TEXT = 300;

    /// How a run ended.
    ///
    /// @param failure empty for success; for a person, one line, before secrets are taken out
    /// @param status of its exit; -1 where it did not exit by itself
    record Done(byte[] output, String failure, int status) {
        boolean isGood() {
            return failure.isEmpty();
        }
    }

    private final byte[] input;
    private final Consumer<Done> answer;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final ByteArrayOutputStream complaint = new ByteArrayOutputStream();
    private final String name;
    private @Nullable ChildProcess child;
    private int written;
    private String killedFor = "";

    private GitCommand(String name, byte[] input, Consumer<Done> answer) {
        this.name = name;
        this.input = input;
        this.answer = answer;
    }

    /// @param repository the folder of the repository, or null for a command without one
    /// @param mostOutput more is a failure
    static GitCommand start(
            ChildProcesses children,
            Loop home,
            @Nullable Path repository,
            List<String> words,
            byte[] input,
            long mostOutput,
            Duration timeout,
            Consumer<Done> answer) {
        var command = new ArrayList<String>();
        command.add("git");
        command.addAll(SETTINGS);
        if (repository != null) {
            command.add("--git-dir=" + repository);
        }
        command.addAll(words);
        var run = new GitCommand(words.getFirst(), input, answer);
        children.start(home, new ChildPlan(command, ENVIRONMENT, null, mostOutput, timeout.toNanos()), run);
        return run;
    }

    /// Ends it early.
    void kill(String why) {
        killedFor = why;
        if (child != null) {
            child.kill();
        }
    }

    @Override
    public void started(ChildProcess started) {
        child = started;
        if (!killedFor.isEmpty()) {
            started.kill();
        }
        writable();
    }

    @Override
    public void writable() {
        ChildProcess to = child;
        if (to == null) {
            return;
        }
        while (written < input.length) {
            int piece = Math.min(64 * 1024, input.length - written);
            if (!to.write(ByteBuffer.wrap(input, written, piece))) {
                return;
            }
            written += piece;
        }
        to.endInput();
    }

    @Override
    public void output(ByteBuffer lent) {
        byte[] piece = new byte[lent.remaining()];
        lent.get(piece);
        output.writeBytes(piece);
    }

    @Override
    public void errorOutput(ByteBuffer lent) {
        while (lent.hasRemaining() && complaint.size() < COMPLAINT_BYTES) {
            complaint.write(lent.get());
        }
    }

    @Override
    public void ended(ChildEnd how) {
        child = null;
        int status = how instanceof ChildEnd.Exited exited ? exited.status() : -1;
        String failure =
                switch (how) {
                    case ChildEnd.Exited exited -> exited.status() == 0 ? "" : complained(exited.status());
                    case ChildEnd.Killed _ -> killedFor.isEmpty() ? "git " + name + " was killed" : killedFor;
                    case ChildEnd.TimedOut _ -> "git " + name + " did not end in time and was killed";
                    case ChildEnd.TooMuchOutput _ -> "git " + name + " wrote too much and was killed";
                    case ChildEnd.NotStarted none ->
                        "git cannot be run: " + none.why().text() + "; is it installed?";
                };
        answer.accept(new Done(output.toByteArray(), failure, status));
    }

    /// The line that says what was fatal, else the first.
    private String complained(int status) {
        List<String> lines = complaint
                .toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        String line = lines.stream()
                .filter(each -> each.startsWith("fatal:"))
                .findFirst()
                .orElse(lines.isEmpty() ? "it ended with status " + status : lines.getFirst());
        String plain = line.replaceAll("\\p{Cntrl}", " ").strip();
        return "git " + name + ": " + (plain.length() <= LONGEST_TEXT ? plain : plain.substring(0, LONGEST_TEXT));
    }
}
