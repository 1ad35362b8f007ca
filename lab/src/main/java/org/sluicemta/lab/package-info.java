/// Shipped tools: load generator, receiver models, demo scenes, benchmark.
/// Lives here: what plays the world around a server. Must not: depend on the server itself.
/// Imports: `smtp`, `mail`, `world`, `runtime`.
@NullMarked
package org.sluicemta.lab;

import org.jspecify.annotations.NullMarked;
