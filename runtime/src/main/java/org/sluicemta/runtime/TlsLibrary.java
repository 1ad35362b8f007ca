package org.sluicemta.runtime;

import io.netty.handler.ssl.OpenSsl;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/// What the TLS library makes of an OpenSSL cipher string: BoringSSL reads the same language, and has fewer suites.
/// Threads: any; takes a fraction of a millisecond.
public final class TlsLibrary {
    private static final List<String> TLS_1_3 =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    private TlsLibrary() {}

    /// @param usable whether any suite is left
    /// @param unknown words that add nothing because the library has no such suite or does not know the word
    public record Ciphers(boolean usable, List<String> unknown) {
        public Ciphers {
            unknown = List.copyOf(unknown);
        }
    }

    /// @param ciphers e.g. `HIGH:!ADH:@STRENGTH`
    public static Ciphers ciphers(String ciphers) {
        if (!OpenSsl.isAvailable()) {
            // The JDK's TLS keeps its own suites; TlsContexts says so once.
            return new Ciphers(true, List.of());
        }
        long context = context();
        try {
            var unknown = new ArrayList<String>();
            for (String word : ciphers.split("[:, ]+")) {
                boolean adds = !word.isEmpty() && "!-+@".indexOf(word.charAt(0)) < 0;
                if (adds && !fault(context, word).isEmpty()) {
                    unknown.add(word);
                }
            }
            return new Ciphers(fault(context, ciphers).isEmpty(), unknown);
        } finally {
            SSLContext.free(context);
        }
    }

    /// The suites that a cipher string comes to, in order, by their OpenSSL names, and behind them those of TLS 1.3,
    /// which no string chooses.
    ///
    /// @throws SSLException when none is left
    static List<String> suites(String ciphers) throws SSLException {
        long context = context();
        try {
            String fault = fault(context, ciphers);
            if (!fault.isEmpty()) {
                throw new SSLException(fault);
            }
            long ssl = SSL.newSSL(context, true);
            try {
                var suites = new ArrayList<String>();
                for (String each : SSL.getCiphers(ssl)) {
                    if (!each.startsWith("TLS_") && !each.startsWith("AEAD-")) {
                        suites.add(each);
                    }
                }
                suites.addAll(TLS_1_3);
                return suites;
            } finally {
                SSL.freeSSL(ssl);
            }
        } finally {
            SSLContext.free(context);
        }
    }

    private static long context() {
        try {
            return SSLContext.make(SSL.SSL_PROTOCOL_ALL, SSL.SSL_MODE_SERVER);
        } catch (Exception broken) {
            throw new IllegalStateException("BoringSSL makes no context", broken);
        }
    }

    /// @return why the library does not take the string, or empty
    private static String fault(long context, String ciphers) {
        try {
            return SSLContext.setCipherSuite(context, ciphers, false)
                    ? ""
                    : "the TLS library has no cipher of \"" + ciphers + '"';
        } catch (Exception refused) {
            return "the TLS library takes no cipher of \"" + ciphers + "\": " + refused.getMessage();
        }
    }
}
