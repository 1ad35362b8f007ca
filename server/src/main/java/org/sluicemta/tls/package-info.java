/// STARTTLS policy and certificates.
@NullMarked
package org.sluicemta.tls;

import org.jspecify.annotations.NullMarked;
