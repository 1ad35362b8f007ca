package org.sluicemta.simulation;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// What a program does when a server starts it, as a test wrote it: registered by name on a
/// [SimulatedHost].
@FunctionalInterface
public interface SimulatedProgram {
    /// The program begins. It acts by its hands, now and later.
    void begin(Hands hands);

    /// What a program can do. Pieces and delays of what it writes are drawn from the seed.
    interface Hands {
        /// The arguments, without the program's name.
        List<String> words();

        /// A variable that its starter added; empty for none.
        String variable(String name);

        /// The machine that it runs on: it may change files behind the server's back.
        SimulatedHost host();

        void out(byte[] bytes);

        void err(byte[] bytes);

        /// Writes its output without end.
        void flood();

        /// Ends. Later calls of the hands do nothing.
        void exit(int status);

        void after(Duration time, Runnable task);

        /// Hears input; a program that does not ask leaves its input in the pipe.
        void onInput(Consumer<byte[]> heard, Runnable ended);

        void closeInput();
    }
}
