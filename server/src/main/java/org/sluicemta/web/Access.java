package org.sluicemta.web;

/// What an address may do.
///
/// @param deniesLogs whether log and accounting files are not shown
public record Access(AccessLevel level, boolean deniesLogs) {
    public static final Access NONE = new Access(AccessLevel.NONE, false);
    static final Access ADMIN = new Access(AccessLevel.ADMIN, false);
}
