/// How long reading and compiling a configuration takes. Lives here: mains that print. Must not: judgement of timings.
@NullMarked
package org.sluicemta.benchmarks.config;

import org.jspecify.annotations.NullMarked;
