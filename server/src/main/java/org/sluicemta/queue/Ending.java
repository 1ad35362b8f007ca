package org.sluicemta.queue;

/// Why recipients are settled without an attempt of their own.
///
/// @param status enhanced status code
/// @param diagnostic what a remote said last, or our own words; empty where there are none
/// @param countsAsAttempt whether the next attempt's number is used
/// @param wantsLastReply the recipient's own last reply, if known, replaces `diagnostic`
/// @param isReported whether its sender is told
/// @param isAccounted whether there are rows of it
record Ending(
        String status,
        String diagnostic,
        boolean countsAsAttempt,
        boolean wantsLastReply,
        boolean isReported,
        boolean isAccounted) {
    Ending(String status, String diagnostic, boolean countsAsAttempt, boolean wantsLastReply) {
        this(status, diagnostic, countsAsAttempt, wantsLastReply, true, true);
    }

    static final Ending EXPIRED = new Ending("4.4.7", "", false, true);
    /// Its virtual MTA does not exist, or does not any more.
    static final Ending UNKNOWN_VIRTUAL_MTA = new Ending("5.3.5", "", false, false);

    /// Taken away by an operator, who says whether the sender is told and whether it is accounted.
    static Ending deleted(boolean isReported, boolean isAccounted) {
        return new Ending("5.0.0", "deleted by administrator", false, false, isReported, isAccounted);
    }
}
