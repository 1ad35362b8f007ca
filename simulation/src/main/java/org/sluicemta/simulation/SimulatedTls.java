package org.sluicemta.simulation;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.sluicemta.world.TlsIdentity;

/// Certificates and agreement without cryptography. A certificate is a text that says who signed it and for whom.
public final class SimulatedTls {
    private static final String ISSUED = "simulated certificate, signed by an authority, for ";
    private static final String SELF_SIGNED = "simulated certificate, signed by itself, for ";

    private SimulatedTls() {}

    /// An identity that every verifying client accepts under this name.
    ///
    /// @param host a name, or `*.` and a domain
    public static TlsIdentity issued(String host) {
        return identity(ISSUED, host, 0);
    }

    static TlsIdentity selfSigned(String host, long serial) {
        return identity(SELF_SIGNED, host, serial);
    }

    private static TlsIdentity identity(String how, String host, long serial) {
        String chain = how + host + "\nserial " + Long.toHexString(serial) + "\n";
        return new TlsIdentity(
                chain.getBytes(StandardCharsets.UTF_8), ("key of " + chain).getBytes(StandardCharsets.UTF_8));
    }

    /// Whether a verifying client takes this certificate for `name`.
    static boolean isTrusted(TlsIdentity identity, String name) {
        String chain = new String(identity.chainPem(), StandardCharsets.UTF_8);
        if (!chain.startsWith(ISSUED)) {
            return false;
        }
        String host = chain.substring(ISSUED.length(), chain.indexOf('\n'));
        return host.equalsIgnoreCase(name)
                || (host.startsWith("*.")
                        && name.indexOf('.') > 0
                        && name.substring(name.indexOf('.')).equalsIgnoreCase(host.substring(1)));
    }

    /// The newest protocol that both speak.
    static Optional<String> agreed(List<String> ours, List<String> theirs) {
        return ours.stream().filter(theirs::contains).max(Comparator.naturalOrder());
    }

    static String cipher(String protocol) {
        return protocol.equals("TLSv1.3") ? "TLS_AES_128_GCM_SHA256" : "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    }
}
