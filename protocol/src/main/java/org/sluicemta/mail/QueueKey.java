package org.sluicemta.mail;

/// The name of a queue, printed `domain/vmta`: a recipient domain or rollup name, and a virtual MTA.
///
/// @param domain lower case, A-labels; a pseudo-domain such as `gmail.rollup` or `bulk.queue` may stand here
/// @param virtualMta lower case; `{default}` is the unnamed one
public record QueueKey(String domain, String virtualMta) {
    public static final String DEFAULT_VIRTUAL_MTA = "{default}";

    @Override
    public String toString() {
        return domain + "/" + virtualMta;
    }
}
