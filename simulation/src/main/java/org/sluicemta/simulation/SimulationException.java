package org.sluicemta.simulation;

/// The simulated server, or the test that drives it, did what must not happen: a turn threw, a buffer was changed while
/// the disk held it, a condition was not reached in its time. The text names the seed.
public final class SimulationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SimulationException(String message) {
        super(message);
    }

    public SimulationException(String message, Throwable cause) {
        super(message, cause);
    }
}
