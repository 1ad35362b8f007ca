package org.sluicemta.world;

import java.util.function.Supplier;

/// Threads for pure work that is too long for a loop: signatures, patterns, certificates.
public interface Workers {
    /// Runs `pureWork` on some worker; the answer comes as a turn of `home`. Work that throws fails with
    /// [IoFailure.Kind#ERROR]. Order among works is not kept. Refused with [IoFailure.Kind#EXHAUSTED] when full.
    <T> void run(Loop home, Supplier<T> pureWork, Answer<T> answer);

    boolean isFull();
}
