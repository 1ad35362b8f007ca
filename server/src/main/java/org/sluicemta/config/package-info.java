/// Parse, validate, publish the snapshot.
@NullMarked
package org.sluicemta.config;

import org.jspecify.annotations.NullMarked;
