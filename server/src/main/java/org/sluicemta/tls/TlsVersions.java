package org.sluicemta.tls;

import java.util.ArrayList;
import java.util.List;

/// Which versions of TLS are allowed.
public record TlsVersions(boolean tls10, boolean tls11, boolean tls12, boolean tls13) {
    public boolean areNone() {
        return !tls10 && !tls11 && !tls12 && !tls13;
    }

    /// Whether one in the middle is left out.
    public boolean haveGap() {
        return usable().size() < (tls10 ? 1 : 0) + (tls11 ? 1 : 0) + (tls12 ? 1 : 0) + (tls13 ? 1 : 0);
    }

    /// The names for a handshake, the newest first. Only the newest run without a gap: both sides of a handshake take
    /// a range for granted. Source: RFC 8446 appendix D.
    public List<String> usable() {
        var names = new ArrayList<String>(4);
        boolean[] allowed = {tls13, tls12, tls11, tls10};
        String[] all = {"TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"};
        for (int i = 0; i < all.length && (names.isEmpty() || allowed[i - 1]); i++) {
            if (allowed[i]) {
                names.add(all[i]);
            }
        }
        return names;
    }
}
