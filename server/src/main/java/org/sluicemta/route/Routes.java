package org.sluicemta.route;

/// One snapshot of virtual MTAs and pools. Immutable; safe from any thread.
public interface Routes {
    /// Assigns a recipient.
    ///
    /// @param domain of the recipient, canonical (lower case, A-labels)
    /// @param requested the virtual MTA or pool asked for (header, source default), or empty for `{default}`
    /// @param turn the pool's turn for this domain, counted by the caller per (pool, domain)
    Assignment assign(String domain, String requested, long turn);

    /// Whether `name` is a pool, so that the caller knows whose turn to count.
    boolean isPool(String name);

    VirtualMta virtualMta(String name);
}
