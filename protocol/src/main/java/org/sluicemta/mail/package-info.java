/// The values of mail: addresses, domains, message ids, queue names.
/// Lives here: values and their parsing and printing. Must not: I/O, wire text of SMTP. Imports: the JDK only.
/// Threads: values are immutable.
@NullMarked
package org.sluicemta.mail;

import org.jspecify.annotations.NullMarked;
