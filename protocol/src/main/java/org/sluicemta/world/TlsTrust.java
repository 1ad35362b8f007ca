package org.sluicemta.world;

import java.util.Arrays;

/// The certificates that a chain may end in, as PEM. Equal by content, so that the runtime can keep one context for
/// each; a file of all authorities is a quarter of a megabyte, so it is looked at once.
public final class TlsTrust {
    private final byte[] pem;
    private final int hash;

    /// @param pem one certificate or more
    public TlsTrust(byte[] pem) {
        this.pem = pem.clone();
        this.hash = Arrays.hashCode(this.pem);
    }

    public byte[] pem() {
        return pem.clone();
    }

    @Override
    public boolean equals(Object o) {
        return this == o || o instanceof TlsTrust other && hash == other.hash && Arrays.equals(pem, other.pem);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return "TlsTrust[" + pem.length + " bytes of PEM]";
    }
}
