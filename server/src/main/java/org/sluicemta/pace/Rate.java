package org.sluicemta.pace;

/// N in a unit of time, e.g. 100 in 15 minutes.
///
/// @param count 1 or more; [#UNLIMITED] is its own value
/// @param unitMillis 1000 or more
/// @param isWindow paced as N per local calendar unit, at any pace within it, rather than smoothly
public record Rate(long count, long unitMillis, boolean isWindow) {
    public static final Rate UNLIMITED = new Rate(Long.MAX_VALUE, 1000, false);

    public Rate {
        if (count < 1 || unitMillis < 1) {
            throw new IllegalArgumentException("a rate is 1 or more in 1 ms or more; write e.g. 100/h or unlimited");
        }
    }

    public boolean isUnlimited() {
        return count == Long.MAX_VALUE;
    }
}
