/// Connections, sessions, attempts.
@NullMarked
package org.sluicemta.deliver;

import org.jspecify.annotations.NullMarked;
