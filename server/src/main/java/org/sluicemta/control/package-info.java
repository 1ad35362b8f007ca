/// Commands over the Unix socket.
@NullMarked
package org.sluicemta.control;

import org.jspecify.annotations.NullMarked;
