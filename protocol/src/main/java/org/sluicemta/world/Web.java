package org.sluicemta.world;

/// Reads documents by HTTP. Never blocks.
public interface Web {
    /// Fetches one document. What a web server may answer is a value; that none could be reached, or not
    /// in time, is a failure. Certificates of `https` are verified against the machine's authorities.
    void get(Loop home, WebPlan plan, Answer<WebAnswer> answer);
}
