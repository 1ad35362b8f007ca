/// Rates and limits: the generic cell rate algorithm, permits, and the one owner of limits that span queues.
///
/// Lives here: [Rate], pure arithmetic over a given clock value, limit state keyed by (scope, name, kind), the pacer.
/// Must not: know queues or do I/O. Imports: `settings`, `world`.
/// Threads: the arithmetic is owned by whoever holds it; the pacer has one owner loop and mailboxes.
@NullMarked
package org.sluicemta.pace;

import org.jspecify.annotations.NullMarked;
