/// Runs the micro benchmarks. Lives here: mains that print. Must not: judgement of timings. The benchmarks themselves
/// lie in the packages of the rooms that they measure, because they call what those keep to themselves.
@NullMarked
package org.sluicemta.benchmarks;

import org.jspecify.annotations.NullMarked;
