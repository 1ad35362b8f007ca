package org.sluicemta.control;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.queue.Trace;
import org.sluicemta.world.Loop;

/// Notes what is asked, and answers what the test says.
final class FakeNetwork implements NetworkOperations {
    final List<Object> asked = new ArrayList<>();
    Resolution resolution = Resolution.refused("no answer is set");
    SpfAnswer spf = new SpfAnswer("no answer is set", null, List.of());

    @Nullable
    Trace trace;

    @Override
    public void trace(String queue, boolean retryRecipients, Trace by) {
        asked.add("trace " + queue + " " + retryRecipients + " " + by.wishes());
        trace = by;
    }

    @Override
    public void watch(String queue, Trace watcher) {
        asked.add("watch " + queue);
        trace = watcher;
    }

    @Override
    public void leave(String queue, Trace gone) {
        asked.add("leave " + queue);
    }

    @Override
    public void resolve(Loop home, ResolveQuery query, Consumer<Resolution> answer) {
        asked.add(query);
        answer.accept(resolution);
    }

    @Override
    public void checkSpf(Loop home, SpfQuery query, Consumer<SpfAnswer> answer) {
        asked.add(query);
        answer.accept(spf);
    }
}
