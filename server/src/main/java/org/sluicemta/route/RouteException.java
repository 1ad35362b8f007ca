package org.sluicemta.route;

/// Virtual MTAs or pools that contradict one another. The message says which and how to mend it.
public final class RouteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RouteException(String message) {
        super(message);
    }
}
