package org.sluicemta.config;

import java.util.Optional;

/// What a reply rule does when its pattern matches.
public sealed interface ReplyAction {
    /// `mode=backoff`, with `backoff-to-normal-after=TIME` where it was written.
    ///
    /// @param toNormalAfter the rule's own way out; empty: the domain's
    record EnterBackoff(Optional<Delay> toNormalAfter) implements ReplyAction {}

    /// `mode=normal`.
    record LeaveBackoff() implements ReplyAction {}

    /// `skip-mx`: the next mail host; the mail is kept, even after a permanent reply.
    record SkipMx() implements ReplyAction {}

    /// `bounce-queue`: all mail of the queue.
    record BounceQueue() implements ReplyAction {}

    /// `bounce-rcpt`: the recipient, although the reply to RCPT was transient.
    record BounceRecipient() implements ReplyAction {}

    /// `disable-source-ip`, with `reenable-after=TIME` where it was written.
    ///
    /// @param reenableAfter the rule's own time; empty: the domain's
    record DisableSource(Optional<Delay> reenableAfter) implements ReplyAction {}

    /// `defer-queue`: the queue waits as after a failure of its own.
    record DeferQueue() implements ReplyAction {}
}
