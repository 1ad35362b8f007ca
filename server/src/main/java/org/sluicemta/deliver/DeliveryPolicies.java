package org.sluicemta.deliver;

import org.sluicemta.mail.QueueKey;

/// One snapshot of how queues are delivered. Immutable; safe from any thread; remembered per queue.
public interface DeliveryPolicies {
    DeliveryPolicy of(QueueKey queue);
}
