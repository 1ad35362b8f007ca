/// GCRA, permits: pure over a clock value.
@NullMarked
package org.sluicemta.pace;

import org.jspecify.annotations.NullMarked;
