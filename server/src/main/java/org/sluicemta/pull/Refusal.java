package org.sluicemta.pull;

/// Why a guard refused.
///
/// @param text what, where, how to mend
public record Refusal(Guard guard, String text) {}
