package org.sluicemta.spf;

/// What came of an evaluation.
///
/// @param domain whose policy was evaluated
/// @param reason what decided, one line: the mechanism that matched, or what is wrong
/// @param explanation what the domain says of a failure (`exp=`); hostile text, empty where there is none
/// @param lookups terms that cost look-ups, of the ten that a policy may have
public record SpfFinding(SpfResult result, String domain, String reason, String explanation, int lookups) {}
