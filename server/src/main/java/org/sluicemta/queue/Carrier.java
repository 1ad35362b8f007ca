package org.sluicemta.queue;

/// A session as its queue sees it: connected, able to carry one consignment at a time, the next one a little ahead.
/// Implemented by `deliver`. Owner: the shard's loop.
public interface Carrier {
    /// Takes a consignment. Only after the session asked with [Shard#wants]; exactly one for each asking.
    void carry(Consignment consignment);

    /// No (more) mail for it now and no permit soon: quit after what it carries, or wait idle for
    /// `connection-idle-timeout` if `mayIdle`.
    void nothing(boolean mayIdle);

    /// End after the present transaction: the limit was lowered, the queue paused, or the server stops.
    void retire();
}
