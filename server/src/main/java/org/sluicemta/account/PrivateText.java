package org.sluicemta.account;

import java.util.Locale;
import org.sluicemta.dsn.XText;

/// Hides one recipient's local part wherever it stands in the texts of a row. Owner: one row.
final class PrivateText {
    private final PrivacyPolicy policy;
    private final String local;
    private final String hidden;
    private final String address;

    PrivateText(PrivacyPolicy policy, String recipient) {
        this.policy = policy;
        int at = recipient.lastIndexOf('@');
        String written = at < 0 ? recipient : recipient.substring(0, at);
        local = written.toLowerCase(Locale.ROOT);
        hidden = local.isEmpty() ? "" : policy.hidden(local);
        address = hidden + (at < 0 ? "" : recipient.substring(at));
    }

    /// The recipient's own address.
    String address() {
        return address;
    }

    /// ORCPT, `type;xtext`: whoever the mail was for at first, who need not be the recipient.
    ///
    /// @return with the local part of that address hidden; what is no address has the recipient's hidden
    String original(String orcpt) {
        int semicolon = orcpt.indexOf(';');
        String address = XText.decode(orcpt.substring(semicolon + 1));
        int at = address.lastIndexOf('@');
        return semicolon < 0 || at <= 0
                ? of(orcpt)
                : orcpt.substring(0, semicolon + 1)
                        + policy.hidden(address.substring(0, at).toLowerCase(Locale.ROOT))
                        + address.substring(at);
    }

    /// A text that may tell of the recipient: a reply, a VERP address, a header field. Only whole words are hidden, in
    /// any letter case: `bob` of `bob@example.net`, `<bob>` and `news-bob=example.net@example.com`, not of `bobby`.
    String of(String text) {
        if (local.isEmpty() || text.length() < local.length()) {
            return text;
        }
        StringBuilder changed = null;
        int from = 0;
        for (int at = 0; at + local.length() <= text.length(); at++) {
            if (isHere(text, at)) {
                if (changed == null) {
                    changed = new StringBuilder(text.length() + hidden.length());
                }
                changed.append(text, from, at).append(hidden);
                at += local.length() - 1;
                from = at + 1;
            }
        }
        return changed == null
                ? text
                : changed.append(text, from, text.length()).toString();
    }

    private boolean isHere(String text, int at) {
        return text.regionMatches(true, at, local, 0, local.length())
                && (at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1)))
                && (at + local.length() == text.length()
                        || !Character.isLetterOrDigit(text.charAt(at + local.length())));
    }
}
