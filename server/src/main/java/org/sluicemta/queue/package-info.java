/// Scheduling, retry clocks, modes, permits asked and given.
@NullMarked
package org.sluicemta.queue;

import org.jspecify.annotations.NullMarked;
