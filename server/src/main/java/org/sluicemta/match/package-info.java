/// Patterns that operators write, against texts that strangers write: reply rules, bounce categories, envelopes.
///
/// Lives here: [OperatorPattern], linear in the text where the expression allows it, bounded in any case. Must not:
/// what a match means. Imports: nothing of ours. Threads: values are immutable; matching is pure and may take a
/// millisecond, so it belongs on a worker.
@NullMarked
package org.sluicemta.match;

import org.jspecify.annotations.NullMarked;
