package org.sluicemta.spool;

/// A position over several spool folders: the folder's number in bits 59 to 62, the journal's position below. The
/// journal numbers segments up to 2^31; with four bits fewer, 2^27 segments of 128 MB remain: more than any disk will
/// be written. 0 and below is no place.
final class Place {
    /// The most folders of a spool.
    static final int MAX_FOLDERS = 16;

    private static final int SHIFT = 59;
    private static final long LOCAL = (1L << SHIFT) - 1;

    private Place() {}

    static long of(int folder, long position) {
        if (position < 0 || position > LOCAL) {
            throw new SpoolException("folder " + folder + ": position " + position
                    + " is beyond what can be numbered; move the mail to a fresh spool folder");
        }
        return (long) folder << SHIFT | position;
    }

    /// The least place in a segment: see the layout of [org.sluicemta.journal.Position].
    static long firstOf(int folder, long segment) {
        return of(folder, segment << 32);
    }

    static int folder(long place) {
        return (int) (place >>> SHIFT);
    }

    static long local(long place) {
        return place & LOCAL;
    }
}
