/// What a domain says of the clients that may send its mail: SPF (RFC 7208).
///
/// Lives here: records and their grammar, macros, the evaluation with its bounds. Must not: name servers and caches
/// (`dns` has them), and what a receiver does with a result.
/// Imports: `dns`, `mail`, `world`. Threads: an evaluation belongs to the loop that began it; values are immutable.
@NullMarked
package org.sluicemta.spf;

import org.jspecify.annotations.NullMarked;
