package org.sluicemta.world;

/// Takes the result of a call that returned at once. Exactly one of the two is called, once, as a turn of the home
/// loop that the call named, after the callback that asked has returned.
public interface Answer<T> {
    void ready(T value);

    void failed(IoFailure why);
}
