package org.sluicemta.route;

import org.sluicemta.mail.QueueKey;

/// Where a recipient starts.
///
/// @param pool the pool that was named, or empty
public sealed interface Assignment {
    record Queued(QueueKey queue, String pool) implements Assignment {}

    /// No such virtual MTA or pool: refused at reception, or bounced later, as the source says.
    record UnknownVirtualMta(String name) implements Assignment {}
}
