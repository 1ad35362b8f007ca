package org.sluicemta.lab;

/// What a test resolver does wrong with a name.
public enum ZoneFault {
    /// Nothing: it answers.
    NONE,
    /// Answers SERVFAIL.
    SERVFAIL,
    /// Answers REFUSED.
    REFUSED,
    /// Answers NXDOMAIN though names below it may exist; an unknown name gets the same without a line.
    NXDOMAIN,
    /// Answers FORMERR to a question with EDNS, as servers from before 1999 do.
    NOEDNS,
    /// Never answers.
    SILENT,
    /// Answers datagrams cut short, connections in full.
    TRUNCATED
}
