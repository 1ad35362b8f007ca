/// Virtual MTAs, pools, domain policies: a pure function.
@NullMarked
package org.sluicemta.route;

import org.jspecify.annotations.NullMarked;
