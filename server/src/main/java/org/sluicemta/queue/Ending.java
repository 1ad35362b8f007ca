package org.sluicemta.queue;

/// Why recipients are settled without an attempt of their own.
///
/// @param status enhanced status code
/// @param diagnostic what a remote said last, or our own words; empty where there are none
/// @param countsAsAttempt whether the next attempt's number is used
/// @param wantsLastReply the recipient's own last reply, if known, replaces `diagnostic`
record Ending(String status, String diagnostic, boolean countsAsAttempt, boolean wantsLastReply) {
    static final Ending EXPIRED = new Ending("4.4.7", "", false, true);
    /// Its virtual MTA does not exist, or does not any more.
    static final Ending UNKNOWN_VIRTUAL_MTA = new Ending("5.3.5", "", false, false);

    static final Ending DELETED = new Ending("5.0.0", "deleted by administrator", false, false);

    /// Whether its sender is told: not of what an operator took away.
    boolean isReported() {
        return !equals(DELETED);
    }
}
