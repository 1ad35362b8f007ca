/// Main, wiring, start and stop order.
@NullMarked
package org.sluicemta.app;

import org.jspecify.annotations.NullMarked;
