/// Segments, batches, checkpoints, readers: bytes only.
@NullMarked
package org.sluicemta.journal;

import org.jspecify.annotations.NullMarked;
