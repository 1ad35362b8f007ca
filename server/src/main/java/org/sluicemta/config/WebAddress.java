package org.sluicemta.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/// The address of an included document. Source: syntax reference, section 3.
final class WebAddress {
    private WebAddress() {}

    /// Whether a text means an address and no path, well written or not.
    static boolean isMeant(String text) {
        String start = text.substring(0, Math.min(text.length(), 8)).toLowerCase(Locale.ROOT);
        return start.startsWith("http://") || start.equals("https://");
    }

    /// One spelling for each address, without user info, query and fragment.
    static Parsed<URI> parse(String text) {
        URI address;
        try {
            address = new URI(text).normalize();
        } catch (URISyntaxException broken) {
            return Parsed.bad("it is no web address: " + broken.getReason(), "write https://HOST/PATH");
        }
        if (address.getHost() == null) {
            return Parsed.bad("the web address has no host", "write https://HOST/PATH");
        }
        if (address.getRawUserInfo() != null) {
            return Parsed.bad(
                    "the web address has a user name or a password, which would stand in logs and reports",
                    "let the web server know this machine by its address, or pull with config-source");
        }
        if (address.getRawQuery() != null || address.getRawFragment() != null) {
            return Parsed.bad("the web address has a query or a fragment", "write https://HOST/PATH");
        }
        return Parsed.good(URI.create(address.getScheme().toLowerCase(Locale.ROOT)
                + "://"
                + address.getRawAuthority().toLowerCase(Locale.ROOT)
                + address.getRawPath()));
    }
}
