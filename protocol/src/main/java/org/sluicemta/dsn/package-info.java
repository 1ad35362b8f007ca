/// Reports as messages: delivery status notifications.
///
/// Lives here: the values of a report and how it is written as a message. Source: RFC 3464, RFC 6522, RFC 6533.
/// Must not: decide when a report is sent, or to whom. Imports: the JDK only.
/// Threads: immutable values and pure functions.
@NullMarked
package org.sluicemta.dsn;

import org.jspecify.annotations.NullMarked;
