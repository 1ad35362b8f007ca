package org.sluicemta.app;

import java.security.Provider;
import java.security.Security;

/// Puts the Amazon Corretto Crypto Provider in front of the JDK's own, whose RSA signatures take three to four times as
/// long. It is on the class path where it exists; without it everything works.
final class FastSigning {
    private static final String PROVIDER = "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";

    private FastSigning() {}

    /// Puts it in place, once.
    ///
    /// @return what to tell the operator, or nothing where it is in place
    static synchronized String ensure() {
        try {
            var provider =
                    (Provider) Class.forName(PROVIDER).getField("INSTANCE").get(null);
            if (Security.getProvider(provider.getName()) == null) {
                // It may exist and not work, where its native part does not fit this machine.
                if (provider.getService("Signature", "SHA256withRSA") == null) {
                    return "signing with RSA takes the JDK's slower way: " + provider.getName() + " does not work here";
                }
                Security.insertProviderAt(provider, 1);
            }
            return "";
        } catch (ReflectiveOperationException | LinkageError missing) {
            return "signing with RSA takes the JDK's slower way: the Amazon Corretto Crypto Provider is not here ("
                    + missing + ")";
        }
    }
}
