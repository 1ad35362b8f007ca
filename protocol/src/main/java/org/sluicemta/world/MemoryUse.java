package org.sluicemta.world;

/// How much memory is taken, and the most that may be.
///
/// @param usedBytes 0 or more
/// @param limitBytes 1 or more; where it is reached, a budget gives nothing and a connection that needs a buffer ends
public record MemoryUse(long usedBytes, long limitBytes) {}
