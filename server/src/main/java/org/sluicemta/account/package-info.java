/// Accounting records and their files.
@NullMarked
package org.sluicemta.account;

import org.jspecify.annotations.NullMarked;
