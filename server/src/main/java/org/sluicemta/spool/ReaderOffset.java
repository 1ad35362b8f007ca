package org.sluicemta.spool;

/// How far a reader of events has come, for good: everything up to `position` stands in its output, and its output up
/// to `lengthBytes` of `file` is on disk. At start the output is cut to that and written again from `position`.
///
/// @param reader a name for life, e.g. `account:/var/log/sluice/acct.csv`
/// @param position of the last event that was taken in; 0 for none
/// @param file what was being written, or empty
/// @param lengthBytes of that file, 0 or more
public record ReaderOffset(String reader, long position, String file, long lengthBytes) {}
