package org.sluicemta.queue;

import java.util.Locale;
import org.sluicemta.mail.QueueKey;

/// A pattern of queue names, `domain/vmta`, with `*` for any text in either half; a missing half is `*`.
public final class QueuePattern {
    public static final QueuePattern ALL = new QueuePattern("*", "*");

    private final String domain;
    private final String virtualMta;

    private QueuePattern(String domain, String virtualMta) {
        this.domain = domain;
        this.virtualMta = virtualMta;
    }

    /// @param text e.g. `example.com`, `*/mta1`, `*.net/mta*`; case does not matter
    public static QueuePattern of(String text) {
        String lower = text.strip().toLowerCase(Locale.ROOT);
        int slash = lower.indexOf('/');
        String domain = slash < 0 ? lower : lower.substring(0, slash);
        String virtualMta = slash < 0 ? "" : lower.substring(slash + 1);
        return new QueuePattern(domain.isEmpty() ? "*" : domain, virtualMta.isEmpty() ? "*" : virtualMta);
    }

    public boolean matches(QueueKey key) {
        return isMet(domain, key.domain()) && isMet(virtualMta, key.virtualMta());
    }

    /// Asked of every queue there is: the usual half, which all meet, does not look at the name.
    private static boolean isMet(String half, String text) {
        return half.equals("*") || glob(half, text);
    }

    /// Whether it can match one queue only.
    public boolean isExact() {
        return domain.indexOf('*') < 0 && virtualMta.indexOf('*') < 0;
    }

    /// The one queue of an exact pattern.
    public QueueKey exact() {
        return new QueueKey(domain, virtualMta);
    }

    /// Linear in the text but for the number of stars: back to the last star on a mismatch.
    static boolean glob(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int mark = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                mark = t;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++mark;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    @Override
    public String toString() {
        return domain + "/" + virtualMta;
    }
}
