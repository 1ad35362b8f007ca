/// Resolver, MX order, negative caching.
@NullMarked
package org.sluicemta.dns;

import org.jspecify.annotations.NullMarked;
