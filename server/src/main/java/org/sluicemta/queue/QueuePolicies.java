package org.sluicemta.queue;

import org.sluicemta.mail.QueueKey;
import org.sluicemta.settings.Setting;

/// One snapshot of the policies of all queues. Immutable; safe from any thread; [#of] is remembered per queue.
public interface QueuePolicies {
    QueuePolicy of(QueueKey queue);

    /// Connections of the whole server.
    Setting<Integer> totalMaxSmtpOut();

    /// Whether a virtual MTA of this name exists in the snapshot (`{default}` always does).
    boolean hasVirtualMta(String name);
}
