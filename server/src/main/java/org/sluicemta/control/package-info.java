/// Commands of operators: their words, their answers as text, XML, DOM lines and JSON, and the Unix socket they use.
///
/// Lives here: the request protocol, the command words, rendering. Must not: state of its own, or decisions about mail.
/// Imports: `queue`, `spool`, `dns`, `spf`, `mail`, `settings`, `world`. Threads: a request belongs to the loop of
/// its connection; answers of other owners come back as turns of that loop.
@NullMarked
package org.sluicemta.control;

import org.jspecify.annotations.NullMarked;
