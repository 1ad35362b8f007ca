package org.sluicemta.journal;

import java.util.function.Consumer;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;

/// An answer made of two functions: what comes next, and where failures go. For the slow paths.
record Then<T>(Consumer<T> next, Consumer<IoFailure> otherwise) implements Answer<T> {
    @Override
    public void ready(T value) {
        next.accept(value);
    }

    @Override
    public void failed(IoFailure why) {
        otherwise.accept(why);
    }
}
