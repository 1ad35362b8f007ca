package org.sluicemta.world;

import java.util.Arrays;
import java.util.Objects;

/// A certificate chain with its private key, as PEM. Equal by content, so that the runtime can keep one context for
/// each.
public final class TlsIdentity {
    private final byte[] chainPem;
    private final byte[] keyPem;
    /// Asked for at each handshake.
    private final int hash;

    /// @param chainPem the leaf first
    /// @param keyPem PKCS#8 in clear
    public TlsIdentity(byte[] chainPem, byte[] keyPem) {
        this.chainPem = chainPem.clone();
        this.keyPem = keyPem.clone();
        this.hash = Objects.hash(Arrays.hashCode(chainPem), Arrays.hashCode(keyPem));
    }

    public byte[] chainPem() {
        return chainPem.clone();
    }

    public byte[] keyPem() {
        return keyPem.clone();
    }

    @Override
    public boolean equals(Object o) {
        return this == o
                || o instanceof TlsIdentity other
                        && hash == other.hash
                        && Arrays.equals(chainPem, other.chainPem)
                        && Arrays.equals(keyPem, other.keyPem);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return "TlsIdentity[" + chainPem.length + " bytes of PEM]";
    }
}
