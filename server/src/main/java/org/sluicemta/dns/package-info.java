/// The resolver, its cache, and where the mail of a domain goes.
///
/// Lives here: questions to name servers over our own datagrams, the cache (TTL clamp, negative answers, failures,
/// stale answers, single flight), an operator's own look-ups ([Inquiry]), MX plans, static host lists, the memory
/// of unreachable hosts. Must not: choosing the next host of an attempt, connecting, retry times.
///
/// Imports: `world`, and of dnsjava the codec alone (`Message`, `Record`, `Name`): its sockets, threads, clock and
/// configuration reader are not used.
///
/// Threads: [Resolver] and [MxPlans] belong to one loop. Others ask through an [Asker] of their own loop: the question
/// travels in the owner's mailbox, the answer comes back as a turn of the asker's loop, never within the call that
/// asked. Answers and plans are immutable values.
@NullMarked
package org.sluicemta.dns;

import org.jspecify.annotations.NullMarked;
