/// How long operators wait for an answer. Lives here: mains that print. Must not: judgement of timings.
@NullMarked
package org.sluicemta.benchmarks.control;

import org.jspecify.annotations.NullMarked;
