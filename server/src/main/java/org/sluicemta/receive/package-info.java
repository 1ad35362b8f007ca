/// SMTP submission.
@NullMarked
package org.sluicemta.receive;

import org.jspecify.annotations.NullMarked;
