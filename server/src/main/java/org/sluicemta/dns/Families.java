package org.sluicemta.dns;

/// Which addresses of a host may be used, and which come first: a sender never leaves by a family that its virtual MTA
/// has no address of.
public enum Families {
    V4(true, false),
    V6(false, true),
    V4_THEN_V6(true, true),
    V6_THEN_V4(true, true);

    private final boolean hasV4;
    private final boolean hasV6;

    Families(boolean hasV4, boolean hasV6) {
        this.hasV4 = hasV4;
        this.hasV6 = hasV6;
    }

    public boolean hasV4() {
        return hasV4;
    }

    public boolean hasV6() {
        return hasV6;
    }
}
