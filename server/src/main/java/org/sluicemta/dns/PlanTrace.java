package org.sluicemta.dns;

import java.util.List;

/// How a plan came about, for explain.
///
/// @param findings every question asked with its answer, in the order asked
/// @param notes what was left out and why, e.g. `mx2.example.com: points to this server`
/// @param madeMillis server time when the plan was made
/// @param validUntilMillis server time up to which its answers hold; a connection may outlive it by 10 minutes
public record PlanTrace(
        PlanQuestion question, List<DnsFinding> findings, List<String> notes, long madeMillis, long validUntilMillis) {
    public PlanTrace {
        findings = List.copyOf(findings);
        notes = List.copyOf(notes);
    }
}
