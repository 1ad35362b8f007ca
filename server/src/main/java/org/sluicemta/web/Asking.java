package org.sluicemta.web;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.sluicemta.control.CommandReply;
import org.sluicemta.control.Control;

/// Asks the loops, and waits. Blocks for [#PATIENCE_SECONDS] at most; for virtual threads. Bounded: when
/// [#MOST_ASKED] questions have no answer yet, no more are put.
final class Asking {
    static final long PATIENCE_SECONDS = 10;
    /// A loop that is that far behind has better things to do.
    private static final int MOST_ASKED = 64;

    private final Control control;
    private final Semaphore free = new Semaphore(MOST_ASKED);

    Asking(Control control) {
        this.control = control;
    }

    /// The server is too busy to answer. The text is for whoever asked.
    static final class Late extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Late(String text) {
            super(text, null, false, false);
        }
    }

    /// A command's answer.
    ///
    /// @throws Late where none came in time
    CommandReply command(Request.Format format, List<String> words) {
        var all = new ArrayList<String>();
        switch (format) {
            case JSON -> all.add("--json");
            case XML -> all.add("--xml");
            case HTML -> {
                // Text is what commands write by themselves.
            }
        }
        all.addAll(words);
        return answer(then -> control.ask(all, then));
    }

    /// Whatever is asked in `question`, which never blocks.
    ///
    /// @throws Late where no answer came in time
    <T> T answer(Consumer<Consumer<T>> question) {
        if (!free.tryAcquire()) {
            throw new Late("the server has not answered the " + MOST_ASKED + " questions before this one; ask again");
        }
        var answer = new CompletableFuture<T>();
        // Given back with the answer, however late: a question that waits costs whether anybody waits for it or not.
        answer.whenComplete((_, _) -> free.release());
        question.accept(answer::complete);
        try {
            return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            throw new Late("no answer in " + PATIENCE_SECONDS + " s; what was asked may still be done");
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new Late("the server is stopping");
        } catch (ExecutionException impossible) {
            throw new WebException("an answer failed", impossible);
        }
    }
}
