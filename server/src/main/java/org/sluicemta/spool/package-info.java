/// Records of messages and recipient events, recovery, space.
@NullMarked
package org.sluicemta.spool;

import org.jspecify.annotations.NullMarked;
